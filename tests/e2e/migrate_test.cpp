// Migrations and seeds through the binary, on real daemons: what is applied, what is refused, and where it then is.
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  std::ofstream{path} << text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Carried out, and what it says as JSON.
json done(stack& s, std::vector<std::string> words) {
  words.insert(words.end(), {"--format", "json"});
  const auto ended = s.ctl(words);
  INFO(ended.out << ended.err);
  REQUIRE(ended.in_time);
  REQUIRE(ended.exit_code == 0);
  return ended.json();
}

void refused(stack& s, const std::vector<std::string>& words, int code, const std::vector<std::string>& parts) {
  const auto ended = s.ctl(words);
  INFO(ended.out << ended.err);
  CHECK(ended.exit_code == code);
  for (const auto& part : parts) {
    INFO(part);
    CHECK(has(ended.err, part));
  }
}

// The first cell of the first row; "none" without any.
std::string cell(const endpoint& where, const std::string& sql) {
  const auto rows = sql_once(where, sql, in(10s));
  return rows && !rows->empty() ? rows->at(0).at(0) : "none";
}

std::string versions(const stack& s) {
  return cell(s.postgres_route(), "select string_agg(version::text, ' ' order by version) from schema_migrations");
}

const std::string our_migrations = PAWS_SOURCE_DIR "/database/migrations", our_seed = PAWS_SOURCE_DIR "/database/seed";

void applied_once_and_everywhere(stack& s, const std::string& directory) {
  const auto plain = s.ctl({"migrate"}); // below the topology's project
  INFO(plain.out << plain.err);
  REQUIRE(plain.exit_code == 0);
  CHECK(has(plain.out, "1/4 V001__students.sql"));
  CHECK(has(plain.out, "4/4 V004__idempotency_keys.sql"));
  CHECK(has(plain.out, "4 migrations applied in "));
  CHECK(versions(s) == "1 2 3 4");
  const auto again = done(s, {"migrate", "--dir", directory});
  CHECK(again["already"] == true);
  CHECK(again["applied"].empty());
  CHECK(again["version"] == 4);
  REQUIRE(again["members"].size() == 3);
  for (const auto& member : again["members"]) {
    CHECK(member["present"] == true);
    CHECK(member["after_ms"].get<long>() <= 2000);
    auto at = s.postgres_member(service_of(s.status(), member["name"])["address"]);
    at.database = "paws360";
    CHECK(cell(at, "select count(*) from schema_migrations") == "4");
  }
  CHECK(has(s.ctl({"migrate"}).out, "nothing to do, 4 migrations are applied already"));
}

void a_broken_one_keeps_those_before(stack& s, const fs::path& directory) {
  write(directory / "V005__rooms.sql", "CREATE TABLE rooms (id int PRIMARY KEY);\n");
  write(directory / "V006__broken.sql", "-- äöü €\nCREATE TABLE half (id int);\n\nSELECT 'ä' AS ö,\n  nothing_here;\n");
  write(directory / "V007__later.sql", "CREATE TABLE later (id int);\n");
  const auto broken = (directory / "V006__broken.sql").string();
  refused(s, {"migrate"}, 1,
          {"ERR_SQL_003: " + broken + ":5: ", "nothing_here", "42703", "rolled back", "the file before it stays"});
  CHECK(versions(s) == "1 2 3 4 5");
  CHECK(cell(s.postgres_route(), "select to_regclass('rooms') is not null and to_regclass('half') is null") == "t");

  // No position comes with what fails while it runs: the line of its statement.
  write(directory / "V006__broken.sql", "CREATE TABLE half (id int);\n\nINSERT INTO rooms VALUES (1);\n"
                                        "/* ; */ INSERT INTO rooms\nVALUES (1);\n");
  const auto failed = s.ctl({"migrate", "--format", "json"});
  CHECK(failed.exit_code == 1);
  CHECK(failed.json()["error"]["code"] == "ERR_SQL_003");
  CHECK(failed.json()["file"] == broken);
  CHECK(failed.json()["line"] == 4);
  write(directory / "V006__broken.sql", "SELECT 1;\nCOMMIT;");
  refused(s, {"migrate"}, 2, {"ERR_SQL_001: " + broken + ":2: it begins or ends a transaction", "nothing was changed"});
  for (const auto* ends : {"COMMIT;", "ROLLBACK; BEGIN;"}) { // behind a word that keeps it from being seen before
    write(directory / "V006__broken.sql", std::string{"SELECT 1 AS atomic; "} + ends);
    refused(s, {"migrate"}, 1, {"ERR_SQL_003: " + broken, "ends its transaction"});
  }
  write(directory / "V006__broken.sql", "CREATE TABLE half (id int);\nCOPY half FROM STDIN;\n");
  refused(s, {"migrate"}, 1, {"ERR_SQL_003: " + broken + ":2: ", "COPY"});
  write(directory / "V006__broken.sql", "SELECT pg_sleep(30);\n");
  refused(s, {"migrate", "--wait-timeout", "1"}, 4, {"ERR_NET_003", "V006__broken.sql", "rolled back"});
  CHECK(versions(s) == "1 2 3 4 5");

  // As pg_dump writes it: without a search path. And a transaction of its own kind.
  write(directory / "V006__broken.sql", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n"
                                        "SELECT pg_catalog.set_config('search_path', '', false);\n"
                                        "CREATE TABLE public.half (id int);\n");
  const auto mended = done(s, {"migrate"});
  CHECK(mended["applied"].size() == 2);
  CHECK(mended["version"] == 7);
}

