#include "net_support.hpp"

#include "net/redis_reply.hpp"

using namespace net_test;
using paws::net::redis_parser;

namespace {

using rows = std::vector<std::vector<std::string>>;

// The words of one command as RESP.
std::vector<std::string> read_command(tiny_server::socket& from) {
  std::vector<std::string> words(std::stoul(read_until(from, "\r\n").substr(1)));
  for (auto& word : words) {
    read_until(from, "\r\n");
    word = read_until(from, "\r\n");
    word.resize(word.size() - 2);
  }
  return words;
}

tiny_server::script always(const std::string& reply) {
  return [reply](auto& socket, int) {
    for (;;) {
      read_command(socket);
      write(socket, reply);
    }
  };
}

answer parse(const std::string& bytes) {
  redis_parser parser;
  REQUIRE(parser.feed(bytes) == redis_parser::outcome::complete);
  return paws::net::to_answer(parser.reply());
}

} // namespace

TEST_CASE("RESP replies become text and rows") {
  CHECK(parse("+PONG\r\n").text == "PONG");
  CHECK(parse(":-42\r\n").text == "-42");
  CHECK(parse("$5\r\na\r\nbc\r\n").text == "a\r\nbc");
  CHECK(parse("$-1\r\n").text.empty());
  CHECK(parse("$-1\r\n").ok);
  CHECK(parse("*0\r\n").rows.empty());
  CHECK(parse("*-1\r\n").rows.empty());
  CHECK(parse("*2\r\n$1\r\na\r\n:7\r\n").rows == rows{{"a"}, {"7"}});
  CHECK(parse("*2\r\n*2\r\n+name\r\n+m1\r\n*4\r\n+name\r\n+m2\r\n*1\r\n+deep\r\n$-1\r\n").rows ==
        rows{{"name", "m1"}, {"name", "m2", "deep", ""}});
  CHECK(parse("*1\r\n*0\r\n").rows == rows{{}});
  auto refused = parse("-NOAUTH Authentication required.\r\n");
  CHECK_FALSE(refused.ok);
  CHECK(refused.error == "NOAUTH Authentication required.");
}

TEST_CASE("RESP is understood however it is cut") {
  const std::string whole = "*2\r\n*3\r\n$4\r\nname\r\n$2\r\nm1\r\n:12\r\n$-1\r\n";
  for (std::size_t piece = 1; piece <= whole.size(); ++piece) {
    redis_parser parser;
    auto last = redis_parser::outcome::more;
    for (std::size_t at = 0; at < whole.size(); at += piece) {
      REQUIRE(last == redis_parser::outcome::more);
      last = parser.feed(std::string_view(whole).substr(at, piece));
    }
    REQUIRE(last == redis_parser::outcome::complete);
    CHECK(paws::net::to_answer(parser.reply()).rows == rows{{"name", "m1", "12"}, {""}});
  }
}

TEST_CASE("Hostile RESP is refused within bounds") {
  auto broken = [](const std::string& bytes) {
    redis_parser parser;
    CHECK(parser.feed(bytes) == redis_parser::outcome::broken);
    CHECK_FALSE(parser.error().empty());
  };
  broken("HTTP/1.1 400 Bad Request\r\n\r\n");
  broken("*2147483647\r\n");
  broken("*99999999999999999999\r\n");
  broken("*-7\r\n");
  broken("$-7\r\n");
  broken("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n+x\r\n");
  redis_parser endless;
  auto last = redis_parser::outcome::more;
  for (int i = 0; i < 1000 && last == redis_parser::outcome::more; ++i)
    last = endless.feed(std::string(i == 0 ? "+" : "") + std::string(64 * 1024, 'x'));
  CHECK(last == redis_parser::outcome::broken);
}

TEST_CASE("A Redis connection is kept, and its fragments are put together") {
  tiny_server server([](auto& socket, int) {
    for (;;) {
      auto words = read_command(socket);
      for (char c : "$" + std::to_string(words[1].size()) + "\r\n" + words[1] + "\r\n")
        write(socket, std::string(1, c));
    }
  });
  world w;
  for (auto text : {"one", "two", "three"})
    CHECK(w.get(redis_ask(server.port(), {"ECHO", text})).text == text);
  CHECK(server.connections() == 1);
}

TEST_CASE("A fresh question has a connection of its own, before and behind it") {
  tiny_server server([](auto& socket, int connection) {
    for (;;) {
      read_command(socket);
      write(socket, ":" + std::to_string(connection) + "\r\n");
    }
  });
  world w;
  const auto kept = redis_ask(server.port(), {"PING"});
  auto fresh = kept;
  fresh.fresh = true;
  CHECK(w.get(kept).text == "1");
  CHECK(w.get(fresh).text == "2");
  CHECK(w.get(fresh).text == "3");
  CHECK(w.get(kept).text == "4");
  CHECK(w.get(kept).text == "4");
}

TEST_CASE("AUTH comes first, and once per connection") {
  mailbox<std::vector<std::string>> seen;
  tiny_server server([&](auto& socket, int) {
    for (;;) {
      seen.put(read_command(socket));
      write(socket, "+OK\r\n");
    }
  });
  world w;
  auto question = redis_ask(server.port(), {"PING"});
  question.password = "hush";
  CHECK(w.get(question).ok);
  CHECK(w.get(question).ok);
  CHECK(seen.take() == std::vector<std::string>{"AUTH", "hush"});
  CHECK(seen.take() == std::vector<std::string>{"PING"});
  CHECK(seen.take() == std::vector<std::string>{"PING"});
}

