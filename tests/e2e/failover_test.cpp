// Members die, freeze and come back while clients work through the routes.
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <iterator>

using namespace paws::e2e;
using namespace std::chrono_literals;

TEST_CASE("the leader dies with everything it runs in the moment start returns: no acknowledged write is lost") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto leader = with_role(s.status(), "patroni", "leader");
  REQUIRE(leader.is_object());
  REQUIRE(sql_once(s.postgres_route(), "create table ledger(id bigint primary key)", in(10s)));
  steady_writer writer{s.postgres_route(), "ledger"};
  REQUIRE(writer.wait_next_acknowledged(in(10s)));

  REQUIRE(kill_tree(leader["pid"].get<pid_t>(), in(10s)));
  CHECK(writer.wait_next_acknowledged(in(60s)));
  REQUIRE(s.becomes_healthy(90s));
  CHECK(writer.wait_next_acknowledged(in(10s)));
  writer.stop();

  auto acknowledged = writer.acknowledged();
  auto rows = sql_once(s.postgres_route(), "select id from ledger", in(30s));
  REQUIRE(rows);
  std::set<std::int64_t> found;
  for (const auto& row : *rows)
    found.insert(std::stoll(row[0]));
  std::vector<std::int64_t> lost;
  std::set_difference(acknowledged.begin(), acknowledged.end(), found.begin(), found.end(), std::back_inserter(lost));
  INFO(acknowledged.size() << " acknowledged, " << found.size() << " found");
  CHECK(acknowledged.size() > 1);
  CHECK(lost.empty());
}

TEST_CASE("the leader's processes are gone before start returns to a client: a fresh stack fails over too") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto leader = with_role(s.status(), "patroni", "leader");
  REQUIRE(kill_tree(leader["pid"].get<pid_t>(), in(10s)));
  bool written = false;
  auto until = in(60s);
  // Every attempt ends by itself: at the latest with its own deadline.
  while (!written && remaining_ms(until) > 0)
    written = sql_once(s.postgres_route(), "create table if not exists first(id int)", in(2s)).has_value();
  CHECK(written);
  CHECK(s.becomes_healthy(90s));
}

TEST_CASE("TC-008: a frozen etcd member is degraded and nothing else is, killed, it comes back by restart") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto before = s.status();
  auto follower = with_role(before, "etcd", "follower"); // a frozen leader is an election, and for a moment no quorum
  REQUIRE(follower.is_object());
  auto name_of_victim = follower["name"].get<std::string>();
  auto victim = follower["pid"].get<pid_t>();
  auto tree = tree_of(victim);
  for (auto each : tree)
    if (each != victim)
      ::kill(each, SIGSTOP);

  auto report = s.ctl({"health", "--format", "json"});
  auto health = report.json();
  INFO(health.dump());
  CHECK(report.exit_code == 5);
  CHECK(report.err.find("ERR_ENG_005") != std::string::npos); // stdout is the report and nothing else
  CHECK(health["status"] == "degraded");
  CHECK(component_of(health, "etcd")["status"] == "degraded");
  CHECK(component_of(health, "patroni")["status"] == "healthy");
  CHECK(component_of(health, "redis")["status"] == "healthy");
  CHECK(health["duration_ms"].get<long>() <= 15'000);
  CHECK(redis_once(s.redis_route(), {"SET", "a", "b"}, 5s) == std::vector<std::string>{"OK"});

  REQUIRE(kill_tree(victim, in(10s)));
  CHECK(s.becomes_healthy(60s));
  auto after = s.status();
  CHECK(service_of(after, name_of_victim)["restarts"] == 1);
  CHECK(service_of(after, name_of_victim)["pid"] != victim);
  for (const auto& [name, pid] : pids_of(before)) {
    INFO(name);
    if (name != name_of_victim)
      CHECK(pids_of(after)[name] == pid);
  }
}

TEST_CASE("a frozen Redis master that thaws never gets a connection of the route again") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto old_master = with_role(s.status(), "redis", "master");
  REQUIRE(old_master.is_object());
  auto victim = old_master["pid"].get<pid_t>();
  auto old_address = old_master["address"].get<std::string>();
  REQUIRE(redis_once(s.redis_route(), {"SET", "before", "1"}, 5s) == std::vector<std::string>{"OK"});

  auto tree = tree_of(victim);
  auto members = std::vector<pid_t>(tree.begin() + 1, tree.end());
  REQUIRE_FALSE(members.empty());
  for (auto each : members)
    ::kill(each, SIGSTOP);

  // The successor serves writes: each attempt is bounded by its own time-out.
  std::optional<std::vector<std::string>> written;
  for (auto until = in(60s); remaining_ms(until) > 0 && written != std::vector<std::string>{"OK"};)
    written = redis_once(s.redis_route(), {"SET", "after", "2"}, 1s);
  REQUIRE(written == std::vector<std::string>{"OK"});

  for (auto each : members)
    ::kill(each, SIGCONT);
  int wrong = 0, served = 0;
  for (int attempt = 0; attempt < 300; ++attempt) {
    auto who = redis_once(s.redis_route(), {"CONFIG", "GET", "replica-announce-ip"}, 2s);
    if (!who || who->size() != 2)
      continue;
    ++served;
    wrong += who->at(1) == old_address ? 1 : 0;
  }
  CHECK(served > 250);
  CHECK(wrong == 0);
  CHECK(s.becomes_healthy(60s));
  auto role = redis_once(s.redis_member(old_address), {"ROLE"}, 5s);
  REQUIRE(role);
  CHECK(role->front() == "slave");
}

TEST_CASE("a killed member leaves nothing of itself behind") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto replica = with_role(s.status(), "patroni", "replica");
  REQUIRE(replica.is_object());
  auto keeper = replica["pid"].get<pid_t>();
  auto tree = tree_of(keeper);
  // Patroni's postmaster leaves its session; it still stands below the keeper.
  CHECK(tree.size() > 3);
  for (auto each : tree)
    if (each != keeper)
      ::kill(each, SIGKILL);
  CHECK(s.becomes_healthy(90s));
  for (auto each : tree)
    if (each != keeper)
      CHECK_FALSE(alive(each));
}
