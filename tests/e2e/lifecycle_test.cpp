// Living with it: restart, pause, stop of some, what changes behind the engine's back, and an engine that loses its
// memory, has a rival, or stands still.
#include "tests/e2e/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iterator>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::map<std::string, std::string> lives(const json& status) {
  std::map<std::string, std::string> out;
  for (const auto& service : status["services"])
    out[service["name"]] = service["started_at"].dump();
  return out;
}

bool becomes(stack& s, const std::string& service, const std::string& actual, std::chrono::milliseconds limit = 20s) {
  return s.sees_event(
      [&](const json& event) {
        return event["kind"] == "service_state" && event["subject"] == service &&
               event["fields"].value("to", "") == actual;
      },
      in(limit));
}

std::string log_of(stack& s, const std::string& member) {
  std::ifstream file{s.environment_dir() / "members" / member / "log/member.log"};
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t out = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    ++out;
  return out;
}

} // namespace

TEST_CASE("every verb of daily life on one stack") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  REQUIRE(sql_once(s.postgres_route(), "create table kept(word text)", in(10s)));
  auto before = s.status();

  // TC-017: only the target has a new life, and it is ready when the command returns.
  auto restarted = s.ctl({"restart", "etcd3"});
  INFO(restarted.out << restarted.err);
  CHECK(restarted.exit_code == 0);
  auto after = s.status();
  CHECK(after["state"] == "ready");
  auto then = lives(before), now = lives(after);
  CHECK(now["etcd3"] != then["etcd3"]);
  now.erase("etcd3");
  then.erase("etcd3");
  CHECK(now == then);
  CHECK(s.ctl({"restart", "nobody"}).exit_code == 2);

  // Paused: nothing answers, nothing is unhealthy; resumed: everything in the same life.
  before = s.status();
  CHECK(s.ctl({"pause"}).exit_code == 0);
  CHECK(s.status()["state"] == "paused");
  auto report = s.ctl({"health", "--format", "json"}).json();
  CHECK(report["status"] == "degraded");
  CHECK(component_of(report, "patroni")["status"] == "paused");
  CHECK_FALSE(sql_once(s.postgres_route(), "select 1", in(1s)));
  auto resumed = s.ctl({"resume", "--format", "json"});
  CHECK(resumed.exit_code == 0);
  CHECK(resumed.json()["exit_code"] == 0);
  CHECK(s.health()["status"] == "healthy");
  CHECK(pids_of(s.status()) == pids_of(before));
  CHECK(sql_once(s.postgres_route(), "insert into kept values ('after the pause')", in(10s)));

  // Some are stopped and come back with what they need.
  CHECK(s.ctl({"stop", "--service", "haproxy"}).exit_code == 0);
  CHECK(service_of(s.status(), "haproxy")["actual"] == "exited");
  CHECK(s.run({"start", s.topology().string(), "--service", "haproxy"}).exit_code == 0);
  CHECK(sql_once(s.postgres_route(), "select 1", in(10s)));

  // A whole stop shuts PostgreSQL down cleanly.
  auto stopped = s.ctl({"stop"});
  INFO(stopped.out << stopped.err);
  CHECK(stopped.exit_code == 0);
  CHECK(s.processes().empty());
  REQUIRE(s.start().exit_code == 0);
  for (const char* member : {"patroni1", "patroni2", "patroni3"}) {
    auto log = log_of(s, member);
    CHECK(count(log, "database system was not properly shut down") == 0);
    CHECK(count(log, "database system was interrupted") <= 1); // a base backup's first recovery
  }
  auto words = sql_once(s.postgres_route(), "select word from kept", in(10s));
  REQUIRE(words);
  CHECK(words->size() == 1);

  // TC-025: a clean slate, after the phrase only.
  CHECK(s.ctl({"reset"}).exit_code == 2);
  CHECK(s.ctl({"reset", "--confirm-data-loss"}).exit_code == 0);
  CHECK(s.processes().empty());
  REQUIRE(s.start().exit_code == 0);
  CHECK_FALSE(sql_once(s.postgres_route(), "select word from kept", in(10s)));
}

TEST_CASE("what changes behind the engine's back is seen, named, and only a crash is repaired") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto before = s.status();

  auto frozen = service_of(before, "redis-sentinel2")["pid"].get<pid_t>();
  for (auto each : tree_of(frozen))
    if (each != frozen)
      ::kill(each, SIGSTOP);
  CHECK(becomes(s, "redis-sentinel2", "paused"));
  auto seen = service_of(s.status(), "redis-sentinel2");
  CHECK(seen["actual"] == "paused");
  CHECK(seen["drift"] == "paused from outside the engine");
  CHECK(seen["restarts"] == 0);
  for (auto each : tree_of(frozen))
    if (each != frozen)
      ::kill(each, SIGCONT);
  CHECK(s.becomes_healthy(60s));
  CHECK(service_of(s.status(), "redis-sentinel2")["drift"].is_null());

  // Somebody asks the keeper to stop its member: its record says so, and it is left alone.
  ::kill(service_of(before, "etcd3")["pid"].get<pid_t>(), SIGTERM);
  CHECK(s.sees_event([](const json& event) { return event["kind"] == "drift_seen" && event["subject"] == "etcd3"; },
                     in(20s)));
  seen = service_of(s.status(), "etcd3");
  CHECK(seen["actual"] == "exited");
  CHECK(seen["restarts"] == 0);
  auto sick = s.ctl({"health"});
  CHECK(sick.exit_code == 5);
  CHECK(sick.err.find("[ENGINE] ERR_ENG_005: ") == 0);
  CHECK(s.start().exit_code == 0); // the operator's word brings it back
  CHECK(s.health()["status"] == "healthy");
}

TEST_CASE("an engine that lost its memory finds what runs, and a rival disturbs nobody") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto before = s.status();

  program rival{{std::string{PAWS_BIN_DIR} + "/paws-engine", "engine", "--file", s.topology().string()},
                s.variables(),
                s.root().string()};
  REQUIRE(rival.wait(in(30s)));
  CHECK(rival.exit_code() == 2);
  CHECK(rival.out().find("ERR_ENG_001") != std::string::npos);
  CHECK(s.health()["status"] == "healthy");

  ::kill(before["engine"]["pid"].get<pid_t>(), SIGKILL);
  auto state = s.environment_dir() / "state.json";
  std::filesystem::resize_file(state, std::filesystem::file_size(state) / 2);
  auto again = s.start();
  INFO(again.out << again.err);
  REQUIRE(again.exit_code == 0);
  CHECK(pids_of(s.status()) == pids_of(before));
  CHECK(std::filesystem::exists(state.string() + ".damaged-1"));
  CHECK(s.sees_event([](const json& event) { return event["kind"] == "state_damaged"; }, in(5s)));
}

TEST_CASE("an engine that stood still restarts nothing") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto before = s.status();
  auto engine = before["engine"]["pid"].get<pid_t>();
  ::kill(engine, SIGSTOP);
  // Longer than the longest time-out of any question.
  program time_passes{{"sleep", "12"}, {}};
  REQUIRE(time_passes.wait(in(60s)));
  ::kill(engine, SIGCONT);
  CHECK(s.becomes_healthy(30s));
  auto after = s.status();
  CHECK(after["engine"]["pid"] == engine);
  CHECK(pids_of(after) == pids_of(before));
  for (const auto& service : after["services"])
    CHECK(service["restarts"] == 0);
}
