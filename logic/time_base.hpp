// The one pair of instants that ties the actor clock to the wall clock: read once at the engine's start, so that
// journal times are wall times and still never run backwards.
#pragma once

#include "logic/ask.hpp"

#include <cstdint>

namespace paws::logic {

struct time_base {
  steady_time steady{};
  std::int64_t wall_us = 0; // microseconds since 1970 at `steady`

  std::int64_t to_wall_us(steady_time at) const {
    return wall_us + std::chrono::duration_cast<std::chrono::microseconds>(at - steady).count();
  }
};

} // namespace paws::logic