TEST_CASE("No secret is in an error, even when the peer echoes it") {
  world w;
  SECTION("the password") {
    tiny_server server(always("-ERR unknown command 'AUTH', with args beginning with: 'hush-hush'\r\n"));
    auto question = redis_ask(server.port(), {"PING"});
    question.password = "hush-hush";
    auto got = w.get(question);
    CHECK_FALSE(got.ok);
    CHECK_THAT(got.error, Catch::Contains("refused the login"));
    CHECK_THAT(got.error, !Catch::Contains("hush"));
  }
  SECTION("a password in a command") {
    tiny_server server(always("-ERR bad value 'hush-hush' for requirepass\r\n"));
    auto got = w.get(redis_ask(server.port(), {"CONFIG", "SET", "requirepass", "hush-hush"}));
    CHECK_FALSE(got.ok);
    CHECK_THAT(got.error, !Catch::Contains("hush"));
  }
}

TEST_CASE("Redis peers that fail are answers with a reason") {
  world w;
  SECTION("an error reply keeps the connection") {
    tiny_server server(always("-LOADING Redis is loading\r\n"));
    for (int i = 0; i < 2; ++i) {
      auto got = w.get(redis_ask(server.port(), {"PING"}));
      CHECK_FALSE(got.ok);
      CHECK(got.error == "LOADING Redis is loading");
    }
    CHECK(server.connections() == 1);
  }
  SECTION("nobody listens") {
    std::uint16_t port = 0;
    {
      tiny_server gone([](auto&, int) {});
      port = gone.port();
    }
    CHECK_THAT(w.get(redis_ask(port, {"PING"})).error, Catch::Contains("cannot connect to 127.36.103.1"));
  }
  SECTION("no answer in time, for those that wait behind it too") {
    tiny_server silent([](auto& socket, int) { until_closed(socket); });
    caf::scoped_actor self{w.system};
    auto question = redis_ask(silent.port(), {"PING"});
    question.timeout = 150ms;
    for (int i = 0; i < 3; ++i)
      self->send(w.asker, question);
    int answers = 0;
    self->receive_for(answers, 3)([&](const answer& what) {
      CHECK_FALSE(what.ok);
      CHECK_THAT(what.error, Catch::Contains("within 150 ms"));
    });
  }
  SECTION("after a timeout the late answer is not taken for the next one") {
    tiny_server server([](auto& socket, int connection) {
      for (;;) {
        auto words = read_command(socket);
        if (connection == 1) {
          until_closed(socket);
          return;
        }
        write(socket, "+" + words[0] + "\r\n");
      }
    });
    auto question = redis_ask(server.port(), {"FIRST"});
    question.timeout = 150ms;
    CHECK_FALSE(w.get(question).ok);
    CHECK(w.get(redis_ask(server.port(), {"SECOND"})).text == "SECOND");
  }
  SECTION("more than was asked for closes the connection") {
    tiny_server server(always("+one\r\n+two\r\n"));
    CHECK(w.get(redis_ask(server.port(), {"PING"})).text == "one");
    CHECK(w.get(redis_ask(server.port(), {"PING"})).text == "one");
    CHECK(server.connections() == 2);
  }
  SECTION("not Redis at all") {
    tiny_server server(always("HTTP/1.1 400 Bad Request\r\n\r\n"));
    CHECK_THAT(w.get(redis_ask(server.port(), {"PING"})).error, Catch::Contains("not a Redis reply"));
  }
}

TEST_CASE("A kept Redis connection that the peer closed is opened again") {
  world w;
  SECTION("closed while idle") {
    mailbox<int> gone;
    tiny_server server([&](auto& socket, int connection) {
      read_command(socket);
      write(socket, "+OK\r\n");
      socket.shutdown(tiny_server::socket::shutdown_send);
      until_closed(socket);
      gone.put(connection);
    });
    for (int i = 1; i <= 3; ++i) {
      CHECK(w.get(redis_ask(server.port(), {"PING"})).ok);
      CHECK(gone.take() == i);
    }
  }
  SECTION("closed on the question: it may have been carried out, so it is not asked again") {
    tiny_server server([](auto& socket, int) {
      read_command(socket);
      write(socket, "+OK\r\n");
      read_command(socket);
    });
    CHECK(w.get(redis_ask(server.port(), {"INCR", "n"})).ok);
    auto lost = w.get(redis_ask(server.port(), {"INCR", "n"}));
    CHECK_FALSE(lost.ok);
    CHECK(lost.sent);
    CHECK(server.connections() == 1);
    CHECK(w.get(redis_ask(server.port(), {"INCR", "n"})).ok);
  }
  SECTION("but a fresh one that is closed on the question is a failure") {
    tiny_server server([](auto& socket, int) { read_command(socket); });
    auto got = w.get(redis_ask(server.port(), {"PING"}));
    CHECK_FALSE(got.ok);
    CHECK_THAT(got.error, Catch::Contains("closed the connection"));
    CHECK(server.connections() == 1);
  }
  SECTION("and one that was forgotten") {
    tiny_server server(always("+OK\r\n"));
    CHECK(w.get(redis_ask(server.port(), {"PING"})).ok);
    caf::anon_send(w.asker, paws::forget_atom_v, std::string("127.36.103.1"));
    CHECK(w.get(redis_ask(server.port(), {"PING"})).ok);
    CHECK(server.connections() == 2);
  }
}
