// One file of collected log lines, as a search sees it: read only, beside the one who writes, and as it was when it was
// opened. Blocking.
#pragma once

#include "store/log_filter.hpp"
#include "store/log_page_rows.hpp"
#include "store/sqlite.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace paws::store {

class log_view {
public:
  static std::variant<log_view, topology::failure> open(const std::string& path);

  std::uint64_t last_id() const { return last_id_; } // 0: it has no lines
  std::int64_t newest_us() const { return newest_us_; }
  std::int64_t oldest_us() const { return oldest_us_; }

  /// Offers every row that fits to `page`, unless it is sure that the page has no use for it.
  std::optional<topology::failure> search(const logic::log_query& what, log_filter& filter, log_page_rows& page);

private:
  explicit log_view(const std::string& path) : db_{path, access::read} {}
  bool begin();
  std::string conditions(const logic::log_query& what, bool in_time_order) const;
  /// The rows that the index knows to be worth a look; nothing when it is best to look at all.
  std::optional<std::vector<std::int64_t>> candidates(const std::string& index_query);
  /// False after a failure.
  bool look_at(statement& rows, log_filter& filter, log_page_rows& page, bool in_page_order);
  bool look_at_candidates(const logic::log_query& what, const std::vector<std::int64_t>& ids, log_filter& filter,
                          log_page_rows& page);

  database db_;
  std::uint64_t last_id_ = 0, indexed_id_ = 0;
  std::int64_t newest_us_ = 0, oldest_us_ = 0;
  std::map<std::string, std::int64_t> services_;
  std::map<std::int64_t, std::string> names_;
};

} // namespace paws::store
