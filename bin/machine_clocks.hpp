// This machine's clocks: how they are read, what is known about them, and how the wall clock is set. The one place that
// touches them.
#pragma once

#include "actors/clock_watch.hpp"

#include <string>

namespace paws::bin {

/// Where this machine says what it is and has; a test gives files of its own.
struct clock_places {
  std::string version = "/proc/version";                       // names Microsoft on WSL
  std::string status = "/proc/self/status";                    // has CapEff
  std::string adjtime = "/etc/adjtime";                        // says LOCAL when the hardware keeps local time
  std::string since_epoch = "/sys/class/rtc/rtc0/since_epoch"; // seconds, UTC; everybody may read it
  std::string device = "/dev/rtc0";                            // the same by ioctl, mostly for root
};

/// What the files say and the kernel knows, at this moment.
logic::machine_clock_facts look_at_clocks(const clock_places& at);

/// The real ones.
machine_clocks real_clocks();

} // namespace paws::bin
