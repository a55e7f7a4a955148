// A machine that slept, as far as that can be had for real: the engine and all its members stand still together. And
// the clocks, compared.
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr auto recovery_limit = 300s;

// Everything of this environment and nothing else: the engine goes first and comes last, so that it sees nobody stand
// still alone.
class frozen_stack {
public:
  explicit frozen_stack(stack& of) {
    const auto status = of.status();
    trees_.push_back(status["engine"]["pid"].get<pid_t>());
    for (const auto& [member, pid] : pids_of(status))
      trees_.push_back(pid);
    for (const auto pid : trees_)
      signal_tree(pid, SIGSTOP);
  }
  frozen_stack(const frozen_stack&) = delete;
  frozen_stack& operator=(const frozen_stack&) = delete;
  ~frozen_stack() {
    std::for_each(trees_.rbegin(), trees_.rend(), [](pid_t pid) { signal_tree(pid, SIGCONT); });
  }

private:
  std::vector<pid_t> trees_;
};

// How long everything stands still is what is tested, and nothing is waited for.
void freeze_all(stack& s, const char* seconds) {
  const frozen_stack still{s};
  program time_passes{{"sleep", seconds}, {}};
  REQUIRE(time_passes.wait(in(120s)));
}

bool ends_with(stack& s, const std::string& status) {
  return s.sees_event(
      [&](const json& what) { return what["kind"] == "wake_ended" && what["fields"]["status"] == status; },
      in(recovery_limit));
}

json row_of(const json& report, const std::string& service) {
  for (const auto& row : report["services"])
    if (row["service"] == service)
      return row;
  return nullptr;
}

} // namespace

TEST_CASE("TC-040: everything stood still for longer than the lease and is well again with nothing restarted") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  const auto before = s.status();
  freeze_all(s, "35");
  const auto early = s.health(); // it reads the clocks itself: whether the watch was there before does not matter
  REQUIRE(early.is_object());
  CHECK(ends_with(s, "healthy"));
  REQUIRE(s.becomes_healthy(60s));
  const auto after = s.status();
  CHECK(pids_of(after) == pids_of(before));
  for (const auto& service : after["services"]) {
    INFO(service["name"]);
    CHECK(service["restarts"] == 0);
    CHECK(service["actual"] == "ready");
    CHECK(service["drift"].is_null());
  }
  std::size_t gaps = 0, recoveries = 0;
  for (const auto& event : s.events()) {
    gaps += event["kind"] == "clock_gap" && event["fields"]["gap"] == "freeze" ? 1U : 0U;
    recoveries += event["kind"] == "wake_ended" ? 1U : 0U;
    if (event["kind"] == "wake_step" && event["fields"]["end"] == "leader_moved")
      CHECK(event["text"].get<std::string>().find("leader moved") != std::string::npos);
  }
  CHECK(gaps == 1);
  CHECK(recoveries == 1);
  CHECK(sql_once(s.postgres_route(), "create table after_sleep as select 1 as one", in(20s)));
  const auto again = s.ctl({"resume-after-sleep", "--format", "json"}, recovery_limit);
  INFO(again.out << again.err);
  CHECK(again.exit_code == 0);
  const auto report = again.json();
  REQUIRE(report.is_object());
  CHECK(report["status"] == "healthy");
  CHECK(report["gaps"].empty());
  CHECK(report["services"].size() == after["services"].size());
  for (const auto& row : report["services"])
    CHECK(row["end"] == "well");
}

TEST_CASE("who hangs after a sleep is restarted in its time and nobody else") {
  stack s{[](YAML::Node& document) {
    document["clusters"].remove("etcd");
    document["clusters"].remove("patroni");
    document["routes"].remove("patroni-leader");
  }};
  REQUIRE(s.start().exit_code == 0);
  const auto before = s.status();
  const auto master = with_role(before, "redis", "master");
  REQUIRE(master.is_object());
  const auto name = master["name"].get<std::string>();
  // A script that has written cannot be ended: this node never answers again by itself.
  CHECK_FALSE(redis_once(s.redis_member(master["address"]),
                         {"EVAL", "redis.call('set', KEYS[1], '1') while true do end", "1", "after_sleep"}, 1s));
  const auto recovered = s.ctl({"resume-after-sleep", "--format", "json"}, recovery_limit);
  INFO(recovered.out << recovered.err);
  CHECK(recovered.exit_code == 0);
  const auto report = recovered.json();
  REQUIRE(report.is_object());
  CHECK(row_of(report, name)["end"] == "restarted");
  const auto after = s.status();
  for (const auto& service : after["services"]) {
    INFO(service["name"]);
    CHECK(service["actual"] == "ready");
    CHECK((service["pid"] == service_of(before, service["name"])["pid"]) == (service["name"] != name));
  }
}

TEST_CASE("time-sync compares the clocks that there are") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  const auto compared = s.ctl({"time-sync", "--format", "json"});
  INFO(compared.out << compared.err);
  CHECK(compared.exit_code == 0);
  const auto report = compared.json();
  REQUIRE(report.is_object());
  CHECK(report["in_step"] == true);
  CHECK(report["shared"] == true);
  CHECK(report["set_by_ms"].is_null());
  std::size_t postgres = 0, redis = 0;
  for (const auto& row : report["clocks"]) {
    INFO(row.dump());
    if (row["clock"] == "hardware")
      continue; // this machine may have none
    CHECK(row["in_step"] == true);
    postgres += row["source"] == "PostgreSQL" ? 1U : 0U;
    redis += row["source"] == "Redis" ? 1U : 0U;
  }
  CHECK(postgres == 3);
  CHECK(redis == 3);
  const auto text = s.ctl({"time-sync"});
  CHECK(text.exit_code == 0);
  CHECK(text.out.find("patroni1") != std::string::npos);
  CHECK(text.out.find("in step") != std::string::npos);
}
