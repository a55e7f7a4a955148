// The store: journal and saved state behind one typed actor with a thread of its own, so that a slow disk holds up
// nobody but those who wait for it.
#pragma once

#include "messages/journal.hpp"

#include <string>

namespace paws::store {

/// Where it keeps what. `rotation` and `secrets` are for changing secrets only; `undo` and the folder `drills` for
/// drills.
struct store_paths {
  std::string journal, state, rotation, secrets, undo = {}, drills = {};
};

/// Spawns the store (detached). Files are touched at the first message, never here. Every answer that needs a file
/// which cannot be used is an error made by to_error. An event that cannot be written is not answered: the first one
/// is said on stderr, and every `save` fails until an event could be written again.
store_actor make_store(caf::actor_system& system, store_paths paths);

} // namespace paws::store