bool is_at_work(const stack& s) {
  return sql_count_once_any(s.postgres_route(),
                            "select count(*) from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> "
                            "pg_backend_pid() and state = 'active'",
                            in(20s)) == "1";
}

void an_interrupted_one_is_rolled_back(stack& s, const fs::path& directory) {
  write(directory / "V008__slow.sql", "CREATE TABLE slow (id int);\nSELECT pg_sleep(60);\n");
  auto running = s.spawn({"ctl", "--env", s.name(), "migrate"});
  REQUIRE(is_at_work(s));
  running->signal_group(SIGINT);
  REQUIRE(running->wait(in(10s)));
  INFO(running->out() << running->err());
  CHECK(running->exit_code() == 130);
  CHECK(has(running->err(), "ERR_SYS_005"));
  CHECK(has(running->err(), "rolled back"));
  CHECK(cell(s.postgres_route(), "select count(*) from pg_locks where locktype = 'advisory'") == "0");
  CHECK(cell(s.postgres_route(), "select to_regclass('slow') is null") == "t");
}

void a_lost_session_is_told(stack& s, const fs::path& directory) {
  auto running = s.spawn({"ctl", "--env", s.name(), "migrate"});
  REQUIRE(is_at_work(s));
  const auto leader = with_role(s.status(), "patroni", "leader")["address"].get<std::string>();
  CHECK(cell(s.postgres_member(leader), "select count(pg_terminate_backend(pid)) from pg_stat_activity where "
                                        "application_name like 'paws-engine-migrate-%'") == "1");
  REQUIRE(running->wait(in(10s)));
  INFO(running->out() << running->err());
  CHECK(running->exit_code() == 4);
  CHECK(has(running->err(), "ERR_NET_002"));
  CHECK(has(running->err(), "rolled back"));
  fs::remove(directory / "V008__slow.sql");
}

void of_several_only_one_works(stack& s) {
  sql_session other{s.postgres_route(), in(10s)};
  REQUIRE(other.run("select pg_advisory_lock(360001)", in(10s)));
  refused(s, {"migrate", "--wait-timeout", "1"}, 4, {"ERR_NET_003", "another session applies migrations"});
  auto running = s.spawn({"ctl", "--env", s.name(), "migrate"});
  CHECK(running->wait_output([](const std::string& out) { return has(out, "another session applies"); }, in(20s)));
  REQUIRE(other.run("select pg_advisory_unlock(360001)", in(10s)));
  REQUIRE(running->wait(in(20s)));
  CHECK(running->exit_code() == 0);
  CHECK(has(running->out(), "nothing to do"));
  CHECK(has(running->out(), "waited "));
}

