// What can be known to fail before anything is created: ports, programs, directories, disk, memory. Reads only.
#pragma once

#include "logic/service_plan.hpp"
#include "topology/failure.hpp"

#include <string>
#include <vector>

namespace paws::bin {

struct preflight_result {
  std::vector<topology::failure> failures;  // any of them keeps a start from working
  std::vector<topology::failure> shortages; // a start may work: somebody has to say so
  std::vector<std::string> warnings;        // a start goes on
};

/// Checks this machine for `plan` on the process runtime. Ports that members of this very environment hold are theirs.
preflight_result preflight(const logic::environment_plan& plan, const std::string& root);

} // namespace paws::bin
