// What the listeners over TCP answer: questions that change nothing, asked by programs of this machine and by its
// environment's own containers. They have no users and no passwords, so whatever a browser might be talked into is
// refused before anybody else sees it.
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

/// Why `what` is not answered by a listener at `endpoint`, "127.0.0.1:7360"; nothing when it is. Only GET (405) of
/// /metrics, /health/live and /health/ready (403); only by that endpoint as `Host`, or localhost where it means it, so
/// that no foreign name can be made to mean it, and from no page of another origin (403). Says nothing of what the
/// client sent.
std::optional<refusal> refused_over_tcp(const asked& what, std::string_view endpoint);

/// True when a listener may be at this IPv4 address, given as a number: 127.0.0.1, for programs of this machine, and
/// private ones (RFC 1918), as container networks have.
bool may_listen_at(std::uint32_t address);
/// True when a listener at `own` takes connections from `peer`: who reaches 127.0.0.1 is of this machine; elsewhere
/// peers are of its container network, a /24.
bool is_taken_from(std::uint32_t peer, std::uint32_t own);

} // namespace paws::net
