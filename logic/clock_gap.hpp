// What three clocks say together about this machine and this engine: that it slept, that its wall clock was set, that
// the engine itself stood still. One event for each, however many readings it spans.
#pragma once

#include "logic/ask.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace paws::logic {

/// One look at all clocks. `boot` goes on while the machine sleeps, `steady` does not, `wall` can be set.
struct clock_reading {
  std::chrono::nanoseconds boot{}, steady{}, wall{};
};

enum class gap_kind : std::uint8_t {
  sleep,     // the machine was suspended for `length`
  freeze,    // it ran, and the engine did not, for `length`
  wall_clock // it was set by `length`, backwards when negative
};
std::string_view to_string(gap_kind what);

struct clock_gap {
  gap_kind kind = gap_kind::sleep;
  milliseconds length{};
};

class clock_watch {
public:
  static constexpr milliseconds shortest_sleep{2'000};  // suspends of phones and laptops last longer; readings do not
  static constexpr milliseconds shortest_freeze{5'000}; // longer than any burst of work on a busy machine
  static constexpr milliseconds shortest_jump{5'000};   // what time services correct by slewing stays far below

  /// `interval`: how often it is read when all is well.
  explicit clock_watch(milliseconds interval) : interval_{interval} {}

  /// What happened since the last reading; nothing for the first one. A sleep explains the engine's own stillness and
  /// is told alone; a wall clock that was set meanwhile is told by the next reading.
  std::optional<clock_gap> read(const clock_reading& now);

private:
  milliseconds interval_;
  std::optional<clock_reading> last_;
  std::chrono::nanoseconds drift_{}; // of wall against boot, not told yet
};

} // namespace paws::logic
