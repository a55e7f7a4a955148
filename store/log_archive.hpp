// All collected logs of one environment: segments in a directory, the last of which grows. Blocking.
#pragma once

#include "store/log_segment.hpp"

#include <deque>

namespace paws::store {

/// How much is kept. A segment is removed whole, the oldest first.
struct log_limits {
  std::uint64_t segment_lines = 500'000;             // about 150 MB with its index
  std::size_t segments = 8;                          // in all
  std::int64_t age_us = 7LL * 24 * 3600 * 1'000'000; // of a segment's newest line
};

class log_archive {
public:
  explicit log_archive(std::string directory, log_limits limits = {});

  std::optional<topology::failure> append(const std::vector<logic::log_row>& rows, const log_positions& positions);
  std::variant<log_positions, topology::failure> positions();
  /// The rows that fit, oldest first. ERR_CLI_001 for a pattern that is none.
  std::variant<std::vector<logic::log_row>, topology::failure> search(const logic::log_query& what);
  /// Removes what is too old at `now_us`; answers how many bytes that freed.
  std::uint64_t remove_old(std::int64_t now_us);
  std::uint64_t last_id();

private:
  /// Opens what is there; a file that is no segment is moved aside.
  std::optional<topology::failure> open();
  std::optional<topology::failure> begin_segment(std::uint64_t first_id);
  std::uint64_t drop_oldest();

  std::string directory_;
  log_limits limits_;
  bool opened_ = false;
  std::deque<log_segment> segments_; // oldest first
};

} // namespace paws::store
