#include "postgres_support.hpp"
#include "real_postgres.hpp"

#include <algorithm>
#include <csignal>

using namespace net_test;

namespace {

using rows = std::vector<std::vector<std::string>>;

struct postgres_world : world {
  real_postgres database;

  ask question(std::string sql, std::string in = "postgres") {
    auto out = postgres_ask(database.port(), std::move(sql));
    out.address = address;
    out.user = "postgres";
    out.password = right_password;
    out.database = std::move(in);
    return out;
  }
  answer sql(std::string text, std::string in = "postgres") { return get(question(std::move(text), std::move(in))); }
  std::string pid(const std::string& in = "postgres") {
    auto got = sql("select pg_backend_pid()", in);
    REQUIRE(got.rows.size() == 1);
    return got.rows[0][0];
  }
};

void results(postgres_world& w) {
  auto got = w.sql("select 1 as one, null as nothing, 'äö' || E'\\n' as text, true as yes");
  INFO(got.error);
  CHECK(got.ok);
  CHECK(got.columns == std::vector<std::string>{"one", "nothing", "text", "yes"});
  CHECK(got.rows == rows{{"1", "", "äö\n", "t"}});
  auto none = w.sql("select 1 as a, 2 as b where false");
  CHECK(none.ok);
  CHECK(none.columns == std::vector<std::string>{"a", "b"});
  CHECK(none.rows.empty());
  CHECK(w.sql("select generate_series(1, 1000)").rows.size() == 1000);
  CHECK(w.sql("create table t (x int)").ok);
  CHECK(w.sql("").ok);
  auto session = w.sql("show application_name");
  CHECK(session.rows == rows{{"paws-engine"}});
}

void failing_statements(postgres_world& w) {
  auto before = w.pid();
  auto wrong = w.sql("select * from nowhere");
  CHECK_FALSE(wrong.ok);
  CHECK(wrong.error == "relation \"nowhere\" does not exist");
  CHECK(wrong.rows.empty());
  CHECK(w.pid() == before); // an error of the statement keeps the connection
  auto late = w.sql("select 1 / (3 - generate_series(1, 5))");
  CHECK(late.error == "division by zero");
  CHECK(late.rows.empty());
  CHECK(w.pid() == before);
  CHECK_FALSE(w.sql("copy (select 1) to stdout").ok);
  CHECK_FALSE(w.sql("copy t from stdin").ok);
  CHECK(w.sql("begin").ok);
  // The connection with the open transaction is given up; its backend ends when it notices that.
  rows open{{"1"}};
  for (int asked = 0; open != rows{{"0"}} && asked < 10'000; ++asked)
    open = w.sql("select count(*) from pg_stat_activity where state = 'idle in transaction'").rows;
  CHECK(open == rows{{"0"}});
}

void limits(postgres_world& w) {
  CHECK_THAT(w.sql("select repeat('x', 5000000)").error, Catch::Contains("larger than 4 MiB"));
  CHECK_THAT(w.sql("select generate_series(1, 1000000)").error, Catch::Contains("larger than 4 MiB"));
  CHECK(w.sql("select repeat('x', 3000000)").rows.at(0).at(0).size() == 3'000'000);
}

void logins(postgres_world& w) {
  auto question = w.question("select 1", "template1");
  question.password = "not-the-right-one";
  auto got = w.get(question);
  CHECK_FALSE(got.ok);
  CHECK_THAT(got.error, Catch::Contains("password authentication failed for user \"postgres\""));
  CHECK_THAT(got.error, !Catch::Contains("not-the-right-one"));
  question.password.clear();
  CHECK_THAT(w.get(question).error, Catch::Contains("no password supplied"));
  CHECK_THAT(w.sql("select 1", "no_such_database").error, Catch::Contains("does not exist"));
  question.password = right_password;
  CHECK(w.get(question).ok);
}

void queue(postgres_world& w) {
  caf::scoped_actor self{w.system};
  for (int i = 0; i < 20; ++i)
    self->send(w.asker, w.question("select " + std::to_string(i) + ", pg_backend_pid()"));
  std::vector<std::string> numbers, pids;
  int answers = 0;
  self->receive_for(answers, 20)([&](const answer& what) {
    REQUIRE(what.rows.size() == 1);
    numbers.push_back(what.rows[0][0]);
    pids.push_back(what.rows[0][1]);
  });
  for (int i = 0; i < 20; ++i)
    CHECK(numbers[std::size_t(i)] == std::to_string(i));
  CHECK(std::count(pids.begin(), pids.end(), pids[0]) == 20);
}

// One session holds a lock, another (of another user: a connection of its own) waits for it until its deadline.
void deadline(postgres_world& w) {
  CHECK(w.sql("create role other login password '" + right_password + "'").ok);
  CHECK(w.sql("select pg_advisory_lock(7)").ok);
  auto question = w.question("select pg_backend_pid()");
  question.user = "other";
  auto before = w.get(question).rows;
  auto waits = question;
  waits.sql = "select pg_advisory_lock(7)";
  waits.timeout = 200ms;
  auto got = w.get(waits);
  CHECK_FALSE(got.ok);
  CHECK_THAT(got.error, Catch::Contains("within 200 ms"));
  auto after = w.get(question).rows;
  REQUIRE(after.size() == 1);
  CHECK(after != before); // the old connection went with its question
}

void lost_connections(postgres_world& w) {
  auto before = w.pid();
  CHECK(w.sql("select pg_terminate_backend(" + before + ", 10000)", "template1").rows == rows{{"t"}});
  CHECK(w.pid() != before);
  auto kept = w.pid();
  caf::anon_send(w.asker, paws::forget_atom_v, address);
  CHECK(w.pid() != kept);
  auto suicide = w.sql("select pg_terminate_backend(pg_backend_pid())");
  CHECK_FALSE(suicide.ok);
  CHECK_FALSE(suicide.error.empty());
  CHECK(w.sql("select 1").ok);
}

void frozen_and_killed(postgres_world& w) {
  caf::anon_send(w.asker, paws::forget_atom_v, address);
  w.database.server().signal(SIGSTOP); // connections are taken by the kernel, nobody answers
  auto question = w.question("select 1");
  question.timeout = 200ms;
  CHECK_THAT(w.get(question).error, Catch::Contains("within 200 ms"));
  w.database.server().signal(SIGCONT);
  CHECK(w.sql("select 1").ok);
  w.database.server().kill();
  auto gone = w.sql("select 1");
  CHECK_FALSE(gone.ok);
  CHECK_FALSE(gone.error.empty());
  CHECK_THAT(w.sql("select 1").error, Catch::Contains("Connection refused"));
  w.database.start();
  CHECK(w.sql("select 1").rows == rows{{"1"}});
}

void complete_words(postgres_world& w) {
  CHECK(w.sql("select * from nowhere").sqlstate == "42P01");
  auto warned = w.sql("do $$ begin raise warning 'mind the gap'; raise notice 'no matter'; end $$");
  CHECK(warned.ok);
  CHECK(warned.sent);
  CHECK(warned.sqlstate.empty());
  CHECK(warned.warnings == std::vector<std::string>{"01000 mind the gap"});
  CHECK(w.sql("select 1").warnings.empty());
  CHECK(w.sql("select pg_terminate_backend(pg_backend_pid())").sqlstate == "57P01");
  auto nowhere = w.sql("select 1", "no_such_database");
  CHECK(nowhere.sqlstate == "3D000");
  CHECK_FALSE(nowhere.sent);
  CHECK_THAT(nowhere.error, Catch::EndsWith("FATAL:  database \"no_such_database\" does not exist"));
  auto refused = w.question("select 1");
  refused.password = "not-the-right-one";
  CHECK(w.get(refused).sqlstate == "28P01");
}

void lanes(postgres_world& w) {
  auto question = w.question("select pg_advisory_lock(8), pg_backend_pid()");
  CHECK(w.get(question).ok);
  question.lane = 1;
  question.timeout = 200ms;
  auto waited = w.get(question); // for the lock of lane 0
  CHECK_FALSE(waited.ok);
  CHECK(waited.sent);
  question.lane = 0;
  CHECK(w.get(question).ok);
}

} // namespace

TEST_CASE("A real PostgreSQL is asked, fails, is lost and comes back") {
  postgres_world w;
  results(w);
  failing_statements(w);
  limits(w);
  logins(w);
  queue(w);
  deadline(w);
  lost_connections(w);
  complete_words(w);
  lanes(w);
  frozen_and_killed(w);
}

TEST_CASE("PostgreSQL peers that fail are answers with a reason") {
  world w;
  auto ask_of = [&](tiny_server& server, paws::logic::milliseconds timeout = 30s) {
    auto question = postgres_ask(server.port(), "select 1");
    question.password = "hush-hush";
    question.timeout = timeout;
    auto got = w.get(question);
    CHECK_FALSE(got.ok);
    CHECK_FALSE(got.error.empty());
    CHECK_THAT(got.error, !Catch::Contains("hush") && !Catch::Contains("\n"));
    return got.error;
  };
  SECTION("silent") {
    tiny_server server([](auto& socket, int) { until_closed(socket); });
    CHECK_THAT(ask_of(server, 150ms), Catch::Contains("within 150 ms"));
  }
  SECTION("closes at once") {
    tiny_server server([](auto&, int) {});
    ask_of(server);
  }
  SECTION("garbage") {
    tiny_server server([](auto& socket, int) {
      write(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
      until_closed(socket);
    });
    ask_of(server);
  }
  SECTION("an error that echoes the password") {
    tiny_server server([](auto& socket, int) {
      take_start_packet(socket);
      std::string fields("SFATAL\0C28000\0Mbad password hush-hush\0\0", 39);
      write(socket, std::string("E\0\0\0", 4) + char(fields.size() + 4) + fields);
      until_closed(socket);
    });
    CHECK_THAT(ask_of(server), Catch::Contains("***"));
  }
  SECTION("closes on the question") {
    tiny_server server([](auto& socket, int) {
      take_start_packet(socket);
      write(socket, logged_in);
      read_until(socket, "select 1");
    });
    ask_of(server);
  }
  SECTION("an endless message") {
    tiny_server server([](auto& socket, int) {
      take_start_packet(socket);
      write(socket, logged_in);
      read_until(socket, "select 1");
      write(socket, "D\x3f\xff\xff\xff");
      for (std::string block(1 << 16, 'x');;)
        write(socket, block);
    });
    ask_of(server); // our limit or libpq's own ends it, whichever is met first
  }
  SECTION("asks for a login it cannot have") {
    tiny_server server([](auto& socket, int) {
      take_start_packet(socket);
      write(socket, std::string("R\0\0\0\x08\0\0\0\x63", 9));
      until_closed(socket);
    });
    ask_of(server);
  }
}
