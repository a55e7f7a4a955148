// One file of collected log lines: rows, a trigram index of their text, and how far each member's log was read.
// Blocking.
#pragma once

#include "logic/log_query.hpp"
#include "store/sqlite.hpp"

#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace paws::store {

using log_positions = std::map<std::string, std::string>;

class log_segment {
public:
  /// Opens or makes the file; a new one numbers its lines from `first_id`. A file that is no segment: a failure.
  static std::variant<log_segment, topology::failure> open(const std::string& path, std::uint64_t first_id);

  /// Keeps `rows` (their ids are given here) and `positions` together, or neither.
  std::optional<topology::failure> append(const std::vector<logic::log_row>& rows, const log_positions& positions);
  log_positions positions();

  std::uint64_t last_id() const { return last_id_; } // first_id - 1 when it is empty
  std::uint64_t lines() const { return last_id_ + 1 - first_id_; }
  std::int64_t newest_us() const { return newest_us_; }
  std::int64_t oldest_us() const { return oldest_us_; }
  const std::string& path() const { return path_; }

  /// Calls `take` for every row that fits all of `what` but its words and pattern, newest first (else oldest first),
  /// until it answers false. `any_of`: lists of literals, one list of which the text must contain; they only narrow
  /// the search: some rows that do not contain them are handed out as well.
  void search(const logic::log_query& what, const std::vector<std::vector<std::string>>& any_of,
              const std::function<bool(logic::log_row&&)>& take);

private:
  log_segment(const std::string& path, std::uint64_t first_id) : path_{path}, db_{path}, first_id_{first_id} {}
  bool prepare();
  std::int64_t service_number(const std::string& name);
  bool append_row(const logic::log_row& row);
  /// Whether so few rows contain the trigrams that it is best to look at these alone.
  bool is_selective(const std::string& match) const;

  std::string path_;
  database db_;
  std::uint64_t first_id_ = 1, last_id_ = 0;
  std::int64_t newest_us_ = 0, oldest_us_ = 0;
  std::map<std::string, std::int64_t> services_;
  std::map<std::int64_t, std::string> names_;
  statement insert_, index_, remember_;
};

} // namespace paws::store