void what_was_applied_is_not_edited(stack& s, const fs::path& directory) {
  write(directory / "V005__rooms.sql", "CREATE TABLE rooms (id bigint PRIMARY KEY);\n");
  write(directory / "V009__new.sql", "CREATE TABLE never (id int);\n");
  refused(s, {"migrate"}, 2, {"ERR_SQL_002: " + (directory / "V005__rooms.sql").string(), "nothing was changed"});
  CHECK(cell(s.postgres_route(), "select to_regclass('never') is null") == "t");
  write(directory / "V005__rooms.sql", "CREATE TABLE rooms (id int PRIMARY KEY);\n");
  fs::remove(directory / "V009__new.sql");
  fs::remove(directory / "V007__later.sql"); // a newer release was here
  CHECK(has(s.ctl({"migrate"}).out, "version 7 (later) is applied, and there is no file of it"));
}

void seeds_go_in_any_number_of_times(stack& s, const fs::path& directory) {
  const auto first = done(s, {"seed", "--dir", our_seed});
  CHECK(first["applied"].size() == 3);
  const auto students = cell(s.postgres_route(), "select count(*) from students");
  CHECK(students == "5");
  const auto again = s.ctl({"seed", "--dir", our_seed});
  CHECK(again.exit_code == 0);
  CHECK(has(again.out, "3/3 S003__enrolments.sql"));
  CHECK(cell(s.postgres_route(), "select count(*) from students") == students);
  const auto lines = s.ctl({"seed", "--dir", our_seed, "--progress", "json"}).out;
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 4);
  CHECK(json::parse(lines.substr(0, lines.find('\n')))["kind"] == "sql_file_applied");
  CHECK(json::parse(lines.substr(lines.rfind('\n', lines.size() - 2)))["result"]["applied"].size() == 3);
  write(directory / "S1__good.sql", "INSERT INTO rooms VALUES (7) ON CONFLICT DO NOTHING;");
  write(directory / "S2__bad.sql", "\nINSERT INTO rooms VALUES (7);");
  refused(s, {"seed"}, 1, {"ERR_SQL_003: " + (directory / "S2__bad.sql").string() + ":2: ", "Key (id)=(7)"});
}

} // namespace

TEST_CASE("TC-016: migrations are applied once and are on every member, and what is broken leaves no trace") {
  stack s;
  const auto migrations = s.root() / "database/migrations";
  fs::create_directories(migrations.parent_path());
  fs::copy(our_migrations, migrations);
  refused(s, {"migrate", "--file", s.topology().string()}, 2, {"ERR_CLI_002", "paws-engine start"});
  REQUIRE(s.start().exit_code == 0);
  applied_once_and_everywhere(s, migrations.string());
  a_broken_one_keeps_those_before(s, migrations);
  an_interrupted_one_is_rolled_back(s, migrations);
  a_lost_session_is_told(s, migrations);
  of_several_only_one_works(s);
  what_was_applied_is_not_edited(s, migrations);
  seeds_go_in_any_number_of_times(s, s.root() / "database/seed");

  // Whoever stands still lacks it, and is named; who is stopped on purpose gets it later.
  const auto replica = with_role(s.status(), "patroni", "replica")["name"].get<std::string>();
  const auto still = service_of(s.status(), replica)["pid"].get<pid_t>();
  write(migrations / "V010__late.sql", "CREATE TABLE late (id int);\n");
  signal_tree(still, SIGSTOP);
  const auto lacking = s.ctl({"migrate", "--format", "json"});
  signal_tree(still, SIGCONT);
  INFO(lacking.out << lacking.err);
  CHECK(lacking.exit_code == 5);
  CHECK(has(lacking.err, "ERR_SQL_004"));
  CHECK(has(lacking.err, replica));
  CHECK(lacking.json()["version"] == 10);
  REQUIRE(s.becomes_healthy(60s));
  CHECK(done(s, {"migrate"})["already"] == true);

  REQUIRE(s.ctl({"stop", "--service", "patroni"}).exit_code == 0);
  refused(s, {"migrate"}, 5, {"ERR_SQL_005", "paws-engine start"});
}
