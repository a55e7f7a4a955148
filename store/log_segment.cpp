#include "store/log_segment.hpp"

#include <algorithm>

namespace paws::store {

namespace {

using logic::log_row;
using topology::failure;

// What cannot be set within a transaction. Bigger pages make a look at every line faster.
constexpr const char* settings = R"(
  pragma page_size = 8192;
  pragma journal_mode = wal;
  pragma synchronous = normal;
  pragma cache_size = -4096;
)";
// The index holds no text of its own (content=''), no places (detail=none) and no sizes: it says which lines contain
// all of some trigrams, and the line itself is looked at afterwards. So it costs a fifth of the space and of the time.
constexpr const char* schema = R"(
  create table if not exists service(number integer primary key, name text not null unique);
  create table if not exists line(id integer primary key, at_us integer not null, service integer not null,
    level integer not null, err integer not null, trace text, text text not null);
  create index if not exists line_at on line(at_us);
  create index if not exists line_trace on line(trace) where trace is not null;
  create virtual table if not exists trigram using
    fts5(text, content='', detail=none, columnsize=0, tokenize='trigram');
  create table if not exists position(member text primary key, place text not null) without rowid;
  create table if not exists first(id integer not null);
  create table if not exists indexed(id integer not null);
)";

} // namespace

std::variant<log_segment, no_segment> log_segment::open(const std::string& path, std::uint64_t first_id) {
  log_segment out{path, first_id};
  if (!out.db_.ok() || !out.db_.execute(settings) || !out.make_tables() || !out.prepare())
    return no_segment{out.db_.why(), out.db_.damaged()};
  return out;
}

// All or nothing: a file whose making was broken off is as good as none.
bool log_segment::make_tables() {
  if (!db_.execute("begin immediate") || !db_.execute(schema))
    return false;
  const auto known = one("select id from first");
  if (known)
    first_id_ = static_cast<std::uint64_t>(*known);
  else if (!db_.prepare("insert into first values(?)").bind(1, static_cast<std::int64_t>(first_id_)).run())
    return false;
  auto begin = db_.prepare("insert into indexed select coalesce((select max(id) from line), ?) "
                           "where not exists (select 1 from indexed)");
  return begin.ok() && begin.bind(1, static_cast<std::int64_t>(first_id_ - 1)).run() && db_.execute("commit");
}

// The one number that `sql` asks for; nothing for NULL, no row, and a failure.
std::optional<std::int64_t> log_segment::one(std::string_view sql) const {
  auto row = db_.prepare(sql);
  return row.step() && !row.is_null(0) ? std::optional{row.integer(0)} : std::nullopt;
}

bool log_segment::prepare() {
  // One question each: asked together, SQLite would walk the whole index.
  last_id_ =
      static_cast<std::uint64_t>(one("select max(id) from line").value_or(static_cast<std::int64_t>(first_id_) - 1));
  newest_us_ = one("select max(at_us) from line").value_or(0);
  oldest_us_ = one("select min(at_us) from line").value_or(0);
  const auto indexed = one("select id from indexed");
  indexed_id_ = static_cast<std::uint64_t>(indexed.value_or(0));
  auto known = db_.prepare("select number, name from service");
  while (known.step())
    services_[std::string{known.text(1)}] = known.integer(0);
  insert_ = db_.prepare("insert into line values(?, ?, ?, ?, ?, ?, ?)");
  index_ = db_.prepare("insert into trigram(rowid, text) values(?, ?)");
  remember_ = db_.prepare("insert or replace into position values(?, ?)");
  pages_ = db_.prepare("select page_count * page_size from pragma_page_count, pragma_page_size");
  return indexed && !known.failed() && insert_.ok() && index_.ok() && remember_.ok() && pages_.ok();
}

std::uint64_t log_segment::size_bytes() {
  const auto out = pages_.step() ? static_cast<std::uint64_t>(pages_.integer(0)) : 0;
  pages_.reset();
  return out;
}

std::int64_t log_segment::service_number(const std::string& name) {
  if (const auto at = services_.find(name); at != services_.end())
    return at->second;
  const auto number = static_cast<std::int64_t>(services_.size()) + 1;
  auto add = db_.prepare("insert into service values(?, ?)");
  add.bind(1, number).bind(2, name).run();
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
  if (!insert_.bind(7, row.text).run())
    return false;
  newest_us_ = lines() == 0 ? row.at_us : std::max(newest_us_, row.at_us);
  oldest_us_ = lines() == 0 ? row.at_us : std::min(oldest_us_, row.at_us);
  ++last_id_;
  return true;
}

std::optional<failure> log_segment::append(const std::vector<log_row>& rows, const log_positions& positions) {
  const auto undo = [&] {
    auto why = db_.why();
    db_.execute("rollback");
    services_.clear(); // what was added with them is gone
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

bool log_segment::index_rows(std::uint64_t most, std::uint64_t& upto) {
  auto rows = db_.prepare("select id, text from line where id > ? order by id limit ?");
  rows.bind(1, static_cast<std::int64_t>(indexed_id_)).bind(2, static_cast<std::int64_t>(most));
  std::string blanked;
  while (rows.step()) {
    auto text = rows.text(1);
    if (text.find('\0') != std::string_view::npos) { // the index would see nothing behind it
      blanked = text;
      std::replace(blanked.begin(), blanked.end(), '\0', ' ');
      text = blanked;
    }
    upto = static_cast<std::uint64_t>(rows.integer(0));
    if (!index_.bind(1, rows.integer(0)).bind(2, text).run())
      return false;
  }
  auto note = db_.prepare("update indexed set id = ?");
  return !rows.failed() && note.ok() && note.bind(1, static_cast<std::int64_t>(upto)).run();
}

std::optional<failure> log_segment::index_more(std::uint64_t most) {
  auto upto = indexed_id_;
  if (!db_.execute("begin immediate"))
    return db_.why();
  if (!index_rows(most, upto) || !db_.execute("commit")) {
    auto why = db_.why();
    db_.execute("rollback");
    return why;
  }
  indexed_id_ = upto;
  return std::nullopt;
}

} // namespace paws::store
