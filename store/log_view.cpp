#include "store/log_view.hpp"

#include <algorithm>

namespace paws::store {

namespace {

using logic::log_row;
using topology::failure;

// More candidates than this are not worth being looked up one by one.
constexpr std::int64_t most_candidates = 50'000;
constexpr const char* columns = "select id, at_us, service, level, err, trace, text from line where ";

} // namespace

std::variant<log_view, failure> log_view::open(const std::string& path) {
  log_view out{path};
  if (!out.db_.ok() || !out.begin())
    return out.db_.why();
  return out;
}

// Everything is read within one transaction: what is written meanwhile is not seen.
bool log_view::begin() {
  if (!db_.execute("begin"))
    return false;
  auto made = db_.prepare("select count(*) from sqlite_schema where name = 'line'");
  if (!made.step())
    return false;
  if (made.integer(0) == 0) // it is being made just now
    return true;
  const auto one = [this](const char* sql, auto& into) {
    auto row = db_.prepare(sql);
    const bool found = row.step();
    if (found)
      into = static_cast<std::remove_reference_t<decltype(into)>>(row.integer(0));
    return found;
  };
  auto known = db_.prepare("select number, name from service");
  while (known.step()) {
    services_[std::string{known.text(1)}] = known.integer(0);
    names_[known.integer(0)] = known.text(1);
  }
  return !known.failed() && one("select coalesce(max(id), 0) from line", last_id_) &&
         one("select coalesce(max(at_us), 0) from line", newest_us_) &&
         one("select coalesce(min(at_us), 0) from line", oldest_us_) && one("select id from indexed", indexed_id_);
}

// A "+" keeps SQLite from walking along the index of times when rows are to come as they lie in the file.
std::string log_view::conditions(const logic::log_query& what, bool in_time_order) const {
  const std::string at = in_time_order ? "at_us" : "+at_us";
  std::string out = "1";
  const auto also = [&](const std::string& condition) { out += " and " + condition; };
  if (what.since_id > 0)
    also("(" + at + ", id) > (" + std::to_string(what.since_us) + ", " + std::to_string(what.since_id) + ")");
  else if (what.since_us > 0)
    also(at + " >= " + std::to_string(what.since_us));
  if (what.until_us > 0)
    also(at + " < " + std::to_string(what.until_us));
  if (what.after_id > 0)
    also("id > " + std::to_string(what.after_id));
  if (!what.ids.empty()) {
    std::string numbers;
    for (const auto id : what.ids)
      numbers += (numbers.empty() ? "" : ",") + std::to_string(id);
    also("id in (" + numbers + ")");
  }
  if (what.at_least > logic::log_level::trace)
    also("level >= " + std::to_string(static_cast<int>(what.at_least)));
  if (!what.services.empty()) {
    std::string numbers;
    for (const auto& name : what.services)
      if (const auto known = services_.find(name); known != services_.end())
        numbers += (numbers.empty() ? "" : ",") + std::to_string(known->second);
    also("service in (" + numbers + ")");
  }
  return out;
}

std::optional<std::vector<std::int64_t>> log_view::candidates(const std::string& index_query) {
  if (index_query.empty() || indexed_id_ == 0)
    return std::nullopt;
  std::vector<std::int64_t> out;
  auto rows = db_.prepare("select rowid from trigram where trigram match ?1 limit ?2");
  rows.bind(1, index_query).bind(2, most_candidates + 1);
  while (rows.step())
    out.push_back(rows.integer(0));
  return rows.failed() || out.size() > most_candidates ? std::nullopt : std::optional{std::move(out)};
}

bool log_view::look_at(statement& rows, log_filter& filter, log_page_rows& page, bool in_page_order) {
  while (rows.step()) {
    const auto id = static_cast<std::uint64_t>(rows.integer(0));
    if (!page.wants(rows.integer(1), id)) {
      if (in_page_order)
        return true;
      continue;
    }
    if (!filter.fits(rows.text(6)))
      continue;
    log_row row;
    row.id = id;
    row.at_us = rows.integer(1);
    row.service = names_[rows.integer(2)];
    row.level = static_cast<logic::log_level>(std::clamp<std::int64_t>(rows.integer(3), 0, 5));
    row.err = rows.integer(4) != 0;
    row.trace_id = rows.text(5);
    row.text = rows.text(6);
    page.add(std::move(row));
  }
  return !rows.failed();
}

bool log_view::look_at_candidates(const logic::log_query& what, const std::vector<std::int64_t>& ids,
                                  log_filter& filter, log_page_rows& page) {
  auto row = db_.prepare(columns + conditions(what, false) + " and id = ?1");
  for (const auto id : ids) {
    if (!row.ok() || !look_at(row.bind(1, id), filter, page, false))
      return false;
    row.reset();
  }
  // And what is not in the index yet.
  row = db_.prepare(columns + conditions(what, false) + " and id > " + std::to_string(indexed_id_));
  return look_at(row, filter, page, false);
}

std::optional<failure> log_view::search(const logic::log_query& what, log_filter& filter, log_page_rows& page) {
  const auto by_id = log_page_rows::is_by_id(what);
  const auto ids = by_id || !what.trace_id.empty() ? std::nullopt : candidates(filter.index_query());
  if (ids)
    return look_at_candidates(what, *ids, filter, page) ? std::nullopt : std::optional{db_.why()};
  // By time only where the page is likely full soon: else it is far quicker to go through the file as it lies.
  const auto by_time = !by_id && what.trace_id.empty() && what.ids.empty() && filter.takes_all();
  auto sql = columns + conditions(what, by_time);
  if (!what.trace_id.empty())
    sql += " and trace = ?1";
  else if (by_time)
    sql += what.newest ? " order by at_us desc, id desc" : " order by at_us, id";
  else
    sql += what.newest ? " order by id desc" : " order by id";
  auto rows = db_.prepare(sql);
  if (!what.trace_id.empty())
    rows.bind(1, what.trace_id);
  return look_at(rows, filter, page, by_id || by_time) ? std::nullopt : std::optional{db_.why()};
}

} // namespace paws::store
