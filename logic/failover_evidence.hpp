// What was seen of a PostgreSQL failover, and the phases that follow from it. Nothing is guessed: a boundary that was
// not seen leaves its phases unobserved. Boundaries as in the contract of the command line.
#pragma once

#include "logic/ask.hpp"
#include "topology/model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace paws::logic {

/// Moments by the engine's own clock. Empty = not seen.
struct failover_evidence {
  steady_time fault{};                       // when the runtime was asked for it
  std::optional<steady_time> lease_due;      // last renewal that was seen + ttl
  std::optional<steady_time> lease_released; // the leader gave its key up by itself
  std::optional<steady_time> key_deleted;    // of the leader, in etcd
  std::optional<steady_time> key_taken;      // by the successor
  std::optional<steady_time> promoted;       // the successor says that it is no longer in recovery
  std::optional<steady_time> written;        // first write through the route that began after the fault, acknowledged
};

struct drill_phase {
  std::string name;
  std::optional<milliseconds> duration; // nothing = not observed
  milliseconds target{};
  bool within_target() const { return duration && *duration <= target; }
};

struct failover_phases {
  std::vector<drill_phase> phases;   // detection, lease_expiry, election, promotion, stabilization: in this order
  std::optional<milliseconds> total; // fault until `written`
  milliseconds target{};
  std::vector<std::string> notes;
};

/// Each phase from the end of the one before; what came earlier than it counts as 0, as a lease that etcd ended a
/// moment before it was due by our clock. What was seen later than what must have followed it is not observed.
failover_phases phases_of(const failover_evidence& seen, const topology::failover_budget& budget);

} // namespace paws::logic
