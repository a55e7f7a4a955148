// What a PostgreSQL server says beside rows, from one that says exactly what a test wants.
#include "postgres_support.hpp"

#include "net/postgres_words.hpp"

using namespace net_test;
using words = std::vector<std::string>;

namespace {

// Logs everybody in and answers the n-th statement of a connection ("select 1") with the n-th of `answers`, then keeps
// the connection, unless `close`.
tiny_server::script saying_all(const words& answers, bool close = false) {
  return [=](auto& socket, int) {
    take_start_packet(socket);
    write(socket, logged_in);
    for (const auto& one : answers) {
      read_until(socket, "select 1");
      write(socket, one);
    }
    if (!close)
      until_closed(socket);
  };
}

} // namespace

TEST_CASE("Warnings that come with a statement are in its answer, and only there") {
  words many;
  for (int i = 0; i < 9; ++i)
    many.push_back(saying('N', "WARNING", "01000", "number " + std::to_string(i)));
  std::string all;
  for (const auto& one : many)
    all += one;
  tiny_server server(saying_all({
      saying('N', "WARNING", "57014", "canceling wait\nfor synchronous hush-hush") +
          saying('N', "NOTICE", "00000", "no matter") + done +
          saying('N', "WARNING", "57P02", "while nothing is asked"),
      done,
      all + done,
      saying('N', "WARNING", "what?", "strange") + saying('E', "ERROR", "40001", "could not serialize") + ready,
  }));
  world w;
  auto question = postgres_ask(server.port(), "select 1");
  question.password = "hush-hush";
  auto first = w.get(question);
  CHECK(first.ok);
  CHECK(first.sent);
  CHECK(first.sqlstate.empty());
  CHECK(first.warnings == words{"57014 canceling wait"});
  CHECK(w.get(question).warnings.empty());
  auto third = w.get(question);
  REQUIRE(third.warnings.size() == 8);
  CHECK(third.warnings.front() == "01000 number 0");
  CHECK(third.warnings.back() == "01000 number 7");
  auto last = w.get(question);
  CHECK_FALSE(last.ok);
  CHECK(last.sent);
  CHECK(last.error == "could not serialize");
  CHECK(last.sqlstate == "40001");
  CHECK(last.warnings == words{"strange"});
  CHECK(server.connections() == 1);
}

TEST_CASE("A warning shows no password, and belongs to the connection that got it") {
  tiny_server warns(saying_all({saying('N', "WARNING", "01000", "mind hush-hush") + done}));
  tiny_server quiet(saying_all({done}));
  world w;
  auto question = postgres_ask(quiet.port(), "select 1");
  question.password = "hush-hush";
  caf::scoped_actor self{w.system};
  self->send(w.asker, question);
  question.port = warns.port();
  CHECK(w.get(question).warnings == words{"01000 mind ***"});
  self->receive([](const answer& what) { CHECK((what.ok && what.warnings.empty())); });
}

TEST_CASE("FATAL has a SQLSTATE, whenever it comes") {
  world w;
  const auto farewell = saying('E', "FATAL", "57P01", "terminating connection due to administrator command");
  SECTION("during a statement, with a warning before it") {
    tiny_server server(saying_all({saying('N', "WARNING", "57P01", "canceling the wait") + farewell}, true));
    auto got = w.get(postgres_ask(server.port(), "select 1"));
    CHECK_FALSE(got.ok);
    CHECK(got.sent);
    CHECK(got.sqlstate == "57P01");
    CHECK(got.error == "terminating connection due to administrator command");
    CHECK(got.warnings == words{"57P01 canceling the wait"});
  }
  SECTION("while nothing is asked: the next question goes over a new connection, as if nothing had been") {
    tiny_server server(saying_all({done + farewell}));
    for (int i = 1; i <= 3; ++i) {
      auto got = w.get(postgres_ask(server.port(), "select 1"));
      CHECK(got.ok);
      CHECK(got.sqlstate.empty());
      CHECK(server.connections() == i);
    }
  }
  SECTION("instead of a login") {
    tiny_server server([](auto& socket, int) {
      take_start_packet(socket);
      write(socket, saying('E', "FATAL", "57P03", "the database system is starting up"));
      until_closed(socket);
    });
    auto got = w.get(postgres_ask(server.port(), "select 1"));
    CHECK_FALSE(got.ok);
    CHECK_FALSE(got.sent);
    CHECK(got.sqlstate == "57P03");
    CHECK_THAT(got.error, Catch::EndsWith("As anybody calls it:  the database system is starting up"));
  }
}

TEST_CASE("What a session is told to say depends on the question's discretion") {
  mailbox<std::string> seen;
  tiny_server server([&](auto& socket, int) {
    seen.put(read_until(socket, "paws-engine") + read_until(socket, std::string("\0\0", 2)));
    write(socket, logged_in);
    read_until(socket, "select 1");
    write(socket, done);
    until_closed(socket);
  });
  world w;
  auto question = postgres_ask(server.port(), "select 1");
  CHECK(w.get(question).ok);
  CHECK_THAT(seen.take(), Catch::Contains("client_min_messages=warning"));
  question.discreet = true;
  CHECK(w.get(question).ok);
  CHECK_THAT(seen.take(), Catch::Contains("client_min_messages=error") && Catch::Contains("log_statement=none"));
}

TEST_CASE("A SQLSTATE is taken out of a verbose text only where it is one") {
  using paws::net::take_sqlstate;
  auto taken = [](std::string text) { return std::pair{take_sqlstate(text), text}; };
  CHECK(taken("x failed: FATAL:  57P03: the database: up") ==
        std::pair<std::string, std::string>{"57P03", "x failed: FATAL:  the database: up"});
  for (std::string text : {"", "FATAL:  ", "FATAL:  57P03", "FATAL:  57p03: x", "FATAL: 57P03: x", "refused"})
    CHECK(taken(text) == std::pair<std::string, std::string>{"", text});
}
