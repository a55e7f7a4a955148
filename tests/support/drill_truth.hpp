// A drill's report against what really happened in the simulated stack: each number must follow from something that
// was, and each claim must be true.
#pragma once

#include "logic/drill_record.hpp"
#include "tests/support/drill_world.hpp"

namespace paws::testing {

struct report_conditions {
  bool synchronous_wanted = true; // the topology says so
  bool synchronous = true;        // and it is so
  bool calm = true;               // nothing else was broken meanwhile, and every answer came at once
  bool steady = true;             // no time was jumped over
};

/// Flaws go to the world. `broken_at`: when the runtime was asked for the fault.
void check_report(drill_world& world, const logic::drill_report& report, std::optional<steady_time> broken_at,
                  const report_conditions& when);

} // namespace paws::testing
