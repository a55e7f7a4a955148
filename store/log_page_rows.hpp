// The best `limit` of the rows that are offered: the newest, the oldest, or the first collected. Lines may have 64 KiB
// each: when all texts together are too much, they are left out, and can be asked for by the rows' ids.
#pragma once

#include "logic/log_query.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace paws::store {

class log_page_rows {
public:
  explicit log_page_rows(const logic::log_query& what)
      : limit_{std::max<std::size_t>(what.limit, 1)}, newest_{what.newest}, by_id_{is_by_id(what)} {}

  /// Whether a page is the first collected after some line, whenever they were said.
  static bool is_by_id(const logic::log_query& what) { return what.after_id > 0 && !what.newest; }

  /// Whether a row of that time and id would have a place.
  bool wants(std::int64_t at_us, std::uint64_t id) const {
    return rows_.size() < limit_ || before(at_us, id, rows_.front());
  }
  void add(logic::log_row&& row) {
    const auto last = [this](const auto& a, const auto& b) { return before(a.at_us, a.id, b); };
    if (rows_.size() >= limit_) {
      std::pop_heap(rows_.begin(), rows_.end(), last);
      text_bytes_ -= rows_.back().text.size();
      rows_.pop_back();
    }
    text_bytes_ += row.text.size();
    rows_.push_back(std::move(row));
    if (std::exchange(too_much_, too_much_ || text_bytes_ > most_text_bytes))
      leave_out(rows_.back());
    else if (too_much_)
      std::for_each(rows_.begin(), rows_.end(), [this](auto& each) { leave_out(each); });
    std::push_heap(rows_.begin(), rows_.end(), last);
  }
  /// All of them, oldest first.
  std::vector<logic::log_row> take() {
    std::sort(rows_.begin(), rows_.end(),
              [](const auto& a, const auto& b) { return std::tie(a.at_us, a.id) < std::tie(b.at_us, b.id); });
    return std::move(rows_);
  }

private:
  static constexpr std::size_t most_text_bytes = 4 * 1024 * 1024;

  void leave_out(logic::log_row& row) {
    text_bytes_ -= row.text.size();
    row.left_out_bytes = row.text.size();
    row.text = std::string{}; // its memory, too
  }
  bool before(std::int64_t at_us, std::uint64_t id, const logic::log_row& other) const {
    if (by_id_)
      return id < other.id;
    return newest_ ? std::tie(at_us, id) > std::tie(other.at_us, other.id)
                   : std::tie(at_us, id) < std::tie(other.at_us, other.id);
  }

  std::size_t limit_;
  bool newest_, by_id_, too_much_ = false;
  std::size_t text_bytes_ = 0;       // of the texts that are held
  std::vector<logic::log_row> rows_; // a heap: the one that has to go next is in front
};

} // namespace paws::store
