#include "logic/restart_policy.hpp"

#include <algorithm>

namespace paws::logic {

std::optional<milliseconds> restart_policy::on_exit(steady_time started, steady_time now) {
  if (now - started >= window)
    reset();
  while (!restarts_.empty() && now - restarts_.front() >= window)
    restarts_.pop_front();
  if (restarts_.size() >= most_restarts)
    return std::nullopt;
  const auto delay = next_delay_;
  restarts_.push_back(now + delay);
  next_delay_ = std::min(next_delay_ * 2, longest_delay);
  return delay;
}

void restart_policy::reset() {
  restarts_.clear();
  next_delay_ = first_delay;
}

} // namespace paws::logic
