// What drills need of a Patroni cluster: rows that are written through its route and read from every node, and what
// each PostgreSQL says of itself. Its keys in etcd: patroni_keys.
#include "clusters/drill_kits.hpp"

#include "clusters/patroni_keys.hpp"
#include "clusters/patroni_render.hpp"
#include "clusters/patroni_view.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace paws::clusters::patroni {

namespace {

using logic::ask;
using logic::drill_sight;
using logic::write_fate;
using std::chrono::milliseconds;

constexpr const char* node_ask = "patroni.node";
constexpr milliseconds write_timeout{5'000};

// One row. Only who takes writes has a timeline that is its own.
constexpr const char* node_question =
    "SELECT (NOT pg_is_in_recovery())::text, CASE WHEN pg_is_in_recovery() THEN ''"
    " ELSE left(pg_walfile_name(pg_current_wal_lsn()), 8) END, current_setting('synchronous_standby_names')";

// -- writing -----------------------------------------------------------------------------------------------------

std::string table_of(const std::string& run) {
  return "paws_drill." + quoted_name("w_" + run);
}

ask statement(const ask& like, std::string sql, milliseconds timeout) {
  auto out = like;
  out.sql = std::move(sql);
  out.timeout = timeout;
  return out;
}

// What the drill of an engine that died has left goes first.
std::vector<ask> prepare(const ask& route, const std::string& run) {
  return {statement(route, "CREATE SCHEMA IF NOT EXISTS paws_drill", read_timeout),
          statement(route,
                    "DO $$ DECLARE old text; BEGIN FOR old IN SELECT tablename FROM pg_catalog.pg_tables"
                    " WHERE schemaname = 'paws_drill' AND left(tablename, 2) = 'w_'"
                    " LOOP EXECUTE format('DROP TABLE paws_drill.%I', old); END LOOP; END $$",
                    read_timeout),
          statement(route, "CREATE TABLE " + table_of(run) + " (id bigint PRIMARY KEY)", read_timeout)};
}

ask write(const ask& route, const std::string& run, std::int64_t id) {
  return statement(route,
                   "INSERT INTO " + table_of(run) + " (id) VALUES (" + std::to_string(id) +
                       ") RETURNING host(inet_server_addr())",
                   write_timeout);
}

// SQLSTATEs of a statement that was refused before it did anything: it may not be done here (a standby), now (the
// server starts or stops), by this user, or at all. Not among them: whatever may end a commit that is under way (57P01,
// 57014, 40, 08, XX), and 23505, for then the id is there.
bool surely_undone(const std::string& sqlstate) {
  constexpr std::array<std::string_view, 6> refusals{"25", "28", "3D", "42", "53300", "57P03"};
  return std::any_of(refusals.begin(), refusals.end(), [&](auto each) { return sqlstate.starts_with(each); });
}

// A wait for the standby that was cut short leaves a row that is committed here and may be nowhere else.
bool is_cut_short(const std::string& warning) {
  const auto has = [&](const char* words) { return warning.find(words) != std::string::npos; };
  return warning.starts_with("57014") || warning.starts_with("57P01") ||
         (has("canceling") && has("synchronous replication"));
}

write_fate fate(const logic::answer& got) {
  if (got.ok) {
    const bool whole = got.rows.size() == 1 && got.rows[0].size() == 1; // one row was inserted
    return whole && std::none_of(got.warnings.begin(), got.warnings.end(), is_cut_short) ? write_fate::acknowledged
                                                                                         : write_fate::indeterminate;
  }
  return !got.sent || surely_undone(got.sqlstate) ? write_fate::failed : write_fate::indeterminate;
}

std::string writer_at(const logic::answer& got) {
  return got.ok && got.rows.size() == 1 && got.rows[0].size() == 1 && is_plain(got.rows[0][0]) ? got.rows[0][0] : "";
}

// To the member's own PostgreSQL.
ask node_statement(const logic::cluster_context& context, const std::string& member, std::string sql,
                   milliseconds timeout) {
  for (const auto& each : asks(context, member))
    if (each.channel == logic::channel::postgres)
      return statement(each, std::move(sql), timeout);
  return {};
}

ask read(const logic::cluster_context& context, const std::string& member, const std::string& run) {
  auto out =
      node_statement(context, member,
                     "SELECT coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM " + table_of(run), read_timeout);
  out.name = "patroni.ids";
  out.lane = read_lane;
  return out;
}

std::optional<std::set<std::int64_t>> ids(const logic::answer& got) {
  if (!got.ok || got.rows.size() != 1 || got.rows[0].size() != 1)
    return std::nullopt;
  std::set<std::int64_t> out;
  std::string_view text = got.rows[0][0];
  while (!text.empty()) {
    const auto comma = text.find(',');
    const auto id = to_number(text.substr(0, comma));
    if (!id || comma == text.size() - 1)
      return std::nullopt;
    out.insert(*id);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return out;
}

std::vector<ask> clean(const ask& route, const std::string& run) {
  return {statement(route, "DROP TABLE IF EXISTS " + table_of(run), read_timeout)};
}

// -- watching ----------------------------------------------------------------------------------------------------

// A timeline as PostgreSQL itself writes it in names of files; "" = it is none.
std::string timeline_in(const std::string& digits) {
  std::uint32_t out = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), out, 16);
  return digits.size() == 8 && failed == std::errc{} && end == digits.data() + digits.size() ? std::to_string(out) : "";
}

std::vector<drill_sight> node_sights(const ask& asked, const logic::answer& got, logic::steady_time at) {
  const auto& who = asked.member;
  if (!got.ok)
    return {answers_sight(at, who, false)};
  if (got.rows.size() != 1 || got.rows[0].size() != 3 || (got.rows[0][0] != "true" && got.rows[0][0] != "false"))
    return {};
  const auto& row = got.rows[0];
  std::vector<drill_sight> out{answers_sight(at, who, true), {at, std::string{logic::sight_leads}, who, row[0]}};
  if (row[0] == "false")
    return out;
  if (auto timeline = timeline_in(row[1]); !timeline.empty())
    out.push_back({at, std::string{logic::sight_timeline}, who, std::move(timeline)});
  out.push_back({at, std::string{logic::sight_mode}, who, row[2]});
  return out;
}

std::vector<ask> watches(const logic::cluster_context& context, const logic::cluster_context* etcd) {
  auto out = etcd == nullptr ? std::vector<ask>{} : key_watches(context, *etcd);
  for (const auto& member : context.cluster.members) {
    auto question = node_statement(context, member, node_question, poll_timeout);
    question.name = node_ask;
    question.lane = watch_lane;
    question.fast_interval = poll_interval;
    out.push_back(std::move(question));
  }
  return out;
}

ask again(const logic::cluster_context& context, const ask& asked, const logic::answer& got) {
  return asked.name == node_ask ? asked : key_watch_again(context, asked, got);
}

std::vector<drill_sight> sights(const logic::cluster_context& context, const ask& asked, const logic::answer& got,
                                logic::steady_time at) {
  return asked.name == node_ask ? node_sights(asked, got, at) : key_sights(context, asked, got, at);
}

// The postmaster writes its number into the first line of its file.
std::vector<std::string> signal(const logic::cluster_context& context, const std::string& member,
                                const std::string& word) {
  const auto file = context.places.members.at(member).data_dir + "/postgresql/postmaster.pid";
  return {"/bin/sh", "-c", "read -r pid < \"$1\" && kill -\"$2\" \"$pid\"", "sh", file, word};
}

} // namespace

const logic::drill_kit drills{prepare, write, fate,   writer_at,      read,         ids,   clean,
                              watches, again, sights, no_log_pattern, no_log_sight, signal};

} // namespace paws::clusters::patroni
