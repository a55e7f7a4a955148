// The store of collected logs as an actor.
#pragma once

#include "messages/logs.hpp"

#include <string>

namespace paws::store {

/// Keeps them in `directory`, on a thread of its own.
log_store_actor make_log_store(caf::actor_system& system, std::string directory);

} // namespace paws::store
