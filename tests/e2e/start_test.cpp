// From nothing to ready, what the views then say, and that what they say is so when the daemons are asked directly.
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <unistd.h>

using namespace paws::e2e;
using namespace std::chrono_literals;

namespace {

// TC-002: etcd has one leader and says so itself
void check_etcd(stack& s, const nlohmann::json& status) {
  std::vector<std::string> leaders;
  for (const char* member : {"etcd1", "etcd2", "etcd3"}) {
    auto address = service_of(status, member)["address"].get<std::string>();
    program asked{{"etcdctl", "--cacert", s.authority().string(), "--endpoints", "https://" + address + ":2379",
                   "endpoint", "status", "-w", "json"},
                  {{"ETCDCTL_API", "3"}}};
    REQUIRE(asked.wait(in(10s)));
    auto said = nlohmann::json::parse(asked.out());
    leaders.push_back(said[0]["Status"]["leader"].dump());
  }
  CHECK(std::set<std::string>(leaders.begin(), leaders.end()).size() == 1);
  CHECK(leaders.front() != "0");
  auto etcd = component_of(s.health(), "etcd");
  CHECK(etcd["status"] == "healthy");
  CHECK(etcd["summary"].get<std::string>().find("3/3") != std::string::npos);
  CHECK(with_role(status, "etcd", "leader").is_object());
}

// TC-003: Patroni is failover-ready by PostgreSQL's own word
void check_patroni(stack& s, const nlohmann::json& status) {
  auto leader = with_role(status, "patroni", "leader");
  REQUIRE(leader.is_object());
  auto rows = sql_once(s.postgres_member(leader["address"]),
                       "select application_name, state, sync_state from pg_stat_replication order by 1", in(10s));
  REQUIRE(rows);
  REQUIRE(rows->size() == 2);
  CHECK((*rows)[0][1] == "streaming");
  CHECK((*rows)[1][1] == "streaming");
  CHECK(std::count_if(rows->begin(), rows->end(), [](const auto& row) { return row[2] == "sync"; }) == 1);
  auto settings = sql_once(s.postgres_member(leader["address"]), "show password_encryption", in(10s));
  REQUIRE(settings);
  CHECK((*settings)[0][0] == "scram-sha-256");
}

// TC-004: all Sentinels name the same master, and it has two replicas
void check_sentinels(stack& s, const nlohmann::json& status) {
  auto master = with_role(status, "redis", "master");
  REQUIRE(master.is_object());
  for (const char* name : {"redis-sentinel1", "redis-sentinel2", "redis-sentinel3"}) {
    auto address = service_of(status, name)["address"].get<std::string>();
    auto said = redis_once(s.sentinel(address), {"SENTINEL", "get-master-addr-by-name", "mymaster"}, 5s);
    REQUIRE(said);
    REQUIRE(said->size() == 2);
    CHECK((*said)[0] == master["address"]);
  }
  auto role = redis_once(s.redis_member(master["address"]), {"ROLE"}, 5s);
  REQUIRE(role);
  CHECK(role->front() == "master");
  CHECK(role->size() == 2 + 2 * 3);
}

// a write through patroni-leader is read on a replica, with the password only
void check_sql_through_route(stack& s, const nlohmann::json& status) {
  REQUIRE(sql_once(s.postgres_route(), "create table greetings(word text); insert into greetings values ('hello')",
                   in(10s)));
  auto replica = with_role(status, "patroni", "sync_standby");
  REQUIRE(replica.is_object());
  auto there = s.postgres_member(replica["address"]);
  there.database = "paws360";
  auto recovery = sql_once(there, "select pg_is_in_recovery()", in(10s));
  REQUIRE(recovery);
  CHECK((*recovery)[0][0] == "t");
  // The standby has the record when the write is acknowledged; applying it is what this statement waits for.
  sql_session session{there, in(10s)};
  std::optional<sql_rows> word;
  for (auto until = in(10s); remaining_ms(until) > 0 && (!word || word->empty());)
    word = session.open() ? session.run("select word from greetings", until) : std::nullopt;
  REQUIRE(word);
  CHECK(*word == sql_rows{{"hello"}});
  auto wrong = s.postgres_route();
  wrong.password = "not-the-password";
  sql_session refused{wrong, in(10s)};
  CHECK_FALSE(refused.open());
  CHECK(refused.error().find("password authentication failed") != std::string::npos);
}

// SET through redis-master is read on a replica, with the password only
void check_redis_through_route(stack& s, const nlohmann::json& status) {
  auto set = redis_once(s.redis_route(), {"SET", "greeting", "hello"}, 5s);
  REQUIRE(set);
  CHECK(set->front() == "OK");
  CHECK(redis_once(s.redis_route(), {"WAIT", "2", "5000"}, 10s) == std::vector<std::string>{"2"});
  auto replica = with_role(status, "redis", "replica");
  REQUIRE(replica.is_object());
  CHECK(redis_once(s.redis_member(replica["address"]), {"GET", "greeting"}, 5s) == std::vector<std::string>{"hello"});
  auto anonymous = s.redis_route();
  anonymous.password.clear();
  auto refused = redis_once(anonymous, {"GET", "greeting"}, 5s);
  REQUIRE(refused);
  CHECK(refused->front().starts_with("ERR:NOAUTH"));
}

// TC-007: the health report has every component, in parallel
void check_health_report(stack& s, const nlohmann::json&) {
  auto report = s.ctl({"health", "--format", "json"});
  CHECK(report.exit_code == 0);
  auto health = report.json();
  CHECK(health["status"] == "healthy");
  CHECK(health["passed"] == health["total"]);
  long slowest = 0;
  for (const char* name : {"etcd", "patroni", "redis"}) {
    auto component = component_of(health, name);
    INFO(name << component.dump());
    REQUIRE(component.is_object());
    CHECK(component["status"] == "healthy");
    CHECK_FALSE(component["checks"].empty());
    slowest = std::max(slowest, component["duration_ms"].get<long>());
  }
  CHECK(health["duration_ms"].get<long>() <= 15'000);
  CHECK(health["duration_ms"].get<long>() >= slowest);
}

// the journal has no gap, and a second start says that all is there
void check_journal_and_second_start(stack& s, const nlohmann::json& status) {
  auto events = s.events();
  REQUIRE(events.size() > 20);
  for (std::size_t at = 0; at < events.size(); ++at)
    CHECK(events[at]["seq"] == at + 1);
  auto again = s.start();
  CHECK(again.exit_code == 0);
  CHECK((again.out + again.err).find("already") != std::string::npos);
  CHECK(pids_of(s.status()) == pids_of(status));
}

} // namespace

TEST_CASE("clean start: phases, views, routes, roles, passwords, a second start changes nothing") {
  stack s;
  auto started = s.run({"start", s.topology().string(), "--format", "json"});
  INFO(started.out << started.err);
  REQUIRE(started.in_time);
  REQUIRE(started.exit_code == 0);
  CHECK(started.output_closed);
  CHECK(started.json()["warnings"].is_array());

  auto status = s.status();
  REQUIRE(status.is_object());
  CHECK(status["environment"] == s.name());
  CHECK(status["runtime"] == "process");
  CHECK(status["state"] == "ready");
  CHECK(status["start_total_ms"].get<long>() > 0);
  CHECK(status["open_faults"].empty());
  REQUIRE(status["services"].size() == 13);
  for (const auto& service : status["services"]) {
    INFO(service.dump());
    CHECK(service["desired"] == "running");
    CHECK(service["actual"] == "ready");
    CHECK(service["restarts"] == 0);
    CHECK(alive(service["pid"].get<pid_t>()));
    CHECK(service["waiting_for"].empty());
  }
  std::set<std::string> phases;
  for (const auto& phase : status["phases"]) {
    INFO(phase.dump());
    phases.insert(phase["name"]);
    CHECK(phase["within_target"] == true);
    CHECK(phase["duration_ms"].get<long>() <= phase["target_ms"].get<long>());
  }
  for (const char* name : {"container_creation", "etcd_formation", "patroni_initialization", "redis_setup"})
    CHECK(phases.contains(name));

  check_etcd(s, status);
  check_patroni(s, status);
  check_sentinels(s, status);
  check_sql_through_route(s, status);
  check_redis_through_route(s, status);
  check_health_report(s, status);
  check_journal_and_second_start(s, status);
}

TEST_CASE("an ordinary user brings it up, uses it and takes it down") {
  if (::geteuid() != 0) {
    WARN("every other case runs as an ordinary user already");
    return;
  }
  stack s;
  s.become_ordinary();
  auto started = s.start();
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  CHECK(s.status()["state"] == "ready");
  CHECK(sql_once(s.postgres_route(), "select pg_is_in_recovery()", in(10s)) == sql_rows{{"f"}});
  CHECK(redis_once(s.redis_route(), {"SET", "greeting", "hello"}, 5s) == std::vector<std::string>{"OK"});
  auto down = s.ctl({"down"});
  INFO(down.out << down.err);
  CHECK(down.exit_code == 0);
  CHECK(s.processes().empty());
}

TEST_CASE("the order of the start follows the topology's dependencies") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  std::map<std::string, std::uint64_t> called, quorum;
  for (const auto& event : s.events()) {
    if (event["kind"] == "start_called")
      called.try_emplace(event["subject"], event["seq"].get<std::uint64_t>());
    if (event["kind"] == "cluster_state" && event["fields"].value("quorum", "") == "true")
      quorum.try_emplace(event["subject"], event["seq"].get<std::uint64_t>());
  }
  REQUIRE(quorum.contains("etcd"));
  for (const char* member : {"patroni1", "patroni2", "patroni3"}) {
    REQUIRE(called.contains(member));
    CHECK(called[member] > quorum["etcd"]);
  }
  for (const char* member : {"redis1", "etcd1"})
    CHECK(called[member] < quorum["etcd"]);
}
