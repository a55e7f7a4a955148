// Which drill breaks whom, how, and what is expected of the stack then: from what was asked for and from who plays
// which role now. Pure.
#pragma once

#include "logic/environment_rules.hpp"
#include "logic/fault.hpp"
#include "topology/failure.hpp"

#include <string>
#include <variant>
#include <vector>

namespace paws::logic {

struct drill_request {
  std::string drill, fault, target; // "" = the drill's own choice
  std::vector<std::string> from;    // partition: only from these
  bool writer = true;
};

/// What the stack is expected to do on its own while the fault lasts.
enum class drill_goal : std::uint8_t {
  failover,     // somebody else leads, and a write through the route is acknowledged there
  ride_through, // writes go on, though they may have to wait
  settle,       // a write is acknowledged again, whoever leads then; perhaps only after the fault is taken back
  refuse        // writes are refused while it lasts, and taken again by themselves afterwards
};

struct drill_plan {
  std::string drill;
  fault_kind fault = fault_kind::kill;
  drill_goal goal = drill_goal::failover;
  std::vector<std::string> victims;
  std::vector<std::string> peers; // partition: from whom; none = all
  std::string cluster;            // of the victims; "" = a service that stands alone
  std::string watched;            // the cluster that is written to, and whose watches show what happens
  std::string route;              // through which is written; "" = nothing is
  milliseconds least{};           // the fault lasts at least this long, whatever was seen
  milliseconds hold{};            // and is taken back after this at the latest
  milliseconds target{};          // of the whole
};

/// Names of all drills, in the order of `all`.
const std::vector<std::string>& drill_names();

/// ERR_CLI_001 for what cannot be in this topology, ERR_RUN_003 for what this runtime cannot do: `no_partition` says
/// why it cannot, "" = it can.
std::variant<drill_plan, topology::failure> plan_drill(const drill_request& what, const environment_plan& plan,
                                                       const cluster_views& views, const std::string& no_partition);

/// The drills of `all` that this topology and runtime allow, each with its own choice of fault and member.
std::vector<drill_request> every_drill(const environment_plan& plan, const cluster_views& views,
                                       const std::string& no_partition);

} // namespace paws::logic
