#include "store/log_segment.hpp"

#include <algorithm>

namespace paws::store {

namespace {

using logic::log_row;
using topology::failure;

// The index holds no text of its own (content='') and no places (detail=none): it says which lines contain all of
// some trigrams, and the line itself is looked at afterwards. So it costs a fifth of the space and of the time.
constexpr const char* schema = R"(
  pragma journal_mode = wal;
  pragma synchronous = normal;
  pragma cache_size = -16384;
  create table if not exists service(number integer primary key, name text not null unique);
  create table if not exists line(id integer primary key, at_us integer not null, service integer not null,
    level integer not null, err integer not null, trace text, text text not null);
  create index if not exists line_at on line(at_us);
  create index if not exists line_trace on line(trace) where trace is not null;
  create virtual table if not exists trigram using fts5(text, content='', detail=none, tokenize='trigram');
  create table if not exists position(member text primary key, place text not null) without rowid;
  create table if not exists first(id integer not null);
)";
// More candidates than this are not worth being looked up one by one.
constexpr std::int64_t most_candidates = 50'000;
constexpr std::size_t most_trigrams = 24; // of one literal: enough to be rare

// Only characters that SQLite folds as we do: others are left to the look at the line itself.
bool is_plain(char c) {
  return static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\0';
}

// "abc" AND "bcd" … for one literal; "" when nothing of it can be asked for.
std::string trigrams_of(const std::string& literal) {
  std::string out;
  std::size_t used = 0;
  for (std::size_t at = 0; at + 3 <= literal.size() && used < most_trigrams; ++at)
    if (is_plain(literal[at]) && is_plain(literal[at + 1]) && is_plain(literal[at + 2])) {
      out += (out.empty() ? "\"" : " AND \"") + literal.substr(at, 3) + "\"";
      ++used;
    }
  return out;
}

// What to ask of the index; "" when one of the lists says nothing.
std::string match_of(const std::vector<std::vector<std::string>>& any_of) {
  std::string out;
  for (const auto& literals : any_of) {
    std::string all;
    for (const auto& literal : literals)
      if (const auto one = trigrams_of(literal); !one.empty())
        all += (all.empty() ? "" : " AND ") + one;
    if (all.empty())
      return "";
    out += (out.empty() ? "(" : " OR (") + all + ")";
  }
  return out;
}

} // namespace

std::variant<log_segment, failure> log_segment::open(const std::string& path, std::uint64_t first_id) {
  log_segment out{path, first_id};
  if (!out.db_.ok() || !out.db_.execute(schema) || !out.prepare())
    return out.db_.why();
  return out;
}

bool log_segment::prepare() {
  auto first = db_.prepare("select id from first");
  if (first.step()) {
    first_id_ = static_cast<std::uint64_t>(first.integer(0));
  } else {
    first = db_.prepare("insert into first values(?)");
    if (!first.ok() || !first.bind(1, static_cast<std::int64_t>(first_id_)).run())
      return false;
  }
  auto range = db_.prepare("select coalesce(max(id), 0), coalesce(max(at_us), 0), coalesce(min(at_us), 0) from line");
  if (!range.step())
    return false;
  last_id_ = std::max(first_id_ - 1, static_cast<std::uint64_t>(range.integer(0)));
  newest_us_ = range.integer(1);
  oldest_us_ = range.integer(2);
  auto known = db_.prepare("select number, name from service");
  while (known.step()) {
    services_[std::string{known.text(1)}] = known.integer(0);
    names_[known.integer(0)] = known.text(1);
  }
  insert_ = db_.prepare("insert into line values(?, ?, ?, ?, ?, ?, ?)");
  index_ = db_.prepare("insert into trigram(rowid, text) values(?, ?)");
  remember_ = db_.prepare("insert or replace into position values(?, ?)");
  return insert_.ok() && index_.ok() && remember_.ok();
}

std::int64_t log_segment::service_number(const std::string& name) {
  if (const auto at = services_.find(name); at != services_.end())
    return at->second;
  const auto number = static_cast<std::int64_t>(services_.size()) + 1;
  auto add = db_.prepare("insert into service values(?, ?)");
  add.bind(1, number).bind(2, name).run();
  names_[number] = name;
  return services_[name] = number;
}

