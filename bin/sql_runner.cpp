#include "bin/sql_runner.hpp"

#include <algorithm>
#include <utility>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using steady = std::chrono::steady_clock;
using cause = net::sql_trouble::cause;

constexpr const char* lock_key = "360001"; // database/README.md
constexpr milliseconds connect_limit_ms = 5s, small_limit_ms = 10s;
constexpr std::string_view lock_not_available = "55P03";

constexpr const char* make_table = "CREATE TABLE IF NOT EXISTS schema_migrations ("
                                   "version integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, "
                                   "applied_at timestamptz NOT NULL DEFAULT now())";
constexpr const char* which_table = "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n "
                                    "ON n.oid = c.relnamespace WHERE c.oid = 'schema_migrations'::regclass";
// PostgreSQL is to notice soon when we are gone, in the middle of a statement too.
constexpr const char* settle = "SELECT set_config(name, '1s', false) FROM pg_settings "
                               "WHERE name = 'client_connection_check_interval'";
// No query: a file may begin with SET TRANSACTION. One that ends its transaction loses the mark.
constexpr const char* begin_file = "BEGIN; SET LOCAL lock_timeout = '10s'; SET LOCAL paws.file = ";
constexpr const char* which_file = "SELECT current_setting('paws.file', true)";

std::int64_t since_ms(steady::time_point begun) {
  return std::chrono::duration_cast<milliseconds>(steady::now() - begun).count();
}

std::int64_t now_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::string plural(std::size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

// The line an error is about: the one of its position, else of the statement that did not succeed.
std::size_t line_of(const logic::sql_file& file, const net::sql_result& result) {
  if (result.trouble->position > 0)
    return logic::line_of_position(file.sql, result.trouble->position);
  return logic::line_of_statement(file.sql, result.statements).value_or(0);
}

} // namespace

sql_runner::sql_runner(database_way way, const std::vector<logic::sql_file>& files, sql_run_settings how)
    : way_{std::move(way)},
      files_{files},
      how_{std::move(how)},
      session_{way_.route, how_.application, {how_.interrupted}} {}

bool sql_runner::ask(const std::string& sql, milliseconds limit, net::sql_result& into) {
  into = session_.run(sql, limit);
  for (auto& warning : session_.take_warnings())
    out_.notes.push_back("PostgreSQL warns: " + warning);
  return !into.trouble;
}

std::string sql_runner::kept() const {
  if (out_.applied.empty())
    return "";
  return out_.applied.size() == 1 ? ", the file before it stays"
                                  : ", the " + plural(out_.applied.size(), "file") + " before it stay";
}

// Trouble outside of any file. False, for whoever returns it.
bool sql_runner::failed(const net::sql_trouble& why, const std::string& doing) {
  constexpr std::string_view encryption = "ERR_SEC_004: ";
  const auto message = doing + ": " + why.message + (why.sqlstate.empty() ? "" : " (" + why.sqlstate + ")");
  if (why.why == cause::interrupted)
    out_.what = {"ERR_SYS_005", doing + ": interrupted", "run again: " + again()};
  else if (why.message.starts_with(encryption))
    out_.what = {"ERR_SEC_004", doing + ": " + why.message.substr(encryption.size()),
                 "see who answers there: paws-engine ctl status"};
  else if (why.why == cause::late)
    out_.what = {"ERR_NET_003", message, "see what it waits for: paws-engine ctl health"};
  else if (why.why == cause::lost && why.sqlstate.empty())
    out_.what = {"ERR_NET_002", message, "run again when it is there: " + again()};
  else
    out_.what = {"ERR_SQL_005", message, "see what it waits for: paws-engine ctl health; then run: " + again()};
  return false;
}

