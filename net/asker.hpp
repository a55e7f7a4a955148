// The actor that asks the outside: HTTP, PostgreSQL and Redis behind one typed actor. It only hands questions to the
// I/O thread and answers back to who asked.
#pragma once

#include "messages/net.hpp"
#include "net/io_thread.hpp"

namespace paws::net {

/// Answers every question within its timeout plus 100 ms, also when `io` ends before it: then with ok = false.
/// `io` may be destroyed before the actor is gone, never after the actor system.
asker_actor make_asker(caf::actor_system& system, io_thread& io);

} // namespace paws::net
