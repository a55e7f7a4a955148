// The one pair of instants that ties the actor clock to the wall clock: read once at the engine's start, so that
// journal times are wall times and still never run backwards; and what passed over the steady clock since.
#pragma once

#include "logic/ask.hpp"

#include <atomic>
#include <cstdint>
#include <memory>

namespace paws::logic {

struct time_base {
  steady_time steady{};
  std::int64_t wall_us = 0; // microseconds since 1970 at `steady`
  /// Microseconds that the steady clock has not counted: while the machine slept, or because the wall clock was set
  /// forward. Grows only, by the clock watch's hand; all copies share it. May be empty.
  std::shared_ptr<std::atomic<std::int64_t>> passed_over_us = {};

  std::int64_t to_wall_us(steady_time at) const {
    return wall_us + std::chrono::duration_cast<std::chrono::microseconds>(at - steady).count() +
           (passed_over_us ? passed_over_us->load() : 0);
  }
};

} // namespace paws::logic
