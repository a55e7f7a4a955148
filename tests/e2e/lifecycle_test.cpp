// Living with it: restart, pause, stop of some, what changes behind the engine's back, and an engine that loses its
// memory, has a rival, or stands still.
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <yaml-cpp/yaml.h>

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

// Everything that a stop must leave behind in the logs of PostgreSQL, once it has been started again.
class clean_stop {
public:
  explicit clean_stop(stack& s) : of_{s} {
    for (const auto* member : members)
      before_[member] = log_of(s, member).size();
  }
  void check() {
    for (const auto* member : members) {
      INFO(member);
      auto log = log_of(of_, member);
      REQUIRE(log.size() > before_[member]); // not rotated meanwhile
      auto news = log.substr(before_[member]);
      CHECK(count(news, "database system was shut down") >= 1);
      CHECK(count(news, "database system was not properly shut down") == 0);
      CHECK(count(news, "database system was interrupted") == 0);
    }
  }

private:
  static constexpr std::array members{"patroni1", "patroni2", "patroni3"};
  stack& of_;
  std::map<std::string, std::size_t> before_;
};

// What the event says of its time, against the signal's: drift is seen within two seconds.
class seen_in_time {
public:
  seen_in_time() : begun_{std::chrono::system_clock::now()} {}
  bool event(stack& s, const std::string& service, const std::string& actual) const {
    auto since = std::chrono::duration_cast<std::chrono::microseconds>(begun_.time_since_epoch()).count();
    std::int64_t seen = 0;
    auto is = [&](const json& event) {
      if (event["kind"] != "service_state" || event["subject"] != service || event["at_us"] < since ||
          event["fields"].value("to", "") != actual)
        return false;
      seen = event["at_us"];
      return true;
    };
    auto found = s.sees_event(is, in(20s));
    UNSCOPED_INFO(service << " " << actual << " after " << (seen - since) / 1000 << " ms");
    return found && seen - since <= 2'000'000;
  }

private:
  std::chrono::system_clock::time_point begun_;
};

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

  // A whole stop shuts PostgreSQL down cleanly: with a client that stays, and when everything stood still.
  for (auto paused : {false, true}) {
    INFO((paused ? "paused" : "running"));
    sql_session client{s.postgres_route(), in(10s)};
    REQUIRE(client.run("select 1", in(10s)));
    clean_stop postgres{s};
    if (paused)
      REQUIRE(s.ctl({"pause"}).exit_code == 0);
    auto begun = std::chrono::steady_clock::now();
    auto stopped = s.ctl({"stop"});
    INFO(stopped.out << stopped.err);
    CHECK(stopped.exit_code == 0);
    CHECK(std::chrono::steady_clock::now() - begun < 30s); // 10 s on a quiet machine: see tools/bench
    CHECK(s.processes().empty());
    REQUIRE(s.start().exit_code == 0);
    postgres.check();
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

  // Its keeper as well: whoever freezes a member by its pid takes that one.
  auto frozen = service_of(before, "redis-sentinel2")["pid"].get<pid_t>();
  seen_in_time freeze;
  signal_tree(frozen, SIGSTOP);
  CHECK(freeze.event(s, "redis-sentinel2", "paused"));
  auto seen = service_of(s.status(), "redis-sentinel2");
  CHECK(seen["actual"] == "paused");
  CHECK(seen["drift"] == "paused from outside the engine");
  CHECK(seen["restarts"] == 0);
  seen_in_time go_on;
  signal_tree(frozen, SIGCONT);
  CHECK(go_on.event(s, "redis-sentinel2", "unready"));
  CHECK(s.becomes_healthy(60s));
  CHECK(service_of(s.status(), "redis-sentinel2")["drift"].is_null());

  // A crash is repaired.
  seen_in_time crash;
  for (auto each : tree_of(service_of(before, "redis-sentinel3")["pid"].get<pid_t>()))
    ::kill(each, SIGKILL);
  CHECK(crash.event(s, "redis-sentinel3", "exited"));
  CHECK(s.becomes_healthy(60s));
  CHECK(service_of(s.status(), "redis-sentinel3")["restarts"] == 1);

  // Somebody asks the keeper to stop its member: its record says so, and it is left alone.
  seen_in_time stop;
  ::kill(service_of(before, "etcd3")["pid"].get<pid_t>(), SIGTERM);
  CHECK(stop.event(s, "etcd3", "exited"));
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

TEST_CASE("an engine that stands still for longer than any patience while it starts goes on where it was") {
  stack s{[](YAML::Node& document) {
    document["clusters"].remove("etcd");
    document["clusters"].remove("patroni");
    document["routes"].remove("patroni-leader");
  }};
  auto starting = s.spawn({"start", s.topology().string(), "--progress", "json"});
  REQUIRE(starting->wait_output([](const std::string& out) { return out.find("start_called") != std::string::npos; },
                                in(60s)));
  auto engine = s.status()["engine"]["pid"].get<pid_t>();
  ::kill(engine, SIGSTOP);
  program time_passes{{"sleep", "90"}, {}};
  REQUIRE(time_passes.wait(in(150s)));
  ::kill(engine, SIGCONT);
  REQUIRE(starting->wait(in(120s)));
  INFO(starting->out() << starting->err());
  CHECK(starting->exit_code() == 0);
  auto after = s.status();
  CHECK(after["engine"]["pid"] == engine);
  CHECK(after["state"] == "ready");
  for (const auto& service : after["services"])
    CHECK(service["restarts"] == 0);
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
