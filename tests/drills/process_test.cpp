// Drills on real daemons through the binary: what is broken is measured and taken back, whoever dies in between.
#include "tests/drills/drill_kit.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json log_check(const json& health, const std::string& component) {
  const auto found = component_of(health, component);
  for (const auto& check : found["checks"])
    if (check["name"] == "log")
      return check;
  return nullptr;
}

} // namespace

TEST_CASE("TC-010: a drill kills the leader, and proves that nobody lost a write") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  // An error that nobody planned warns, and is no illness.
  auto warned = json::object();
  for (const auto until = in(15s); warned.value("error", "").find("division by zero") == std::string::npos;) {
    REQUIRE(remaining_ms(until) > 0);
    sql_once(s.postgres_route(), "select 1 / 0", in(1s));
    const auto found = log_check(s.health(), "patroni");
    warned = found["status"] == "warn" ? found : json::object();
  }
  const auto report = drilled(s, {"patroni-leader"});
  INFO(report.dump(1));
  CHECK(report["verdict"] == "pass");
  CHECK(report["fault"] == "kill");
  CHECK(report["victim"] != report["successor"]);
  CHECK(report["recovered"] == true);
  CHECK(report["zero_loss"] == "proven");
  CHECK(report["writer"]["lost"] == 0);
  CHECK(report["writer"]["unexpected"] == 0);
  CHECK(report["writer"]["acknowledged"].get<int>() >= 200);
  long sum = 0;
  for (const auto* name : {"detection", "lease_expiry", "election", "promotion", "stabilization"}) {
    const auto phase = phase_of(report, name);
    REQUIRE(phase.is_object());
    CHECK(phase["observed"] == true);
    REQUIRE(phase["duration_ms"].is_number());
    CHECK(phase["duration_ms"].get<long>() >= 0);
    sum += phase["duration_ms"].get<long>();
  }
  CHECK(report["total_ms"].get<long>() <= 60'000);
  CHECK(sum >= report["total_ms"].get<long>() - 5); // phases that overlap count as 0, so they may only add up to more
  // What the writer missed is what the phases say.
  CHECK(std::abs(report["writer"]["longest_gap_ms"].get<long>() - report["total_ms"].get<long>()) <= 1'000);
  CHECK(nothing_open(s));
  const auto health = s.health();
  CHECK(health["status"] == "healthy");
  INFO(health.dump(1));
  CHECK(log_check(health, "patroni")["status"] == "pass"); // what a drill did was planned
  // Nothing of the drill stays behind in the database.
  const auto rows =
      sql_once(s.postgres_route(), "select count(*) from pg_tables where schemaname = 'paws_drill'", in(10s));
  REQUIRE(rows);
  CHECK((*rows)[0][0] == "0");
}

TEST_CASE("TC-011: a drill kills the Redis master, and Sentinel's own words say what happened") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  const auto report = drilled(s, {"redis-master"});
  INFO(report.dump(1));
  CHECK(report["verdict"] == "pass");
  CHECK(report["successor"].is_string());
  CHECK(report["total_ms"].get<long>() <= 30'000);
  CHECK(report["zero_loss"] == "not_claimed");
  for (const auto* name : {"detection", "election", "promotion", "stabilization"})
    CHECK(phase_of(report, name)["observed"] == true);
  CHECK(nothing_open(s));
}

TEST_CASE("TC-012, TC-028: an etcd member is lost, and writes go on, then all is as before") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  const auto report = drilled(s, {"etcd-member"});
  INFO(report.dump(1));
  CHECK(report["verdict"] == "pass");
  CHECK(report["zero_loss"] == "proven");
  CHECK(nothing_open(s));
  CHECK(s.health()["status"] == "healthy");
}

TEST_CASE("an engine that dies over a drill leaves nothing broken: the next one takes it back") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto drill = s.spawn({"ctl", "--env", s.name(), "drill", "patroni-leader", "--fault", "pause"});
  REQUIRE(is_broken(s));
  CHECK(std::filesystem::exists(s.environment_dir() / "undo.jsonl"));
  const auto status = s.status();
  const auto engine = status["engine"]["pid"].get<pid_t>();
  REQUIRE(::kill(engine, SIGKILL) == 0);
  CHECK(drill->wait(in(30s)));
  const auto undone = s.ctl({"undo", "--format", "json"});
  INFO(undone.out << undone.err);
  CHECK(undone.exit_code == 0);
  CHECK(nothing_open(s));
  REQUIRE(s.start().exit_code == 0);
  CHECK(s.health()["status"] == "healthy");
  const auto after = s.status();
  for (const auto& service : after["services"])
    CHECK(service["actual"] == "ready");
}

TEST_CASE("Ctrl-C takes a drill back, and what is not healthy is not drilled") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto drill = s.spawn({"ctl", "--env", s.name(), "drill", "redis-master", "--fault", "pause"});
  REQUIRE(is_broken(s));
  const auto second = s.ctl({"drill", "etcd-member"});
  CHECK(second.exit_code == 2);
  CHECK(second.err.find("ERR_ENG_004") != std::string::npos);
  drill->signal_group(SIGINT);
  REQUIRE(drill->wait(in(60s)));
  INFO(drill->out() << drill->err());
  CHECK(drill->exit_code() == 130);
  CHECK(nothing_open(s));
  REQUIRE(s.becomes_healthy(60s));
  CHECK(s.ctl({"drill", "nothing"}).exit_code == 2);
  CHECK(s.ctl({"drill", "partition", "--target", "redis1"}).err.find("ERR_RUN_003") != std::string::npos);
  CHECK(s.ctl({"stop", "--service", "redis3"}).exit_code == 0);
  const auto unwell = s.ctl({"drill", "etcd-member"});
  CHECK(unwell.exit_code == 5);
  CHECK(unwell.err.find("ERR_ENG_005") != std::string::npos);
}