bool sql_runner::file_failed(const logic::sql_file& file, const net::sql_trouble& why, std::size_t line,
                             bool committing) {
  out_.file = how_.directory + "/" + file.file;
  out_.line = line;
  const auto where = out_.file + (line > 0 ? ":" + std::to_string(line) : "") + ": ";
  const bool refused = why.why == cause::refused;
  const bool surely = refused || (!committing && (why.why == cause::lost || why.ended));
  const auto after = surely       ? "; it is rolled back" + kept()
                     : committing ? "; whether it was committed is not known"
                                  : "; PostgreSQL has not confirmed yet that it ends it";
  const auto message = where + (why.why == cause::interrupted ? "interrupted" : why.message) +
                       (why.sqlstate.empty() ? "" : " (" + why.sqlstate + ")") + after;
  if (why.why == cause::interrupted)
    out_.what = {"ERR_SYS_005", message, "run again: " + again()};
  else if (why.why == cause::late)
    out_.what = {"ERR_NET_003", message, "give it more time: " + again() + " --wait-timeout SECONDS"};
  else if (why.why == cause::lost)
    out_.what = {"ERR_NET_002", message, "run again: " + again()};
  else if (why.sqlstate == lock_not_available)
    out_.what = {"ERR_SQL_003", message, "end or wait for who holds what it needs, then run: " + again()};
  else
    out_.what = {"ERR_SQL_003", message, "mend the file, then run: " + again()};
  return false;
}

bool sql_runner::open() {
  how_.awaits("connecting");
  const auto where = "PostgreSQL at " + way_.route.address + ":" + std::to_string(way_.route.port);
  if (const auto why = session_.open(connect_limit_ms))
    return failed(*why, where);
  net::sql_result said;
  return ask(settle, small_limit_ms, said) || failed(*said.trouble, where);
}

bool sql_runner::lock() {
  net::sql_result said;
  if (!ask(std::string{"SELECT pg_try_advisory_lock("} + lock_key + ")", small_limit_ms, said))
    return failed(*said.trouble, "the lock of migrations");
  if (said.rows.at(0).at(0) == "t")
    return true;
  const std::string other = "another session applies migrations at this moment";
  how_.awaits(other);
  const auto begun = steady::now();
  if (!ask(std::string{"SELECT pg_advisory_lock("} + lock_key + ")", how_.file_limit, said))
    return failed(*said.trouble, other);
  out_.notes.push_back(other + ": waited " + std::to_string(since_ms(begun)) + " ms for it");
  return true;
}

bool sql_runner::read_applied(std::vector<logic::applied_migration>& into) {
  net::sql_result said;
  const std::string doing = "the table of applied migrations";
  if (!ask(make_table, small_limit_ms, said) || !ask(which_table, small_limit_ms, said))
    return failed(*said.trouble, doing);
  table_ = said.rows.at(0).at(0);
  if (!ask("SELECT version, name, checksum FROM " + table_ + " ORDER BY version", small_limit_ms, said))
    return failed(*said.trouble, doing);
  for (const auto& row : said.rows)
    into.push_back({static_cast<std::int32_t>(std::strtol(row.at(0).c_str(), nullptr, 10)), row.at(1), row.at(2)});
  return true;
}

// A file that is seen to end its transaction is refused before anything is changed.
bool sql_runner::stay_within(const std::vector<const logic::sql_file*>& files) {
  for (const auto* file : files)
    if (const auto line = logic::line_of_transaction(file->sql)) {
      out_.file = how_.directory + "/" + file->file;
      out_.line = *line;
      out_.what = {"ERR_SQL_001",
                   out_.file + ":" + std::to_string(*line) +
                       ": it begins or ends a transaction, and has one already; nothing was changed",
                   "take that out of it, then run: " + again()};
      return false;
    }
  return true;
}

