// A drill drawn over time, as SVG: the fault at 0, phases, what each member answered, who held the leader key, and what
// the writer heard. Each thing has a row of its own and a word or a pattern: nothing is told by colour alone.
#pragma once

#include "logic/drill_report.hpp"

#include <string>
#include <vector>

namespace paws::logic {

/// Where a phase lies; `until` < `from` = its duration may be known, but not when it was.
struct placed_phase {
  std::int64_t from_ms = 0, until_ms = -1;
  bool placed() const { return until_ms >= from_ms; }
};

/// One for each phase of the report. Phases of a failover follow each other, from the fault on and up to the total;
/// others begin at the fault, "recovery" where the fault was taken back.
std::vector<placed_phase> place_phases(const drill_report& of);

/// One <svg> element, well-formed XML, drawn with the classes of `timeline_style`.
std::string drill_timeline(const drill_report& of);

/// CSS for it. Colours are the custom properties --ink, --dim, --line, --busy, --good, --bad, --paper.
extern const char* const timeline_style;

} // namespace paws::logic
