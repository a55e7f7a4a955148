#include "logic/awakening.hpp"

#include <algorithm>
#include <array>

namespace paws::logic {

namespace {

using namespace std::chrono_literals;

// "etcd1, etcd2"
std::string names_with(const wake_report& of, wake_end end) {
  std::string out;
  for (const auto& row : of.services)
    if (row.end == end)
      out += (out.empty() ? "" : ", ") + row.service;
  return out;
}

} // namespace

std::string_view to_string(wake_end what) {
  constexpr std::array<std::string_view, 5> words{"well", "recovered", "restarted", "not_recovered", "left_alone"};
  return words.at(static_cast<std::size_t>(what));
}

std::string span_of(milliseconds length) {
  const auto ms = std::chrono::abs(length);
  const auto count = [](auto value) { return std::to_string(value.count()); };
  if (ms < 1s)
    return count(ms) + " ms";
  if (ms < 10s) {
    const auto tenths = (ms.count() % 1000) / 100;
    return std::to_string(ms.count() / 1000) + (tenths == 0 ? "" : "." + std::to_string(tenths)) + " s";
  }
  if (ms < 2min)
    return std::to_string((ms + 500ms) / 1s) + " s";
  const auto minutes = std::chrono::floor<std::chrono::minutes>(ms);
  if (minutes < 2h)
    return count(minutes) + " min";
  const auto hours = std::chrono::floor<std::chrono::hours>(minutes);
  const auto rest = minutes - hours;
  return count(hours) + " h" + (rest == 0min ? "" : " " + count(rest) + " min");
}

std::string sentence_of(const clock_gap& what) {
  switch (what.kind) {
  case gap_kind::sleep:
    return "the machine slept for " + span_of(what.length);
  case gap_kind::freeze:
    return "the engine stood still for " + span_of(what.length);
  case gap_kind::wall_clock:
    return std::string{"the wall clock was set "} + (what.length < 0ms ? "back" : "forward") + " by " +
           span_of(what.length);
  }
  return {};
}

std::string sentence_of(const wake_row& what) {
  const auto why = what.why.empty() ? "" : " (" + what.why + ")";
  switch (what.end) {
  case wake_end::well:
  case wake_end::left_alone:
    return {};
  case wake_end::recovered:
    return what.service + ": recovered by itself after " + span_of(what.after) + why;
  case wake_end::restarted:
    return what.service + ": restarted, well again after " + span_of(what.after) + why;
  case wake_end::not_recovered:
    return what.service + ": not recovered after " + span_of(what.after) + why;
  }
  return {};
}

milliseconds longest_silence(const std::vector<clock_gap>& gaps) {
  milliseconds out{};
  for (const auto& gap : gaps)
    if (gap.kind != gap_kind::wall_clock)
      out = std::max(out, gap.length);
  return out;
}

std::string leader_sentence(const std::string& cluster, const std::string& from, const std::string& to,
                            const std::vector<clock_gap>& gaps, const silence_limits& limits) {
  auto out = cluster + ": leader moved " + from + " -> " + to;
  const auto silent = longest_silence(gaps);
  const auto longest = std::find_if(gaps.begin(), gaps.end(), [&](const clock_gap& gap) {
    return gap.kind != gap_kind::wall_clock && gap.length == silent;
  });
  if (longest == gaps.end())
    return out;
  out += " while " + sentence_of(*longest);
  if (limits.lease.empty())
    return out;
  const auto lease = limits.lease + " " + span_of(limits.lease_time);
  return out + (silent > limits.lease_time ? ", longer than " + lease + ": expected" : ", shorter than " + lease);
}

std::string summary_of(const wake_report& what) {
  std::string out;
  const auto add = [&](wake_end end, const char* did) {
    if (const auto names = names_with(what, end); !names.empty())
      out += (out.empty() ? "" : "; ") + std::string{did} + names;
  };
  add(wake_end::recovered, "recovered by themselves: ");
  add(wake_end::restarted, "restarted: ");
  add(wake_end::not_recovered, "not recovered: ");
  if (out.empty())
    out = "nothing had to be done";
  return out + (what.status.empty() ? "" : "; health: " + what.status);
}

} // namespace paws::logic
