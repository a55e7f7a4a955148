// The limits of everything that touches a socket, with their reasons. Memory stays bounded whatever a peer sends.
#pragma once

#include <chrono>
#include <cstddef>

namespace paws::net {

using std::chrono::milliseconds;

// --- asking -----------------------------------------------------------------------------------------------------

/// Largest answer of any peer. Patroni's and etcd's answers are some KiB; anything near this is not what was asked.
inline constexpr std::size_t answer_limit_bytes = 4 * 1024 * 1024;
/// Largest head of an HTTP answer, interim answers included.
inline constexpr std::size_t answer_head_limit_bytes = 64 * 1024;
/// Most elements of one RESP array: hiredis allocates for the announced number before any element has arrived.
inline constexpr std::size_t reply_elements_limit = 64 * 1024;
/// A kept connection nobody uses is closed after this: longer than the slowest steady probe, short enough that
/// connections of a finished drill do not stay.
inline constexpr milliseconds kept_idle_limit_ms{60'000};
/// Kept HTTP connections; the rest is closed, oldest first. One per probed endpoint is the need.
inline constexpr long kept_http_connections = 64;
/// Connections remembered per client; idle closed ones are forgotten beyond this.
inline constexpr std::size_t remembered_connections = 128;
/// What one client is asked over at once: the lanes of a drill, to each member of the largest cluster, and the probes.
inline constexpr std::size_t drill_lanes = 10, drilled_members = 9, probe_connections = 20;
/// Warnings kept of one statement; logic/ask.hpp promises the number.
inline constexpr std::size_t warnings_limit = 8;

// --- serving ----------------------------------------------------------------------------------------------------

/// The limits of the control API. Fields, so that a test can make them small.
struct http_server_limits {
  std::size_t body_bytes = 1024 * 1024;               // beyond: 413
  std::size_t head_bytes = 16 * 1024;                 // beyond: 431
  milliseconds idle_ms{10'000};                       // for a whole request head, then for its body; beyond: 408
  std::size_t connections = 256;                      // beyond: who has waited longest for its client goes, or 503
  std::size_t inbound_total_bytes = 16 * 1024 * 1024; // parts of bodies of all; beyond: the oldest part is dropped
  std::size_t queued_bytes = 8 * 1024 * 1024;         // unsent bytes of one streamed answer; beyond: dropped
  std::size_t queued_total_bytes = 64 * 1024 * 1024;  // unsent bytes of all; beyond: the one that grows is dropped
  milliseconds linger_ms{1'000};                      // how long a refused client may go on sending before the close
  std::size_t linger_bytes = 16 * 1024 * 1024;        // and how much
};

/// Refused clients that are still being told so; beyond, they are closed without a word.
inline constexpr std::size_t refusals_at_once = 64;

static_assert(drill_lanes * drilled_members + probe_connections <= remembered_connections);
static_assert(answer_head_limit_bytes < answer_limit_bytes);
static_assert(http_server_limits{}.head_bytes < http_server_limits{}.body_bytes);
static_assert(http_server_limits{}.body_bytes < http_server_limits{}.inbound_total_bytes);
static_assert(http_server_limits{}.queued_bytes < http_server_limits{}.queued_total_bytes);

} // namespace paws::net
