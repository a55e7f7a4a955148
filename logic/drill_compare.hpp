// Drills beside each other: each against the run before it, and many runs of the same as medians and worst. Pure.
#pragma once

#include "logic/drill_report.hpp"

#include <string>
#include <vector>

namespace paws::logic {

// A run is slower when it took longer by more than both: a fifth, and a second. Less is noise of one machine.
inline constexpr int slower_percent = 20;
inline constexpr milliseconds slower_at_least{1'000};

bool is_slower(milliseconds before, milliseconds now);

/// A duration against the newest earlier run that has it.
struct drill_change {
  std::string against; // id of that run
  milliseconds before{}, now{};
  bool slower() const { return is_slower(before, now); }
};

/// Nothing where this run, or every earlier one of the same drill, fault and runtime, lacks the duration.
struct drill_comparison {
  std::optional<drill_change> total, resync;
  bool regressed() const { return (total && total->slower()) || (resync && resync->slower()); }
};

/// One for each report; `runs` in time order.
std::vector<drill_comparison> compare_each(const std::vector<drill_report>& runs);

struct duration_spread {
  std::string name;     // "total", "resync", or a phase
  std::size_t seen = 0; // runs that have it
  std::optional<milliseconds> median, worst;
  milliseconds target{}; // 0 = it has none
};

/// All runs of one drill with one fault.
struct drill_series {
  std::string drill, fault;
  std::size_t runs = 0, passed = 0, proven = 0, violated = 0;
  std::size_t lost = 0;                   // writes, of all runs
  std::vector<duration_spread> durations; // total, resync, then the phases in their order
};

/// In the order in which each was run first.
std::vector<drill_series> series_of(const std::vector<drill_report>& runs);

} // namespace paws::logic