bool log_segment::append_row(const log_row& row) {
  const auto id = static_cast<std::int64_t>(last_id_ + 1);
  insert_.bind(1, id).bind(2, row.at_us).bind(3, service_number(row.service));
  insert_.bind(4, static_cast<std::int64_t>(row.level)).bind(5, std::int64_t{row.err});
  if (row.trace_id.empty())
    insert_.bind_null(6);
  else
    insert_.bind(6, row.trace_id);
  if (!insert_.bind(7, row.text).run() || !index_.bind(1, id).bind(2, row.text).run())
    return false;
  ++last_id_;
  newest_us_ = std::max(newest_us_, row.at_us);
  oldest_us_ = oldest_us_ == 0 ? row.at_us : std::min(oldest_us_, row.at_us);
  return true;
}

std::optional<failure> log_segment::append(const std::vector<log_row>& rows, const log_positions& positions) {
  const auto before = last_id_;
  const auto undo = [&] {
    auto why = db_.why();
    db_.execute("rollback");
    last_id_ = before;
    services_.clear(); // what was added with them is gone
    names_.clear();
    prepare();
    return why;
  };
  if (!db_.execute("begin immediate"))
    return db_.why();
  for (const auto& row : rows)
    if (!append_row(row))
      return undo();
  for (const auto& [member, place] : positions)
    if (!remember_.bind(1, member).bind(2, place).run())
      return undo();
  if (!db_.execute("commit"))
    return undo();
  return std::nullopt;
}

log_positions log_segment::positions() {
  log_positions out;
  auto rows = db_.prepare("select member, place from position");
  while (rows.step())
    out[std::string{rows.text(0)}] = rows.text(1);
  return out;
}

bool log_segment::is_selective(const std::string& match) const {
  auto count = db_.prepare("select count(*) from (select rowid from trigram where trigram match ? limit ?)");
  count.bind(1, match).bind(2, most_candidates + 1);
  return count.step() && count.integer(0) <= most_candidates;
}

void log_segment::search(const logic::log_query& what, const std::vector<std::vector<std::string>>& any_of,
                         const std::function<bool(log_row&&)>& take) {
  std::string where = " where 1";
  const auto also = [&](const std::string& condition) { where += " and " + condition; };
  if (what.since_us > 0)
    also("at_us >= " + std::to_string(what.since_us));
  if (what.until_us > 0)
    also("at_us < " + std::to_string(what.until_us));
  if (what.after_id > 0)
    also("id > " + std::to_string(what.after_id));
  if (what.at_least > logic::log_level::trace)
    also("level >= " + std::to_string(static_cast<int>(what.at_least)));
  if (!what.ids.empty()) {
    std::string numbers;
    for (const auto id : what.ids)
      numbers += (numbers.empty() ? "" : ",") + std::to_string(id);
    also("id in (" + numbers + ")");
  }
  if (!what.trace_id.empty())
    also("trace = ?1");
  if (!what.services.empty()) {
    std::string numbers;
    for (const auto& name : what.services)
      if (const auto at = services_.find(name); at != services_.end())
        numbers += (numbers.empty() ? "" : ",") + std::to_string(at->second);
    also("service in (" + numbers + ")");
  }
  const auto match = match_of(any_of);
  if (!match.empty() && is_selective(match))
    also("id in (select rowid from trigram where trigram match ?2)");
  const auto* order = what.newest         ? " order by at_us desc, id desc"
                      : what.after_id > 0 ? " order by id"
                                          : " order by at_us, id";
  auto rows = db_.prepare("select id, at_us, service, level, err, trace, text from line" + where + order);
  if (!what.trace_id.empty())
    rows.bind(1, what.trace_id);
  if (!match.empty())
    rows.bind(2, match);
  while (rows.step()) {
    log_row row;
    row.id = static_cast<std::uint64_t>(rows.integer(0));
    row.at_us = rows.integer(1);
    row.service = names_[rows.integer(2)];
    row.level = static_cast<logic::log_level>(std::clamp<std::int64_t>(rows.integer(3), 0, 5));
    row.err = rows.integer(4) != 0;
    row.trace_id = rows.text(5);
    row.text = rows.text(6);
    if (!take(std::move(row)))
      return;
  }
}

} // namespace paws::store
