#include "logic/write_ledger.hpp"

#include <algorithm>
#include <array>

namespace paws::logic {

std::string_view to_string(write_fate what) {
  constexpr std::array<std::string_view, 3> words{"acknowledged", "failed", "indeterminate"};
  return words.at(static_cast<std::size_t>(what));
}

std::int64_t write_ledger::begin(steady_time now) {
  if (!first_begin_)
    first_begin_ = now;
  open_.emplace(++last_, now);
  return last_;
}

void write_ledger::end(std::int64_t id, write_fate fate, steady_time now) {
  const auto at = open_.find(id);
  if (at == open_.end())
    return;
  const auto began = at->second;
  open_.erase(at);
  switch (fate) {
  case write_fate::acknowledged:
    acknowledged_.insert(id);
    answers_.emplace(now, began);
    return;
  case write_fate::failed:
    failed_.insert(id);
    return;
  case write_fate::indeterminate:
    ++indeterminate_;
  }
}

void write_ledger::close(steady_time now) {
  while (!open_.empty())
    end(open_.begin()->first, write_fate::indeterminate, now);
}

std::size_t write_ledger::acknowledged_between(steady_time from, steady_time until) const {
  return static_cast<std::size_t>(std::distance(answers_.lower_bound(from), answers_.lower_bound(until)));
}

std::optional<steady_time> write_ledger::first_acknowledged_after(steady_time from) const {
  for (auto at = answers_.lower_bound(from); at != answers_.end(); ++at)
    if (at->second >= from)
      return at->first;
  return std::nullopt;
}

std::optional<steady_time> write_ledger::last_acknowledged_before(steady_time until) const {
  const auto at = answers_.lower_bound(until);
  return at == answers_.begin() ? std::nullopt : std::optional{std::prev(at)->first};
}

write_counts write_ledger::compare(const std::set<std::int64_t>& read, steady_time now) const {
  write_counts out;
  out.attempted = static_cast<std::size_t>(last_);
  out.acknowledged = acknowledged_.size();
  out.failed = failed_.size();
  out.indeterminate = indeterminate_ + open_.size();
  const auto is_missing = [&](std::int64_t id) { return !read.contains(id); };
  out.lost = static_cast<std::size_t>(std::count_if(acknowledged_.begin(), acknowledged_.end(), is_missing));
  const auto is_foreign = [&](std::int64_t id) { return id < 1 || id > last_ || failed_.contains(id); };
  out.unexpected = static_cast<std::size_t>(std::count_if(read.begin(), read.end(), is_foreign));
  if (first_begin_) {
    auto before = *first_begin_;
    steady_time::duration longest{};
    for (const auto& [at, began] : answers_) {
      longest = std::max(longest, at - before);
      before = std::max(before, at);
    }
    longest = std::max(longest, now - before);
    out.longest_gap_ms = std::chrono::duration_cast<milliseconds>(longest).count();
  }
  return out;
}

} // namespace paws::logic
