// The actor behind which the control API is served: HTTP/1.1 on a Unix socket. It passes requests to a handler and
// answers to clients; sockets and limits are the I/O thread's.
#pragma once

#include "messages/net.hpp"
#include "net/io_thread.hpp"
#include "net/limits.hpp"

namespace paws::net {

/// `serve` answers with the path once it listens, or fails with ERR_ENG_001 (somebody else answers there) or
/// ERR_SYS_003. After `stop` it can serve again. `io` may end before the actor: then nothing is served any more.
http_server_actor make_http_server(caf::actor_system& system, io_thread& io, const http_server_limits& limits = {});

} // namespace paws::net
