#include "tests/unit/clusters/redis_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace paws;
using namespace paws::clusters::redis;
using logic::check_status;
using logic::component_status;
using paws::testing::redis_world;

namespace {

logic::member_view member(const logic::cluster_view& view, const std::string& name) {
  const auto at = std::ranges::find(view.members, name, &logic::member_view::name);
  return at == view.members.end() ? logic::member_view{} : *at;
}

logic::check check_of(const logic::cluster_view& view, const std::string& name) {
  const auto at = std::ranges::find(view.checks, name, &logic::check::name);
  return at == view.checks.end() ? logic::check{} : *at;
}

void stop(redis_world& world, const std::string& name) {
  world.seen.forget(name);
  world.context.running.erase(name);
}

} // namespace

TEST_CASE("a whole Redis cluster is ready") {
  redis_world world;
  world.well(2);
  const auto view = world.judge();
  CHECK(view.ready);
  CHECK(view.quorum);
  CHECK(view.replicating);
  CHECK(view.leader == "redis2");
  CHECK(view.awaited.empty());
  CHECK(view.status == component_status::healthy);
  CHECK(view.summary == "3/3 healthy, master redis2 (127.36.105.32:6379), 2/2 replicas online, 3/3 Sentinels agree");
  REQUIRE(view.members.size() == 6);
  CHECK(member(view, "redis2").role == "master");
  CHECK(member(view, "redis1").role == "replica");
  CHECK(member(view, "redis-sentinel1").role == "sentinel");
  CHECK(std::ranges::all_of(view.members, &logic::member_view::healthy));
  CHECK(std::ranges::all_of(view.checks, [](const auto& one) {
    return one.status == check_status::pass && one.error.empty() && !one.value.empty();
  }));
  CHECK(check_of(view, "master").value == "redis2 at 127.36.105.32:6379");
}

TEST_CASE("nothing known yet") {
  const auto view = redis_world{}.judge();
  CHECK(view.status == component_status::unknown);
  CHECK_FALSE((view.ready || view.quorum || view.replicating));
  CHECK(view.leader.empty());
  REQUIRE_FALSE(view.awaited.empty());
  CHECK(view.awaited.front() == "no node says master yet");
}

TEST_CASE("replicas online, Sentinels still to come: replicating, with a leader") {
  redis_world world;
  world.master(1, {2, 3});
  world.replica(2, "redis1");
  world.replica(3, "redis1");
  const auto view = world.judge();
  CHECK(view.replicating);
  CHECK(view.leader == "redis1");
  CHECK_FALSE((view.quorum || view.ready));
  CHECK(member(view, "redis1").healthy);
  CHECK(member(view, "redis3").healthy);
  CHECK(view.awaited.front() == "redis-sentinel1 is not running");
}

TEST_CASE("a replica is online when both ends say so") {
  redis_world world;
  world.well(1);
  SECTION("its own link is down") {
    world.replica(3, "redis1", true, false);
  }
  SECTION("the master does not list it") {
    world.master(1, {2});
  }
  SECTION("it follows another one") {
    world.replica(3, "redis2");
  }
  SECTION("it does not answer") {
    world.silent("redis3");
  }
  const auto view = world.judge();
  CHECK_FALSE((view.replicating || view.ready));
  CHECK(view.quorum);
  CHECK(view.leader == "redis1");
  CHECK_FALSE(member(view, "redis3").healthy);
  CHECK_FALSE(member(view, "redis3").why.empty());
  CHECK(member(view, "redis2").healthy);
  CHECK(view.status == component_status::degraded);
  CHECK(check_of(view, "replicas").status == check_status::warn);
  CHECK(check_of(view, "replicas").value == "1/2 online");
}

TEST_CASE("without any replica no write is taken") {
  redis_world world;
  world.well(1);
  world.master(1, {});
  stop(world, "redis2");
  stop(world, "redis3");
  const auto view = world.judge();
  CHECK(view.status == component_status::unhealthy);
  CHECK(check_of(view, "replicas").status == check_status::fail);
  CHECK(view.leader == "redis1");
}

