// When a member that ended may be started again: the delay doubles from 0.5 s to 30 s; more than five restarts
// within a minute is a crash loop, and the policy gives up.
#pragma once

#include "logic/ask.hpp"

#include <deque>
#include <optional>

namespace paws::logic {

class restart_policy {
public:
  static constexpr milliseconds first_delay{500}; // quick enough that a single crash hardly shows
  static constexpr milliseconds longest_delay{30'000};
  static constexpr std::size_t most_restarts = 5; // within `window`
  static constexpr milliseconds window{60'000};   // also: a member that lived this long starts afresh
  static_assert(first_delay < longest_delay && longest_delay < window);

  /// It ended at `now` after having been started at `started`: the delay until the next start, or nothing when no
  /// attempt is left.
  std::optional<milliseconds> on_exit(steady_time started, steady_time now);

  /// The operator asked again: forget the past.
  void reset();

private:
  std::deque<steady_time> restarts_;
  milliseconds next_delay_{first_delay};
};

} // namespace paws::logic
