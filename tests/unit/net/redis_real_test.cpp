#include "daemon.hpp"

#include <csignal>

using namespace net_test;

namespace {

using rows = std::vector<std::vector<std::string>>;

const std::string address = "127.36.103.30";
const std::string right_password = "correct-horse";

struct redis_world : world {
  redis_world() {
    give_to("redis", root.path);
    start();
  }

  void start() {
    server = std::make_unique<net_test::daemon>(
        std::vector<std::string>{"redis-server", "--bind", address, "--port", std::to_string(port), "--requirepass",
                                 right_password, "--dir", root.path, "--save", "", "--daemonize", "no"},
        "redis", "Ready to accept connections");
  }

  answer redis(std::vector<std::string> command, const std::string& password = right_password, std::uint32_t lane = 0) {
    auto question = redis_ask(port, std::move(command));
    question.lane = lane;
    question.address = address;
    question.password = password;
    return get(question);
  }

  temporary_directory root;
  std::uint16_t port = free_port(address);
  std::unique_ptr<net_test::daemon> server;
};

} // namespace

TEST_CASE("A real Redis is asked, fails, is lost and comes back") {
  redis_world w;
  CHECK(w.redis({"PING"}).text == "PONG");
  CHECK(w.redis({"SET", "key", std::string("a\0b\r\n", 5)}).text == "OK");
  CHECK(w.redis({"GET", "key"}).text == std::string("a\0b\r\n", 5));
  CHECK(w.redis({"INCR", "n"}).text == "1");
  CHECK(w.redis({"GET", "nothing"}).ok);
  CHECK(w.redis({"CONFIG", "GET", "port"}).rows == rows{{"port"}, {std::to_string(w.port)}});
  CHECK(w.redis({"EVAL", "return {1,{2,{'x'}},{}}", "0"}).rows == rows{{"1"}, {"2", "x"}, {}});
  CHECK(w.redis({"ROLE"}).rows.at(0) == std::vector<std::string>{"master"});
  CHECK_THAT(w.redis({"INFO", "server"}).text, Catch::Contains("redis_version:"));

  auto wrong = w.redis({"PING"}, "not-the-right-one");
  CHECK_FALSE(wrong.ok);
  CHECK_THAT(wrong.error, Catch::Contains("WRONGPASS") && !Catch::Contains("not-the-right-one"));
  auto missing = w.redis({"PING"}, "");
  CHECK_FALSE(missing.ok);
  CHECK_THAT(missing.error, Catch::StartsWith("NOAUTH"));
  CHECK_THAT(w.redis({"NO-SUCH-COMMAND"}).error, Catch::Contains("unknown command"));

  // 5 MB in one reply
  CHECK(w.redis({"SETRANGE", "big", "5000000", "x"}).ok);
  CHECK_THAT(w.redis({"GET", "big"}).error, Catch::Contains("larger than 4 MiB"));

  auto id = w.redis({"CLIENT", "ID"}).text;
  CHECK(w.redis({"CLIENT", "ID"}).text == id);
  CHECK(w.redis({"CLIENT", "KILL", "ID", id}, right_password, 1).text == "1"); // from a connection of its own
  CHECK(w.redis({"CLIENT", "ID"}).text != id);

  w.server->signal(SIGSTOP);
  auto question = redis_ask(w.port, {"PING"});
  question.address = address;
  question.password = right_password;
  question.timeout = 200ms;
  CHECK_THAT(w.get(question).error, Catch::Contains("within 200 ms"));
  w.server->signal(SIGCONT);
  CHECK(w.redis({"PING"}).text == "PONG");

  w.server->kill();
  CHECK_FALSE(w.redis({"PING"}).ok);
  CHECK_THAT(w.redis({"PING"}).error, Catch::Contains("Connection refused"));
  w.start();
  CHECK(w.redis({"PING"}).text == "PONG");
}
