#include "logic/failover_evidence.hpp"

#include <algorithm>

namespace paws::logic {

namespace {

std::optional<milliseconds> between(const std::optional<steady_time>& from, const std::optional<steady_time>& until) {
  if (!from || !until)
    return std::nullopt;
  return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(*until - *from));
}

// What was seen after that which must have followed it: by no more than a poll, it was then at the latest; else nobody
// knows when it was.
std::optional<steady_time> no_later_than(const std::optional<steady_time>& next, const std::optional<steady_time>& at) {
  constexpr milliseconds one_poll{150};
  if (!at || !next || *at <= *next)
    return at;
  return *at - *next <= one_poll ? next : std::nullopt;
}

} // namespace

failover_phases phases_of(const failover_evidence& seen, const topology::failover_budget& budget) {
  failover_phases out;
  const std::optional<steady_time> fault{seen.fault};
  // A key that is given up is gone: nothing has to run out.
  const bool released = seen.lease_released.has_value();
  const auto detected = released ? seen.lease_released : seen.lease_due;
  const auto promoted = no_later_than(seen.written, seen.promoted);
  const auto taken = no_later_than(promoted ? promoted : seen.written, seen.key_taken);
  const auto gone = no_later_than(taken      ? taken
                                  : promoted ? promoted
                                             : seen.written,
                                  released && !seen.key_deleted ? seen.lease_released : seen.key_deleted);
  auto expiry = between(detected, gone);
  if (released) {
    expiry = milliseconds{0};
    out.notes.emplace_back("the leader released its lease: nothing had to expire");
  }
  out.phases = {{"detection", between(fault, detected), budget.detection},
                {"lease_expiry", expiry, budget.lease_expiry},
                {"election", between(gone, taken), budget.election},
                {"promotion", between(taken, promoted), budget.promotion},
                {"stabilization", between(promoted, seen.written), budget.stabilization}};
  out.total = between(fault, seen.written);
  out.target = budget.total;
  return out;
}

} // namespace paws::logic
