// What the answers of PostgreSQL and Redis say of whether the peer may have seen the question, and that questions of
// different lanes do not wait for each other.
#include "postgres_support.hpp"

using namespace net_test;

namespace {

// Both protocols, each as the same few steps.
struct protocol {
  std::string name;
  ask (*question)(std::uint16_t port);
  void (*log_in)(tiny_server::socket&);
  void (*take)(tiny_server::socket&); // one question
  std::string success;
};

void no_login(tiny_server::socket&) {}

const protocol redis{"redis", [](std::uint16_t port) { return redis_ask(port, {"PING"}); }, &no_login,
                     [](tiny_server::socket& from) { read_until(from, "PING\r\n"); }, "+PONG\r\n"};
const protocol postgres{"postgres", [](std::uint16_t port) { return postgres_ask(port, "select 1"); },
                        [](tiny_server::socket& with) {
                          take_start_packet(with);
                          write(with, logged_in);
                        },
                        [](tiny_server::socket& from) { read_until(from, std::string("select 1\0", 9)); }, done};

const protocol& any_protocol() {
  return GENERATE(true, false) ? redis : postgres;
}

bool unsent_failure(const answer& what) {
  return !what.ok && !what.error.empty() && !what.sent;
}

bool lost(const answer& what) {
  return !what.ok && !what.error.empty() && what.sent;
}

} // namespace

TEST_CASE("A question that never left is called unsent") {
  const auto& by = any_protocol();
  INFO(by.name);
  world w;
  SECTION("nobody listens") {
    std::uint16_t port = 0;
    {
      tiny_server gone([](auto&, int) {});
      port = gone.port();
    }
    CHECK(unsent_failure(w.get(by.question(port))));
  }
  SECTION("the login is not answered") {
    tiny_server silent([](auto& socket, int) { until_closed(socket); });
    auto question = by.question(silent.port());
    question.password = "hush";
    question.timeout = 150ms;
    CHECK(unsent_failure(w.get(question)));
  }
  SECTION("the connection ends during the login") {
    tiny_server server([](auto& socket, int) {
      char first = 0;
      socket.read_some(asio::buffer(&first, 1));
    });
    auto question = by.question(server.port());
    question.password = "hush";
    CHECK(unsent_failure(w.get(question)));
  }
  SECTION("it cannot be asked") {
    CHECK(unsent_failure(w.get(by.question(0))));
  }
}

TEST_CASE("A question that was on its way is called sent, the one that waits behind it is not") {
  const auto& by = any_protocol();
  INFO(by.name);
  mailbox<int> seen;
  world w;
  caf::scoped_actor self{w.system};
  tiny_server silent([&](auto& socket, int number) {
    by.log_in(socket);
    by.take(socket);
    seen.put(number);
    until_closed(socket);
  });
  auto question = by.question(silent.port());
  question.timeout = 600ms;
  self->send(w.asker, question);
  seen.take();
  question.timeout = 100ms;
  // Its time is over before the first one's; it never was asked.
  CHECK(unsent_failure(w.get(question)));
  self->receive([](const answer& what) { CHECK(lost(what)); });
  CHECK(silent.connections() == 1);
}

TEST_CASE("A question that was read, and whose answer does not come, is called sent") {
  const auto& by = any_protocol();
  INFO(by.name);
  world w;
  SECTION("on a new connection") {
    tiny_server server([&](auto& socket, int) {
      by.log_in(socket);
      by.take(socket);
    });
    CHECK(lost(w.get(by.question(server.port()))));
    CHECK(server.connections() == 1);
  }
  SECTION("on a kept one: it is not asked again") {
    tiny_server server([&](auto& socket, int) {
      by.log_in(socket);
      by.take(socket);
      write(socket, by.success);
      by.take(socket);
    });
    auto first = w.get(by.question(server.port()));
    CHECK(first.ok);
    CHECK(first.sent);
    CHECK(lost(w.get(by.question(server.port()))));
    CHECK(server.connections() == 1);
  }
  SECTION("in the middle of its answer") {
    tiny_server server([&](auto& socket, int) {
      by.log_in(socket);
      by.take(socket);
      write(socket, by.success.substr(0, 4));
    });
    CHECK(lost(w.get(by.question(server.port()))));
  }
}

TEST_CASE("The end of the engine does not call a question unsent that was on its way") {
  const auto& by = any_protocol();
  INFO(by.name);
  mailbox<int> seen;
  tiny_server silent([&](auto& socket, int number) {
    by.log_in(socket);
    by.take(socket);
    seen.put(number);
    until_closed(socket);
  });
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto io = std::make_unique<paws::net::io_thread>();
  auto asker = paws::net::make_asker(system, *io);
  self->send(asker, by.question(silent.port()));
  seen.take();
  io.reset();
  self->receive([](const answer& what) { CHECK(lost(what)); });
  self->send(asker, by.question(silent.port()));
  self->receive([](const answer& what) { CHECK(unsent_failure(what)); });
}

TEST_CASE("Questions of different lanes do not wait for each other") {
  const auto& by = any_protocol();
  INFO(by.name);
  mailbox<int> seen, go;
  tiny_server server([&](auto& socket, int number) {
    by.log_in(socket);
    for (;;) {
      by.take(socket);
      if (number == 1) { // the first lane waits
        seen.put(number);
        go.take();
      }
      write(socket, by.success);
    }
  });
  world w;
  caf::scoped_actor self{w.system};
  auto question = by.question(server.port());
  question.lane = 1;
  self->send(w.asker, question);
  seen.take();
  for (question.lane = 2; question.lane <= 10; ++question.lane)
    for (int i = 0; i < 2; ++i)
      CHECK(w.get(question).ok);
  CHECK(server.connections() == 10); // one for each lane, kept
  go.put(1);
  self->receive([](const answer& what) { CHECK((what.ok && what.sent)); });
}
