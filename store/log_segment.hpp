// One file of collected log lines, as its writer sees it: rows, a trigram index of their text, and how far each
// member's log was read. The index follows later, in bulk: what it does not know yet is looked at line by line.
// Blocking.
#pragma once

#include "logic/log_query.hpp"
#include "store/sqlite.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace paws::store {

using log_positions = std::map<std::string, std::string>;

/// Why a file could not be opened.
struct no_segment {
  topology::failure why;
  bool damaged = false; // the file is to blame: it is no segment, or no longer
};

class log_segment {
public:
  /// Opens or makes the file; a new one numbers its lines from `first_id`.
  static std::variant<log_segment, no_segment> open(const std::string& path, std::uint64_t first_id);

  /// Keeps `rows` (their ids are given here) and `positions` together, or neither.
  std::optional<topology::failure> append(const std::vector<logic::log_row>& rows, const log_positions& positions);
  log_positions positions();
  /// Adds the next `most` lines to the index.
  std::optional<topology::failure> index_more(std::uint64_t most);
  std::uint64_t not_indexed() const { return last_id_ - indexed_id_; }
  /// Gives back the memory that is only kept for speed.
  void shrink() { db_.execute("pragma shrink_memory"); }

  std::uint64_t last_id() const { return last_id_; } // first_id - 1 when it is empty
  std::uint64_t lines() const { return last_id_ + 1 - first_id_; }
  std::int64_t newest_us() const { return newest_us_; }
  std::int64_t oldest_us() const { return oldest_us_; }
  std::uint64_t size_bytes(); // of the file, when everything is written back
  const std::string& path() const { return path_; }

private:
  log_segment(const std::string& path, std::uint64_t first_id) : path_{path}, db_{path}, first_id_{first_id} {}
  bool make_tables();
  bool prepare();
  std::optional<std::int64_t> one(std::string_view sql) const;
  std::int64_t service_number(const std::string& name);
  bool append_row(const logic::log_row& row);
  bool index_rows(std::uint64_t most, std::uint64_t& upto);

  std::string path_;
  database db_;
  std::uint64_t first_id_ = 1, last_id_ = 0, indexed_id_ = 0;
  std::int64_t newest_us_ = 0, oldest_us_ = 0;
  std::map<std::string, std::int64_t> services_;
  statement insert_, index_, remember_, pages_;
};

} // namespace paws::store