bool sql_runner::apply(const logic::sql_file& file, std::size_t n, std::size_t of, bool records) {
  const auto count = std::to_string(n) + "/" + std::to_string(of) + " " + file.file;
  how_.awaits(count);
  const auto begun = steady::now();
  net::sql_result said;
  if (!ask(begin_file + net::literal_of(file.file), small_limit_ms, said))
    return file_failed(file, *said.trouble, 0, false);
  const auto fail_in = [&](std::size_t line, bool committing) {
    const auto why = *said.trouble;
    if (session_.is_open())
      static_cast<void>(session_.run("ROLLBACK", small_limit_ms));
    return file_failed(file, why, line, committing);
  };
  if (!ask(file.sql, how_.file_limit, said))
    return fail_in(said.trouble->why == cause::refused ? line_of(file, said) : 0, false);
  if (!ask(which_file, small_limit_ms, said))
    return fail_in(0, false);
  if (said.rows.at(0).at(0) != file.file) {
    static_cast<void>(session_.run("ROLLBACK", small_limit_ms));
    out_.file = how_.directory + "/" + file.file;
    out_.what = {"ERR_SQL_003",
                 out_.file + ": it ends its transaction itself, or resets all settings; what it has committed stays",
                 "take BEGIN, COMMIT, ROLLBACK and RESET ALL out of it, then run: " + again()};
    return false;
  }
  if (records &&
      !ask("RESET ROLE; INSERT INTO " + table_ + " (version, name, checksum) VALUES (" + std::to_string(file.number) +
               ", " + net::literal_of(file.name) + ", " + net::literal_of(file.checksum) + ")",
           small_limit_ms, said))
    return fail_in(0, false);
  if (!ask("COMMIT", how_.file_limit, said))
    return fail_in(0, true);
  out_.applied.push_back({&file, since_ms(begun)});
  const auto took = std::to_string(out_.applied.back().duration_ms);
  how_.tell({0,
             now_us(),
             std::string{logic::sql_file_applied},
             file.file,
             count + "  " + took + " ms",
             {{"n", std::to_string(n)}, {"of", std::to_string(of)}, {"duration_ms", took}}});
  // What the file has set for its session is not the next one's.
  return (ask("RESET ROLE; RESET ALL", small_limit_ms, said) && ask(settle, small_limit_ms, said)) ||
         failed(*said.trouble, "after " + file.file);
}

sql_run_report sql_runner::migrate() {
  std::vector<logic::applied_migration> rows;
  if (!open() || !lock() || !read_applied(rows))
    return out_;
  const auto plan = logic::plan_migrations(files_, rows);
  for (const auto& row : plan.unknown)
    out_.notes.push_back("version " + std::to_string(row.version) + " (" + row.name +
                         ") is applied, and there is no file of it");
  if (plan.changed != nullptr) {
    out_.file = how_.directory + "/" + plan.changed->file;
    out_.what = {"ERR_SQL_002",
                 out_.file + ": it was applied with other contents (checksum " + plan.changed_from + ", now " +
                     plan.changed->checksum + "); nothing was changed",
                 "restore it and write the change as the next migration, then run: " + again()};
    return out_;
  }
  if (!stay_within(plan.missing))
    return out_;
  for (std::size_t i = 0; i < plan.missing.size(); ++i)
    if (!apply(*plan.missing[i], i + 1, plan.missing.size(), true))
      return out_;
  if (!files_.empty())
    prove(files_.back());
  return out_;
}

sql_run_report sql_runner::seed() {
  std::vector<const logic::sql_file*> all;
  for (const auto& file : files_)
    all.push_back(&file);
  if (!stay_within(all) || !open())
    return out_;
  for (std::size_t i = 0; i < files_.size(); ++i)
    if (!apply(files_[i], i + 1, files_.size(), false))
      break;
  return out_;
}

void sql_runner::prove(const logic::sql_file& last) {
  const auto begun = steady::now();
  out_.version = last.number;
  const auto what = "version " + std::to_string(last.number);
  how_.awaits(what + " on all members");
  const auto question = "SELECT 1 FROM " + table_ + " WHERE version = " + std::to_string(last.number) +
                        " AND checksum = " + net::literal_of(last.checksum);
  out_.members = look_everywhere(way_.members, how_.application, question, how_.interrupted);
  for (const auto& name : way_.resting)
    out_.notes.push_back(name + " does not run, as it is wished: it gets " + what + " when it does");
  std::string lacking;
  for (const auto& at : out_.members)
    if (at.after_ms < 0)
      lacking += (lacking.empty() ? "" : ", ") + at.member + (at.why.empty() ? "" : " (" + at.why + ")");
  if (how_.interrupted())
    out_.what = {"ERR_SYS_005", "interrupted; all is applied, whether every member has it was not seen",
                 "run again: " + again()};
  else if (!lacking.empty())
    out_.what = {"ERR_SQL_004",
                 what + " is applied, and after " + std::to_string(since_ms(begun)) + " ms it is not there on " +
                     lacking,
                 "see how it follows: paws-engine ctl inspect patroni; then run: " + again()};
}

} // namespace paws::bin