TEST_CASE("a frozen old master that thaws still says master") {
  redis_world world;
  world.well(2);
  world.master(1, {});
  world.master(2, {3});
  const auto view = world.judge();
  CHECK(view.leader == "redis2");
  CHECK(member(view, "redis1").role == "master");
  CHECK_FALSE(member(view, "redis1").healthy);
  CHECK(member(view, "redis1").why == "still says master, but redis2 is the master");
  CHECK(check_of(view, "one master").status == check_status::fail);
  CHECK_FALSE(view.ready);
}

TEST_CASE("the master that the Sentinels name must act as one") {
  redis_world world;
  world.well(1);
  std::string awaited;
  SECTION("it is gone") {
    stop(world, "redis1");
    awaited = "the Sentinels name redis1, which is not running";
  }
  SECTION("it does not answer") {
    world.silent("redis1");
    awaited = "the Sentinels name redis1, which does not answer: no answer in time";
  }
  SECTION("it is a replica by now") {
    world.replica(1, "redis2");
    awaited = "the Sentinels name redis1, which does not act as master";
  }
  SECTION("it is none of the nodes") {
    for (int i = 1; i <= 3; ++i)
      world.names(i, "10.0.0.1");
    awaited = "the Sentinels name 10.0.0.1, which is none of the nodes";
  }
  const auto view = world.judge();
  CHECK(view.leader.empty());
  CHECK_FALSE((view.ready || view.quorum || view.replicating));
  CHECK(view.status == component_status::unhealthy);
  CHECK(view.awaited.front() == awaited);
  CHECK(check_of(view, "master").error == awaited);
  CHECK(check_of(view, "quorum").status == check_status::pass); // they can decide
}

TEST_CASE("ready means that the Sentinels could replace the master this instant") {
  redis_world world;
  world.well(1);
  const auto facts = [&](const char* name, const char* value) {
    auto known = world.seen.find("redis-sentinel3", std::string{master_ask})->known;
    known[name] = value;
    world.put("redis-sentinel3", master_ask, known);
  };
  SECTION("one does not know both replicas") {
    facts("replicas", "1");
  }
  SECTION("one does not know both others") {
    facts("peers", "1");
    world.put("redis-sentinel3", peers_ask, {{"linked", "1"}});
  }
  SECTION("one knows a Sentinel too many") {
    facts("peers", "3");
    world.put("redis-sentinel3", peers_ask, {{"linked", "3"}});
  }
  SECTION("one holds the master to be down") {
    facts("down", "true");
  }
  SECTION("one is replacing the master") {
    facts("failing_over", "true");
  }
  SECTION("one names another") {
    world.names(3, "redis2");
  }
  SECTION("one is not connected with a replica") {
    world.put("redis-sentinel3", replicas_ask, {{"linked", "1"}});
  }
  SECTION("one is not connected with the others") {
    world.put("redis-sentinel3", peers_ask, {{"linked", "0"}});
  }
  SECTION("one does not answer") {
    world.silent("redis-sentinel3");
  }
  SECTION("one is gone") {
    stop(world, "redis-sentinel3");
  }
  const auto view = world.judge();
  CHECK_FALSE(view.ready);
  CHECK(view.quorum);
  CHECK(view.replicating);
  CHECK(view.status == component_status::degraded);
  REQUIRE(view.awaited.size() == 1);
  CHECK_THAT(view.awaited.front(), Catch::StartsWith("redis-sentinel3 "));
  CHECK(check_of(view, "sentinels").status == check_status::warn);
  CHECK(member(view, "redis-sentinel1").healthy);
  CHECK(member(view, "redis-sentinel2").healthy);
}

TEST_CASE("a Sentinel that is lost takes nobody else's health") {
  redis_world world;
  world.well(1);
  stop(world, "redis-sentinel3");
  for (int i = 1; i <= 2; ++i)
    world.put(redis_world::sentinel(i), peers_ask, {{"linked", "1"}});
  const auto view = world.judge();
  CHECK(view.quorum);
  CHECK_FALSE(view.ready);
  CHECK(std::ranges::count_if(view.members, &logic::member_view::healthy) == 5);
  CHECK(view.summary == "3/3 healthy, master redis1 (127.36.105.31:6379), 2/2 replicas online, 2/3 Sentinels agree");
}

