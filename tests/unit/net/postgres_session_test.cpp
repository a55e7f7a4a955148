// The command line's own session with a real PostgreSQL: what it says, and how what hangs is ended.
#include "net/postgres_session.hpp"
#include "real_postgres.hpp"

#include <atomic>
#include <csignal>

using namespace net_test;
using namespace std::chrono_literals;
using paws::net::postgres_session;
using paws::net::sql_trouble;
using cause = sql_trouble::cause;

namespace {

using rows = std::vector<std::vector<std::string>>;

paws::logic::ask login(const real_postgres& database) {
  paws::logic::ask out;
  out.channel = paws::logic::channel::postgres;
  out.address = address;
  out.port = database.port();
  out.user = "postgres";
  out.password = right_password;
  out.database = "postgres";
  return out;
}

postgres_session opened(const real_postgres& database, const std::string& name,
                        std::function<bool()> interrupted = {}) {
  postgres_session out{login(database), name, {std::move(interrupted)}};
  REQUIRE_FALSE(out.open(10s));
  return out;
}

void statements(const real_postgres& database) {
  auto session = opened(database, "one");
  const auto said =
      session.run("CREATE TABLE t (x int PRIMARY KEY); INSERT INTO t VALUES (1); SELECT x, NULL FROM t", 10s);
  REQUIRE_FALSE(said.trouble);
  CHECK(said.statements == 3);
  CHECK(said.rows == rows{{"1", ""}});
  const auto wrong = session.run("SELECT 1; SELECT 'ä', nowhere; SELECT 3", 10s);
  REQUIRE(wrong.trouble);
  CHECK(wrong.trouble->why == cause::refused);
  CHECK(wrong.trouble->sqlstate == "42703");
  CHECK(wrong.trouble->position == 23);
  CHECK(wrong.rows.empty());
  const auto twice = session.run("SELECT 1; INSERT INTO t VALUES (1); SELECT 3", 10s);
  REQUIRE(twice.trouble);
  CHECK(twice.statements == 1);
  CHECK(twice.trouble->position == 0);
  CHECK_THAT(twice.trouble->message, Catch::Contains("Key (x)=(1) already exists"));
  CHECK(session.is_open());
  CHECK_FALSE(session.run("DO $$ BEGIN RAISE WARNING 'mind'; RAISE NOTICE 'no matter'; END $$", 10s).trouble);
  CHECK(session.take_warnings() == std::vector<std::string>{"01000 mind"});
  CHECK(session.take_warnings().empty());
  CHECK(session.run("SELECT length(repeat('x', 300000) || '" + std::string(5'000'000, 'y') + "')", 10s).rows ==
        rows{{"5300000"}});
  const auto copied = session.run("SELECT 1; COPY t FROM STDIN", 10s);
  REQUIRE(copied.trouble);
  CHECK(copied.trouble->why == cause::refused);
  CHECK(copied.statements == 1);
  CHECK_FALSE(session.is_open());
  CHECK(session.run("SELECT 1", 10s).trouble->why == cause::lost);
}

void what_hangs_is_ended(const real_postgres& database) {
  auto watch = opened(database, "watch");
  const auto count = [&] {
    return watch.run("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'slow'", 10s).rows.at(0).at(0);
  };
  auto slow = opened(database, "slow");
  REQUIRE_FALSE(slow.run("BEGIN; CREATE TABLE never (x int)", 10s).trouble);
  const auto late = slow.run("SELECT pg_sleep(60)", 100ms);
  REQUIRE(late.trouble);
  CHECK(late.trouble->why == cause::late);
  CHECK(late.trouble->ended);
  CHECK_FALSE(slow.is_open());
  CHECK(watch.run("SELECT to_regclass('never') IS NULL", 10s).rows == rows{{"t"}});
  int asked = 0;
  auto told = opened(database, "slow", [&] { return ++asked > 20; });
  const auto interrupted = told.run("SELECT pg_sleep(60)", 60s);
  REQUIRE(interrupted.trouble);
  CHECK(interrupted.trouble->why == cause::interrupted);
  CHECK(interrupted.trouble->ended);
  CHECK(count() == "0");
}

void who_does_not_answer(real_postgres& database) {
  auto wrong = login(database);
  wrong.password = "not-the-right-one";
  postgres_session refused{wrong, "x", {}};
  const auto why = refused.open(10s);
  REQUIRE(why);
  CHECK(why->sqlstate == "28P01");
  CHECK_THAT(why->message, !Catch::Contains("not-the-right-one"));
  auto kept = opened(database, "kept");
  database.server().signal(SIGSTOP);
  postgres_session silent{login(database), "x", {}};
  const auto late = silent.open(200ms);
  REQUIRE(late);
  CHECK(late->why == cause::late);
  database.server().signal(SIGCONT);
  const auto gone = kept.run("SELECT pg_terminate_backend(pg_backend_pid())", 10s);
  REQUIRE(gone.trouble);
  CHECK(gone.trouble->why == cause::lost);
  CHECK(gone.trouble->sqlstate == "57P01");
  CHECK_FALSE(kept.is_open());
  database.server().kill();
  CHECK(postgres_session{login(database), "x", {}}.open(10s)->why == cause::lost);
}

} // namespace

TEST_CASE("the command line's session says what PostgreSQL says and ends what hangs") {
  real_postgres database;
  statements(database);
  what_hangs_is_ended(database);
  who_does_not_answer(database);
  CHECK(paws::net::literal_of("it's") == "'it''s'");
}
