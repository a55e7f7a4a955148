#include "logic/phase_timeline.hpp"
#include "logic/restart_policy.hpp"
#include "logic/time_base.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;
using namespace std::chrono_literals;

namespace {
const steady_time t0 = steady_time{} + 1h;
}

TEST_CASE("a crash loop is restarted five times with doubling delays, then given up") {
  restart_policy policy;
  auto now = t0;
  for (auto expected : {500ms, 1000ms, 2000ms, 4000ms, 8000ms}) {
    const auto delay = policy.on_exit(now, now);
    REQUIRE(delay);
    CHECK(*delay == expected);
    now += *delay;
  }
  CHECK_FALSE(policy.on_exit(now, now));
}

TEST_CASE("a member that lived for a minute starts afresh") {
  restart_policy policy;
  CHECK(policy.on_exit(t0, t0) == 500ms);
  CHECK(policy.on_exit(t0, t0 + 1s) == 1000ms);
  CHECK(policy.on_exit(t0 + 2s, t0 + 62s) == 500ms);
}

TEST_CASE("slow crashes never exhaust the policy but their delay grows to its limit") {
  restart_policy policy;
  auto now = t0;
  milliseconds longest{0};
  for (int i = 0; i < 50; ++i) {
    now += 20s; // less than the window, so the delay keeps growing; few enough restarts within it
    const auto delay = policy.on_exit(now - 20s, now);
    REQUIRE(delay);
    longest = std::max(longest, *delay);
    now += *delay;
  }
  CHECK(longest == restart_policy::longest_delay);
}

TEST_CASE("asking again forgets the past") {
  restart_policy policy;
  for (int i = 0; i < 6; ++i)
    policy.on_exit(t0, t0);
  CHECK_FALSE(policy.on_exit(t0, t0));
  policy.reset();
  CHECK(policy.on_exit(t0, t0) == 500ms);
}

TEST_CASE("phases overlap, begin once and end once") {
  phase_timeline timeline{paws::topology::budgets{}};
  CHECK(timeline.begin("etcd_formation", 1'000'000));
  CHECK_FALSE(timeline.begin("etcd_formation", 2'000'000));
  CHECK(timeline.begin("redis_setup", 1'200'000));
  CHECK(timeline.end("etcd_formation", 1'900'000));
  CHECK_FALSE(timeline.end("etcd_formation", 5'000'000));
  CHECK_FALSE(timeline.end("patroni_initialization", 5'000'000));
  REQUIRE(timeline.phases().size() == 2);
  CHECK(timeline.phases()[0].duration_ms == 900);
  CHECK(timeline.phases()[0].target_ms == 45'000);
  CHECK(timeline.phases()[1].duration_ms == -1);
  CHECK(timeline.phases()[1].target_ms == 30'000);
  timeline.clear();
  CHECK(timeline.phases().empty());
}

TEST_CASE("every phase of the requirements has its target, and nothing else has") {
  phase_timeline timeline{paws::topology::budgets{}};
  CHECK(timeline.target_ms("image_pull") == 120'000);
  CHECK(timeline.target_ms("container_creation") == 30'000);
  CHECK(timeline.target_ms("patroni_initialization") == 90'000);
  CHECK(timeline.target_ms("application_startup") == 45'000);
  CHECK(timeline.target_ms("health_validation") == 15'000);
  CHECK(timeline.target_ms("lunch") == 0);
}

TEST_CASE("the time base ties the actor clock to the wall clock") {
  const time_base base{t0, 1'700'000'000'000'000};
  CHECK(base.to_wall_us(t0) == 1'700'000'000'000'000);
  CHECK(base.to_wall_us(t0 + 1500ms) == 1'700'000'001'500'000);
}

TEST_CASE("observations: the latest counts, and a member can be forgotten") {
  observation_table table;
  observation first;
  first.member = "etcd1";
  first.name = "etcd.status";
  first.known = {{"leader", "a"}};
  table.put(first);
  first.known = {{"leader", "b"}};
  table.put(first);
  first.name = "etcd.health";
  table.put(first);
  first.member = "etcd2";
  table.put(first);
  REQUIRE(table.find("etcd1", "etcd.status") != nullptr);
  CHECK(table.find("etcd1", "etcd.status")->known.at("leader") == "b");
  table.forget("etcd1");
  CHECK(table.find("etcd1", "etcd.status") == nullptr);
  CHECK(table.find("etcd1", "etcd.health") == nullptr);
  CHECK(table.find("etcd2", "etcd.health") != nullptr);
}
