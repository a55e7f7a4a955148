// The clock watch reads this machine's clocks again and again, and tells the environment of every gap: that the machine
// slept, that the engine stood still, that the wall clock was set. It also is the one who may set that clock.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/clock_gap.hpp"
#include "logic/clock_report.hpp"

#include <functional>
#include <string>

namespace paws {

/// How this machine's clocks are reached; a test gives its own. Without `read` nothing is watched.
struct machine_clocks {
  std::function<logic::clock_reading()> read;
  std::function<logic::machine_clock_facts()> look;
  /// Sets the wall clock; answers why not, or "".
  std::function<std::string(std::int64_t wall_us)> set;
};

/// How often clocks are read: a sleep is known within a second of its end, long before any lease that it may have cost
/// is missed, and one reading costs less than a microsecond.
inline constexpr logic::milliseconds clock_interval{1'000};

struct clock_watch_state {
  void init(clock_watch_actor::stateful_pointer<clock_watch_state> self, machine_clocks clocks, surroundings around,
            environment_actor environment);
  void hear_tick();
  /// Reads; true when there was a gap, which the environment then is told.
  bool read();
  logic::clock_report compare(bool set);

  clock_watch_actor::stateful_pointer<clock_watch_state> self_ = nullptr;
  machine_clocks clocks_;
  surroundings around_;
  environment_actor environment_;
  logic::clock_watch watch_{clock_interval};

  static constexpr const char* name = "clock_watch";
};

clock_watch_actor::behavior_type clock_watch(clock_watch_actor::stateful_pointer<clock_watch_state> self,
                                             machine_clocks clocks, surroundings around, environment_actor environment);

} // namespace paws