TEST_CASE("Sentinel quorum lost") {
  redis_world world;
  world.well(1);
  SECTION("two are gone") {
    stop(world, "redis-sentinel2");
    stop(world, "redis-sentinel3");
  }
  SECTION("they are cut off from each other") {
    for (int i = 1; i <= 3; ++i)
      world.put(redis_world::sentinel(i), peers_ask, {{"linked", "0"}});
  }
  const auto view = world.judge();
  CHECK_FALSE((view.quorum || view.ready));
  CHECK(view.leader == "redis1"); // it goes on serving
  CHECK(view.status == component_status::unhealthy);
  CHECK(check_of(view, "quorum").status == check_status::fail);
  CHECK_THAT(check_of(view, "quorum").error, Catch::StartsWith("[REDIS] ERR_REDIS_001: Sentinel quorum lost"));
  CHECK_THAT(view.summary, Catch::EndsWith(", quorum lost"));
}

TEST_CASE("a quorum above the majority counts") {
  redis_world world;
  world.context.cluster.redis.quorum = 3;
  world.well(1);
  CHECK(world.judge().quorum);
  stop(world, "redis-sentinel1");
  CHECK_FALSE(world.judge().quorum);
}

TEST_CASE("lag of a Redis replica") {
  redis_world world;
  world.well(1);
  CHECK(member(world.judge(), "redis2").lag_ms == 0);
  CHECK(member(world.judge(), "redis1").lag_ms == -1);
  auto known = world.seen.find("redis1", std::string{info_ask})->known;
  known["offset"] = "200";
  known["lag.127.36.105.32"] = "3";
  known["lag.127.36.105.33"] = "18446744073709551615";
  world.put("redis1", info_ask, known);
  CHECK(member(world.judge(), "redis2").lag_ms == 3000);
  CHECK(member(world.judge(), "redis3").lag_ms > 0);
  auto own = world.seen.find("redis2", std::string{info_ask})->known;
  own["offset"] = "200"; // it has all, and has yet to acknowledge it
  world.put("redis2", info_ask, own);
  CHECK(member(world.judge(), "redis2").lag_ms == 0);
}

TEST_CASE("facts of any content do not mislead the judgement") {
  redis_world world;
  world.well(1);
  world.put("redis-sentinel1", master_ask, {});
  world.put("redis-sentinel2", master_ask, {{"names", ""}, {"replicas", "x"}, {"peers", "-1"}});
  world.put("redis2", info_ask, {{"role", "replica"}});
  world.put("redis9", info_ask, {{"role", "master"}});
  const auto view = world.judge();
  CHECK_FALSE((view.ready || view.quorum || view.replicating));
  CHECK(view.members.size() == 6);
}

TEST_CASE("one node and one Sentinel") {
  redis_world world;
  world.context.cluster.members.resize(1);
  world.context.cluster.sentinels.resize(1);
  world.context.cluster.redis.quorum = 1;
  world.master(1, {});
  world.put(
      "redis-sentinel1", master_ask,
      {{"names", "127.36.105.31"}, {"down", "false"}, {"failing_over", "false"}, {"replicas", "0"}, {"peers", "0"}});
  world.put("redis-sentinel1", replicas_ask, {{"linked", "0"}});
  world.put("redis-sentinel1", peers_ask, {{"linked", "0"}});
  CHECK(world.judge().ready);
  CHECK(world.judge().status == component_status::healthy);
}

TEST_CASE("Sentinels that stood still rest: a warning, and nothing is unhealthy") {
  redis_world world;
  world.well(1);
  world.put("redis-sentinel1", tilt_ask, {{"tilt", "false"}});
  world.put("redis-sentinel2", tilt_ask, {{"tilt", "true"}});
  auto view = world.judge();
  CHECK(view.ready);
  CHECK(view.status == component_status::healthy);
  CHECK(check_of(view, "tilt").status == check_status::warn);
  CHECK(check_of(view, "tilt").error == "redis-sentinel2 stood still and will replace no master for up to 30 s (TILT)");
  world.put("redis-sentinel3", tilt_ask, {{"tilt", "true"}});
  view = world.judge();
  CHECK(view.ready);
  CHECK(check_of(view, "tilt").error.find("a failover has to wait") != std::string::npos);
  world.put("redis-sentinel2", tilt_ask, {{"tilt", "false"}});
  world.put("redis-sentinel3", tilt_ask, {{"tilt", "false"}});
  CHECK(check_of(world.judge(), "tilt").name.empty());
}
