#include "logic/clock_gap.hpp"

#include <array>
#include <utility>

namespace paws::logic {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

std::string_view to_string(gap_kind what) {
  constexpr std::array<std::string_view, 3> words{"sleep", "freeze", "wall_clock"};
  return words.at(static_cast<std::size_t>(what));
}

std::optional<clock_gap> clock_watch::read(const clock_reading& now) {
  const auto last = std::exchange(last_, now);
  if (!last)
    return std::nullopt;
  const auto boot = now.boot - last->boot, steady = now.steady - last->steady;
  drift_ += now.wall - last->wall - boot;
  if (const auto slept = boot - steady; slept >= shortest_sleep)
    return clock_gap{gap_kind::sleep, duration_cast<milliseconds>(slept)};
  if (const auto late = steady - interval_; late >= shortest_freeze)
    return clock_gap{gap_kind::freeze, duration_cast<milliseconds>(late)};
  if (std::chrono::abs(drift_) >= shortest_jump)
    return clock_gap{gap_kind::wall_clock, duration_cast<milliseconds>(std::exchange(drift_, nanoseconds{}))};
  return std::nullopt;
}

} // namespace paws::logic
