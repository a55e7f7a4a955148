// All collected logs of one environment: segments in a directory, the last of which grows. The writer's side, beside
// which anybody may search. Blocking.
#pragma once

#include "store/log_search.hpp"
#include "store/log_segment.hpp"

#include <deque>

namespace paws::store {

/// How much is kept. A segment is removed whole, the oldest first; a new one is begun when the last is full, and every
/// day, so that age finds something to remove.
struct log_limits {
  std::uint64_t segment_bytes = 192ULL << 20;        // about half a million lines with their index
  std::uint64_t all_bytes = 1536ULL << 20;           // together
  std::int64_t age_us = 7LL * 24 * 3600 * 1'000'000; // of a segment's newest line
};

class log_archive {
public:
  explicit log_archive(std::string directory, log_limits limits = {});

  std::optional<topology::failure> append(const std::vector<logic::log_row>& rows, const log_positions& positions);
  std::variant<log_positions, topology::failure> positions();
  std::variant<found_logs, topology::failure> search(const logic::log_query& what) const;
  /// Removes what is too old at `now_us`; answers how many bytes that freed.
  std::uint64_t remove_old(std::int64_t now_us);
  /// Adds a piece to the index that searches use, oldest first. False when there is no whole piece to be added.
  bool index_piece();
  std::uint64_t last_id();

private:
  /// Opens what is there; a file that is no segment is moved aside.
  std::optional<topology::failure> open();
  std::optional<topology::failure> open_segments();
  std::optional<topology::failure> begin_segment(std::uint64_t first_id);
  bool is_full(const std::vector<logic::log_row>& rows);
  log_positions known_positions();
  std::uint64_t remove_surplus();
  std::uint64_t drop_oldest();

  std::string directory_;
  log_limits limits_;
  bool opened_ = false;
  std::deque<log_segment> segments_; // oldest first
};

} // namespace paws::store
