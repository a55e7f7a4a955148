#include "logic/drill_compare.hpp"

#include <algorithm>
#include <map>
#include <tuple>

namespace paws::logic {

namespace {

using duration_member = std::optional<milliseconds> drill_report::*;

/// The newest earlier run that has a duration, by what must be the same.
class history {
public:
  explicit history(duration_member which) : which_{which} {}

  std::optional<drill_change> next(const drill_report& run) {
    const auto& now = run.*which_;
    if (!now)
      return std::nullopt;
    auto& newest = newest_[{run.drill, run.fault, run.runtime}];
    std::optional<drill_change> out;
    if (newest != nullptr)
      out = drill_change{newest->id, *(newest->*which_), *now};
    newest = &run;
    return out;
  }

private:
  duration_member which_;
  std::map<std::tuple<std::string, std::string, std::string>, const drill_report*> newest_;
};

duration_spread spread_of(const std::string& name, std::vector<milliseconds> seen, milliseconds target) {
  duration_spread out{name, seen.size(), std::nullopt, std::nullopt, target};
  if (seen.empty())
    return out;
  std::sort(seen.begin(), seen.end());
  const auto middle = seen.size() / 2;
  out.worst = seen.back();
  out.median = seen.size() % 2 == 1 ? seen[middle] : seen[middle - 1] + (seen[middle] - seen[middle - 1]) / 2;
  return out;
}

duration_spread spread_of(const std::string& name, const std::vector<const drill_report*>& runs, duration_member which,
                          milliseconds target) {
  std::vector<milliseconds> seen;
  for (const auto* run : runs)
    if (run->*which)
      seen.push_back(*(run->*which));
  return spread_of(name, std::move(seen), target);
}

duration_spread spread_of_phase(const drill_phase& phase, const std::vector<const drill_report*>& runs) {
  std::vector<milliseconds> seen;
  for (const auto* run : runs)
    for (const auto& each : run->phases)
      if (each.name == phase.name && each.duration)
        seen.push_back(*each.duration);
  return spread_of(phase.name, std::move(seen), phase.target);
}

drill_series summed(const std::vector<const drill_report*>& runs) {
  drill_series out;
  out.drill = runs.front()->drill;
  out.fault = runs.front()->fault;
  out.runs = runs.size();
  for (const auto* run : runs) {
    out.passed += run->passed ? 1 : 0;
    out.proven += run->zero_loss == loss_claim::proven ? 1 : 0;
    out.violated += run->zero_loss == loss_claim::violated ? 1 : 0;
    out.lost += run->wrote ? run->writer.lost : 0;
  }
  out.durations = {spread_of("total", runs, &drill_report::total, runs.front()->target),
                   spread_of("resync", runs, &drill_report::resync, {})};
  std::vector<std::string> known;
  for (const auto* run : runs)
    for (const auto& phase : run->phases)
      if (std::find(known.begin(), known.end(), phase.name) == known.end()) {
        known.push_back(phase.name);
        out.durations.push_back(spread_of_phase(phase, runs));
      }
  return out;
}

} // namespace

bool is_slower(milliseconds before, milliseconds now) {
  return now - before > slower_at_least &&
         static_cast<double>(now.count()) > static_cast<double>(before.count()) * (100 + slower_percent) / 100;
}

std::vector<drill_comparison> compare_each(const std::vector<drill_report>& runs) {
  history totals{&drill_report::total}, resyncs{&drill_report::resync};
  std::vector<drill_comparison> out;
  out.reserve(runs.size());
  for (const auto& run : runs)
    out.push_back({totals.next(run), resyncs.next(run)});
  return out;
}

std::vector<drill_series> series_of(const std::vector<drill_report>& runs) {
  std::vector<std::vector<const drill_report*>> groups;
  for (const auto& run : runs) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) {
      return group.front()->drill == run.drill && group.front()->fault == run.fault;
    });
    if (same == groups.end())
      groups.push_back({&run});
    else
      same->push_back(&run);
  }
  std::vector<drill_series> out;
  out.reserve(groups.size());
  for (const auto& group : groups)
    out.push_back(summed(group));
  return out;
}

} // namespace paws::logic
