// What can be known to fail before anything is created: ports, programs, directories, disk, memory. Reads only.
#pragma once

#include "bin/runtime_choice.hpp"
#include "logic/service_plan.hpp"
#include "messages/runtime.hpp"
#include "runtimes/docker/engine.hpp"
#include "topology/failure.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paws::bin {

/// What is about to be started, and where.
struct preflight_input {
  const logic::environment_plan& plan;
  std::string root;
  std::optional<docker::engine> engine; // of a container runtime
  std::string project{};                // where mounts come from; "" = root
  std::uint16_t control_port = 0;       // of the engine's own listener on 127.0.0.1; 0 = there is none
};

struct preflight_result {
  std::vector<topology::failure> failures;  // any of them keeps a start from working
  std::vector<topology::failure> shortages; // a start may work: somebody has to say so
  std::vector<std::string> warnings;        // a start goes on
  runtime_choice runtime;                   // that was checked for
};

/// What one member wants of the machine.
struct member_need {
  std::string member;
  topology::resource_limits limits;
  bool runs = false; // it has what it wants
};

/// Whether `has` is enough for those of `needs` that do not run yet. `place`: where the disk is written to.
void judge_room(const std::vector<member_need>& needs, const host_stats& has, const std::string& place,
                preflight_result& out);

/// Checks this machine for a plan: for `services` and what they need, or for all when there are none. What members of
/// this very environment hold is theirs: their ports, and the memory of those that run. In containers members need no
/// program and no user of this machine, and of its ports only those that are published.
preflight_result preflight(const preflight_input& what, const std::vector<std::string>& services);

} // namespace paws::bin
