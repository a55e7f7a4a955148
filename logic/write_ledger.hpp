// The account of a drill's writer: each write that was attempted, by an id of its own, and what is known of it. From it
// and from what is read afterwards follows what was lost.
#pragma once

#include "logic/ask.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string_view>

namespace paws::logic {

enum class write_fate : std::uint8_t {
  acknowledged,
  failed,       // surely not done: never sent, or refused by the server's own word
  indeterminate // sent, and nothing certain heard of it
};
std::string_view to_string(write_fate what);

/// Numbers of the contract's `writer`; `lost` and `unexpected` only after a comparison.
struct write_counts {
  std::size_t attempted = 0, acknowledged = 0, indeterminate = 0, failed = 0, lost = 0, unexpected = 0;
  std::int64_t longest_gap_ms = 0; // between two acknowledgements, or from the last one until now
};

class write_ledger {
public:
  /// The next id: 1, 2, 3 …; none is given twice.
  std::int64_t begin(steady_time now);
  /// What became of a write. The first word counts; an id that was never given, or has its fate already, is ignored.
  void end(std::int64_t id, write_fate fate, steady_time now);
  /// Whoever has heard nothing by now never will: all that is open is indeterminate.
  void close(steady_time now);

  const std::set<std::int64_t>& acknowledged() const { return acknowledged_; }
  std::size_t open() const { return open_.size(); }
  /// How many were acknowledged in [from, until).
  std::size_t acknowledged_between(steady_time from, steady_time until) const;
  /// When the first write was acknowledged that began at or after `from`; a late answer to an older one proves nothing.
  std::optional<steady_time> first_acknowledged_after(steady_time from) const;
  /// When the last write before `until` was acknowledged.
  std::optional<steady_time> last_acknowledged_before(steady_time until) const;

  /// lost: acknowledged and not read; unexpected: read and never attempted, or surely not done. `now` ends the last
  /// gap.
  write_counts compare(const std::set<std::int64_t>& read, steady_time now) const;

private:
  std::int64_t last_ = 0;
  std::map<std::int64_t, steady_time> open_; // id -> when it began
  std::set<std::int64_t> acknowledged_, failed_;
  std::size_t indeterminate_ = 0;
  std::multimap<steady_time, steady_time> answers_; // of acknowledged writes: when they ended -> when they began
  std::optional<steady_time> first_begin_;
};

} // namespace paws::logic
