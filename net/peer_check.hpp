// Who may use the control socket.
#pragma once

#include <sys/types.h>

namespace paws::net {

/// The engine's own user and root.
constexpr bool peer_allowed(uid_t peer, uid_t own) {
  return peer == own || peer == 0;
}

} // namespace paws::net
