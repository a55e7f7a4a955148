// The ways an environment ends or comes back: down keeps data and leaves nothing running, start finds the data again,
// Ctrl-C undoes what was begun, and a killed engine's successor adopts what runs.
#include "tests/stack/stack.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

using namespace paws::e2e;
using namespace std::chrono_literals;

TEST_CASE("down leaves no process and keeps data, the next start finds it and is ready again") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  REQUIRE(
      sql_once(s.postgres_route(), "create table kept(word text); insert into kept values ('still here')", in(10s)));
  REQUIRE(redis_once(s.redis_route(), {"SET", "kept", "still here"}, 5s));
  auto first_total = s.status()["start_total_ms"].get<long>();
  CHECK_FALSE(s.processes().empty());

  auto down = s.ctl({"down"});
  INFO(down.out << down.err);
  CHECK(down.exit_code == 0);
  CHECK(s.processes().empty());
  CHECK(std::filesystem::exists(s.environment_dir()));

  auto again = s.start();
  INFO(again.out << again.err);
  REQUIRE(again.exit_code == 0);
  auto second_total = s.status()["start_total_ms"].get<long>();
  UNSCOPED_INFO("first start " << first_total << " ms, second " << second_total << " ms");
  auto word = sql_once(s.postgres_route(), "select word from kept", in(10s));
  REQUIRE(word);
  CHECK(*word == sql_rows{{"still here"}});
  CHECK(redis_once(s.redis_route(), {"GET", "kept"}, 5s) == std::vector<std::string>{"still here"});
  CHECK(s.health()["status"] == "healthy");

  SECTION("down --volumes without the confirmation destroys nothing") {
    auto refused = s.ctl({"down", "--volumes"});
    CHECK(refused.exit_code == 2);
    CHECK(sql_once(s.postgres_route(), "select word from kept", in(10s)).has_value());
  }
}

TEST_CASE("Ctrl-C during start stops what was started, keeps data and exits 130") {
  stack s;
  auto starting = s.spawn({"start", s.topology().string(), "--progress", "json"});
  REQUIRE(starting->wait_output([](const std::string& out) { return out.find("start_called") != std::string::npos; },
                                in(60s)));
  starting->signal_group(SIGINT);
  REQUIRE(starting->wait(in(90s)));
  INFO(starting->out() << starting->err());
  CHECK(starting->exit_code() == 130);
  CHECK(starting->err().find("ERR_SYS_005") != std::string::npos);
  CHECK(s.processes().empty());
  CHECK(std::filesystem::exists(s.environment_dir()));
  CHECK(s.start().exit_code == 0);
  CHECK(s.health()["status"] == "healthy");
}

TEST_CASE("a start is interrupted when one etcd member alone has written something: the next one completes it") {
  stack s;
  // etcd1 and etcd3 are as slow as they can be: a program of that name stands still in their place.
  const auto etcd = s.root() / "bin/etcd";
  std::filesystem::create_directory(etcd.parent_path());
  std::ofstream{etcd}
      << "#!/bin/sh\ncase \"$*\" in *etcd1/data*|*etcd3/data*) exec sleep 600 ;; esac\nexec /usr/bin/etcd \"$@\"\n";
  std::filesystem::permissions(etcd, std::filesystem::perms{0755});
  s.set_variable("PATH", etcd.parent_path().string() + ":" + s.variables().at("PATH"));
  auto starting = s.spawn({"start", s.topology().string(), "--progress", "json"});
  const auto written = s.environment_dir() / "members/etcd2/data/etcd/member/wal";
  const bool begun =
      starting->wait_output([&](const std::string&) { return std::filesystem::exists(written); }, in(60s));
  INFO(starting->out() << starting->err());
  REQUIRE(begun);
  starting->signal_group(SIGINT);
  REQUIRE(starting->wait(in(90s)));
  CHECK(starting->exit_code() == 130);
  CHECK(s.processes().empty());
  CHECK_FALSE(std::filesystem::exists(s.environment_dir() / "members/etcd1/data/etcd"));
  std::filesystem::remove(etcd);
  CHECK(s.start().exit_code == 0);
  CHECK(s.health()["status"] == "healthy");
}

TEST_CASE("a killed engine leaves everything running, and the next start adopts it") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  REQUIRE(sql_once(s.postgres_route(), "create table kept(word text)", in(10s)));
  auto before = s.status();
  auto engine = before["engine"]["pid"].get<pid_t>();
  sql_session client{s.postgres_route(), in(10s)};
  REQUIRE(client.run("select 1", in(5s)));

  ::kill(engine, SIGKILL);
  CHECK(client.run("insert into kept values ('without the engine')", in(5s)).has_value());

  auto again = s.start();
  INFO(again.out << again.err);
  REQUIRE(again.exit_code == 0);
  auto after = s.status();
  CHECK(after["engine"]["pid"] != engine);
  CHECK(pids_of(after) == pids_of(before));
  CHECK(after["state"] == "ready");
  CHECK(client.run("select 1", in(5s)).has_value());
  CHECK(s.health()["status"] == "healthy");

  // The successor supervises what it adopted.
  auto victim = service_of(after, "etcd2")["pid"].get<pid_t>();
  REQUIRE(kill_tree(victim, in(10s)));
  CHECK(s.sees_event(
      [](const auto& event) { return event["kind"] == "restart_scheduled" && event["subject"] == "etcd2"; }, in(30s)));
  CHECK(s.becomes_healthy(60s));
}

TEST_CASE("a command after the engine was killed acts on what runs: down leaves nothing") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  ::kill(s.status()["engine"]["pid"].get<pid_t>(), SIGKILL);
  auto down = s.ctl({"down"});
  INFO(down.out << down.err);
  CHECK(down.exit_code == 0);
  CHECK(s.processes().empty());
}
