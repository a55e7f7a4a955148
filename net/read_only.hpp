// What the listener over TCP answers: questions that change nothing, asked by programs of this machine. It has no users
// and no passwords, so whatever a browser might be talked into is refused before anybody else sees it.
#pragma once

#include "topology/failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paws::net {

/// What a request's head says, as far as it decides.
struct asked {
  std::string_view method;
  std::string_view target; // path and query
  std::string_view host;   // header `Host`
  std::string_view origin; // header `Origin`
};

struct refusal {
  int status = 403;
  topology::failure why;
};

/// Why `what` is not answered by a listener at 127.0.0.1:`port`; nothing when it is. Only GET (405) of /metrics,
/// /health/live and /health/ready (403); only by 127.0.0.1 or localhost as `Host`, so that no foreign name can be made
/// to mean it, and from no page of another origin (403). Says nothing of what the client sent.
std::optional<refusal> refused_over_tcp(const asked& what, std::uint16_t port);

} // namespace paws::net
