#include "net_support.hpp"

#include <set>

using namespace net_test;

namespace {

std::string http_answer(const std::string& body, const std::string& status = "200 OK") {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

TEST_CASE("An HTTP answer comes back whole, and the connection is kept") {
  tiny_server server([](auto& socket, int) {
    for (int i = 0;; ++i) {
      read_until(socket, "\r\n\r\n");
      write(socket, http_answer("answer " + std::to_string(i)));
    }
  });
  world w;
  for (int i = 0; i < 5; ++i) {
    auto got = w.get(http_ask(server.port()));
    CHECK(got.ok);
    CHECK(got.error.empty());
    CHECK(got.status == 200);
    CHECK(got.text == "answer " + std::to_string(i));
    CHECK(got.duration_us > 0);
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("An HTTP request carries method, path, headers, login and JSON body") {
  mailbox<std::string> seen;
  tiny_server server([&](auto& socket, int) {
    auto head = read_until(socket, "\r\n\r\n");
    seen.put(head + read_until(socket, "}"));
    write(socket, http_answer("", "503 Service Unavailable"));
    until_closed(socket);
  });
  world w;
  auto question = http_ask(server.port(), "/config/../x?y=1");
  question.method = "PATCH";
  question.body = R"({"ttl": 30})";
  question.user = "admin";
  question.password = "s3cret";
  question.headers = {{"X-Trace-ID", "abc"}};
  auto got = w.get(question);
  CHECK(got.ok); // a complete answer, whatever its status
  CHECK(got.status == 503);
  auto request = seen.take();
  CHECK_THAT(request, Catch::StartsWith("PATCH /config/../x?y=1 HTTP/1.1\r\n"));
  CHECK_THAT(request, Catch::Contains("Authorization: Basic YWRtaW46czNjcmV0\r\n"));
  CHECK_THAT(request, Catch::Contains("Content-Type: application/json\r\n"));
  CHECK_THAT(request, Catch::Contains("X-Trace-ID: abc\r\n"));
  CHECK_THAT(request, !Catch::Contains("Expect:"));
  CHECK_THAT(request, Catch::EndsWith("\r\n\r\n{\"ttl\": 30}"));
}

TEST_CASE("A redirect is an answer and is not followed") {
  tiny_server server([](auto& socket, int) {
    read_until(socket, "\r\n\r\n");
    write(socket, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    read_until(socket, "\r\n\r\n");
    write(socket, http_answer("followed"));
  });
  world w;
  auto got = w.get(http_ask(server.port()));
  CHECK(got.ok);
  CHECK(got.status == 302);
  CHECK(got.text.empty());
}

TEST_CASE("Proxies of the environment are not used") {
  ::setenv("http_proxy", "http://127.36.103.1:1", 1);
  ::setenv("ALL_PROXY", "http://127.36.103.1:1", 1);
  tiny_server server([](auto& socket, int) {
    read_until(socket, "\r\n\r\n");
    write(socket, http_answer("direct"));
    until_closed(socket);
  });
  world w;
  CHECK(w.get(http_ask(server.port())).text == "direct");
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
}

TEST_CASE("HTTP peers that fail are answers with a reason") {
  world w;
  SECTION("nobody listens") {
    std::uint16_t port = 0;
    {
      tiny_server gone([](auto&, int) {});
      port = gone.port();
    }
    auto got = w.get(http_ask(port));
    CHECK_FALSE(got.ok);
    CHECK_THAT(got.error, Catch::Contains("cannot connect to 127.36.103.1:" + std::to_string(port)));
    CHECK_THAT(got.error, Catch::Contains("Connection refused"));
  }
  SECTION("no answer in time") {
    tiny_server silent([](auto& socket, int) { until_closed(socket); });
    auto question = http_ask(silent.port());
    question.timeout = 150ms;
    auto got = w.get(question);
    CHECK_FALSE(got.ok);
    CHECK_THAT(got.error, Catch::Contains("within 150 ms"));
    CHECK(got.duration_us >= 140'000);
  }
  SECTION("an answer that never ends is cut by the timeout") {
    tiny_server dripping([](auto& socket, int) {
      write(socket, "HTTP/1.1 200 OK\r\n\r\n");
      until_closed(socket);
    });
    auto question = http_ask(dripping.port());
    question.timeout = 150ms;
    CHECK_FALSE(w.get(question).ok);
  }
  SECTION("a huge body, announced") {
    tiny_server huge([](auto& socket, int) {
      read_until(socket, "\r\n\r\n");
      write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n");
      until_closed(socket);
    });
    CHECK_THAT(w.get(http_ask(huge.port())).error, Catch::Contains("larger than allowed"));
  }
  SECTION("a huge body, not announced") {
    tiny_server huge([](auto& socket, int) {
      read_until(socket, "\r\n\r\n");
      write(socket, "HTTP/1.1 200 OK\r\n\r\n");
      for (std::string block(1 << 20, 'x');;)
        write(socket, block);
    });
    CHECK_THAT(w.get(http_ask(huge.port())).error, Catch::Contains("larger than allowed"));
  }
  SECTION("endless headers") {
    tiny_server endless([](auto& socket, int) {
      read_until(socket, "\r\n\r\n");
      write(socket, "HTTP/1.1 200 OK\r\n");
      for (;;)
        write(socket, "X-Filler: " + std::string(1000, 'x') + "\r\n");
    });
    CHECK_THAT(w.get(http_ask(endless.port())).error, Catch::Contains("larger than allowed"));
  }
  SECTION("garbage") {
    tiny_server garbage([](auto& socket, int) {
      read_until(socket, "\r\n\r\n");
      write(socket, std::string("\x00\x01\x02 not HTTP \xff\n", 15));
    });
    auto got = w.get(http_ask(garbage.port()));
    CHECK_FALSE(got.ok);
    CHECK_FALSE(got.error.empty());
  }
  SECTION("the connection is closed midway") {
    tiny_server half([](auto& socket, int) {
      read_until(socket, "\r\n\r\n");
      write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
    });
    CHECK_THAT(w.get(http_ask(half.port())).error, Catch::Contains("closed the connection"));
  }
}

TEST_CASE("A kept HTTP connection that the peer closed does not cost an answer") {
  tiny_server server([](auto& socket, int) {
    read_until(socket, "\r\n\r\n");
    write(socket, http_answer("once"));
  });
  world w;
  for (int i = 0; i < 5; ++i)
    CHECK(w.get(http_ask(server.port())).text == "once");
  CHECK(server.connections() == 5);
}

TEST_CASE("After forget, an address is asked on a new connection") {
  tiny_server server([](auto& socket, int) {
    for (;;) {
      read_until(socket, "\r\n\r\n");
      write(socket, http_answer("hello"));
    }
  });
  world w;
  auto question = http_ask(server.port());
  CHECK(w.get(question).ok);
  caf::anon_send(w.asker, paws::forget_atom_v, std::string("127.36.103.2")); // another one
  CHECK(w.get(question).ok);
  CHECK(server.connections() == 1);
  caf::anon_send(w.asker, paws::forget_atom_v, std::string("127.36.103.1"));
  CHECK(w.get(question).ok);
  CHECK(server.connections() == 2);
}

TEST_CASE("Questions that cannot be asked are refused without a connection") {
  world w;
  auto good = http_ask(1);
  auto refused = [&](auto change) {
    auto question = good;
    change(question);
    auto got = w.get(question);
    CHECK_FALSE(got.ok);
    CHECK_FALSE(got.error.empty());
    CHECK_THAT(got.error, !Catch::Contains("cannot connect"));
  };
  refused([](ask& a) { a.address = ""; });
  refused([](ask& a) { a.address = "user@host"; });
  refused([](ask& a) { a.address = "host/path"; });
  refused([](ask& a) { a.port = 0; });
  refused([](ask& a) { a.method = "GET / HTTP/1.1\r\nX: y"; });
  refused([](ask& a) { a.path = "no-slash"; });
  refused([](ask& a) { a.path = "/a b"; });
  refused([](ask& a) { a.path = "/a\r\nX: y"; });
  refused([](ask& a) { a.headers["X"] = "a\r\nY: b"; });
  refused([](ask& a) { a.headers["X:"] = "a"; });
  refused([](ask& a) { a.timeout = 0ms; });
  refused([](ask& a) {
    a.channel = channel::redis;
    a.command.clear();
  });
  refused([](ask& a) {
    a.channel = channel::postgres;
    a.sql = std::string("select\0 1", 9);
  });
}

TEST_CASE("Many HTTP questions at once are all answered") {
  tiny_server server([](auto& socket, int) {
    for (;;) {
      auto head = read_until(socket, "\r\n\r\n");
      write(socket, http_answer(head.substr(4, head.find(" HTTP") - 4)));
    }
  });
  world w;
  caf::scoped_actor self{w.system};
  int right = 0;
  for (int i = 0; i < 50; ++i)
    self->send(w.asker, http_ask(server.port(), "/" + std::to_string(i)));
  std::set<std::string> texts;
  self->receive_for(right, 50)([&](const answer& what) {
    CHECK(what.ok);
    texts.insert(what.text);
  });
  CHECK(texts.size() == 50);
}

TEST_CASE("Whatever ends first, every question is answered") {
  mailbox<int> connected;
  tiny_server silent([&](auto& socket, int number) {
    connected.put(number);
    until_closed(socket);
  });
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor self{system};
  auto io = std::make_unique<paws::net::io_thread>();
  auto asker = paws::net::make_asker(system, *io);
  for (auto question : {http_ask(silent.port()), redis_ask(silent.port(), {"PING"}), postgres_ask(silent.port(), "x")})
    self->send(asker, question);
  for (int i = 0; i < 3; ++i)
    connected.take();
  io.reset();
  self->send(asker, http_ask(silent.port())); // after its end
  int answers = 0;
  self->receive_for(answers, 4)([&](const answer& what) {
    CHECK_FALSE(what.ok);
    CHECK_FALSE(what.error.empty());
  });
}

TEST_CASE("A host name is resolved, and one that does not exist is an answer") {
  tiny_server http(
      [](auto& socket, int) {
        read_until(socket, "\r\n\r\n");
        write(socket, http_answer("by name"));
        until_closed(socket);
      },
      "127.0.0.1");
  tiny_server redis(
      [](auto& socket, int) {
        read_until(socket, "PING\r\n");
        write(socket, "+PONG\r\n");
        until_closed(socket);
      },
      "127.0.0.1");
  world w;
  auto by_name = [](ask question, const std::string& name) {
    question.address = name;
    question.timeout = 3s;
    return question;
  };
  CHECK(w.get(by_name(http_ask(http.port()), "localhost")).text == "by name");
  CHECK(w.get(by_name(redis_ask(redis.port(), {"PING"}), "localhost")).text == "PONG");
  for (auto question : {http_ask(1), redis_ask(1, {"PING"}), postgres_ask(1, "x")}) {
    auto got = w.get(by_name(question, "no-such-host.invalid"));
    CHECK_FALSE(got.ok);
    CHECK_FALSE(got.error.empty());
  }
}
