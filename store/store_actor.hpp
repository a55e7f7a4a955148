// The store: journal and saved state behind one typed actor with a thread of its own, so that a slow disk holds up
// nobody but those who wait for it.
#pragma once

#include "messages/journal.hpp"

#include <string>

namespace paws::store {

/// Spawns the store (detached). Files are touched at the first message, never here. Every answer that needs a file
/// which cannot be used is an error made by to_error. An event that cannot be written is not answered: the first one
/// is said on stderr, and every `save` fails until an event could be written again.
store_actor make_store(caf::actor_system& system, std::string journal_path, std::string state_path);

} // namespace paws::store
