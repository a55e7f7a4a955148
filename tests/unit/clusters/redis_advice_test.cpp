// Every row of the table at the head of redis_sentinel_advice.cpp, and what must never happen.
#include "tests/unit/clusters/redis_world.hpp"

#include <catch2/catch.hpp>

using Catch::StartsWith;
using paws::testing::redis_world;

namespace {

// redis1 ended; it was the master of the two others, which are still there.
redis_world after_death_of_master(bool keys = true) {
  redis_world world;
  world.context.remembered_leader = "redis1";
  for (int i = 1; i <= 3; ++i)
    world.has_data(i);
  world.replica(2, "redis1", keys, false);
  world.replica(3, "redis1", keys, false);
  return world;
}

} // namespace

TEST_CASE("row 1: a node joins as replica of the node that most Sentinels name") {
  auto world = after_death_of_master();
  world.master(2, {3});
  world.replica(3, "redis2");
  world.names(1, "redis2");
  world.names(2, "redis2");
  world.names(3, "redis1");
  CHECK(world.in_words("redis1") == "replica of redis2");
  SECTION("also when the last leader known is another one") {
    world.context.remembered_leader = "redis3";
    CHECK(world.in_words("redis1") == "replica of redis2");
  }
  SECTION("also when it calls itself master no longer: the Sentinels see to that") {
    world.silent("redis2");
    CHECK(world.in_words("redis1") == "replica of redis2");
  }
  SECTION("also against another node that says master") {
    world.master(3, {});
    CHECK(world.in_words("redis1") == "replica of redis2");
  }
}

TEST_CASE("row 2: an address that is none of the nodes is followed by nobody") {
  auto world = after_death_of_master();
  for (int i = 1; i <= 3; ++i)
    world.names(i, "10.0.0.1");
  CHECK_THAT(world.in_words("redis1"), StartsWith("hold: the Sentinels name 10.0.0.1"));
}

TEST_CASE("rows 3 to 7: the Sentinels still name the node that is about to start") {
  auto world = after_death_of_master();
  for (int i = 1; i <= 3; ++i)
    world.names(i, "redis1", true);
  SECTION("3: another one was promoted, and they have yet to say so") {
    world.master(2, {3});
    CHECK_THAT(world.in_words("redis1"), StartsWith("hold: redis2 says master"));
  }
  SECTION("4: they are replacing it") {
    world.names(3, "redis1", true, true);
    CHECK(world.in_words("redis1") == "hold: the Sentinels are replacing it");
  }
  SECTION("4: but when nobody is there to take its place, it starts") {
    world.names(3, "redis1", true, true);
    world.seen.forget("redis2");
    world.seen.forget("redis3");
    world.context.running.erase("redis2");
    world.context.running.erase("redis3");
    CHECK(world.in_words("redis1") == "master");
  }
  SECTION("5: it brings its data") {
    CHECK(world.in_words("redis1") == "master");
  }
  SECTION("6: its directory was emptied") {
    world.has_data(1, false);
    CHECK_THAT(world.in_words("redis1"), StartsWith("hold: its data is gone, and redis2 may have some"));
  }
  SECTION("6: without an append-only file a directory brings nothing") {
    world.context.cluster.redis.appendonly = false;
    CHECK_THAT(world.in_words("redis1"), StartsWith("hold: its data is gone"));
  }
  SECTION("6: a node that does not answer may have data") {
    world.has_data(1, false);
    world.replica(2, "redis1", false, false);
    world.silent("redis3");
    CHECK_THAT(world.in_words("redis1"), StartsWith("hold: its data is gone, and redis3"));
  }
  SECTION("6: a node that does not run may have data") {
    world.has_data(1, false);
    world.replica(2, "redis1", false, false);
    world.seen.forget("redis3");
    world.context.running.erase("redis3");
    CHECK_THAT(world.in_words("redis1"), StartsWith("hold: its data is gone, and redis3"));
  }
  SECTION("6: a node that is still loading has data") {
    world.has_data(1, false);
    world.replica(3, "redis1", false, false);
    world.put("redis2", paws::clusters::redis::info_ask,
              {{"role", "replica"}, {"keys", "false"}, {"loading", "true"}, {"follows", world.address("redis1")}});
    CHECK_THAT(world.in_words("redis1"), StartsWith("hold: its data is gone, and redis2"));
  }
  SECTION("7: nobody has any") {
    world.has_data(1, false);
    world.replica(2, "redis1", false, false);
    world.replica(3, "redis1", false, false);
    CHECK(world.in_words("redis1") == "master");
  }
}

TEST_CASE("row 8: Sentinels that run are heard first") {
  auto world = after_death_of_master();
  world.unheard("redis-sentinel2");
  CHECK(world.in_words("redis1") == "hold: redis-sentinel2 has yet to say which node is the master");
  SECTION("not so one that was asked in vain") {
    world.silent("redis-sentinel2");
    CHECK(world.in_words("redis1") == "master");
  }
}

TEST_CASE("row 9: Sentinels that disagree") {
  auto world = after_death_of_master();
  world.names(1, "redis1");
  world.names(2, "redis2");
  CHECK(world.in_words("redis1") == "hold: the Sentinels do not agree on a master");
}

TEST_CASE("row 10: without the Sentinels' word a node that says master is followed") {
  auto world = after_death_of_master();
  world.master(2, {3});
  CHECK(world.in_words("redis1") == "replica of redis2");
  SECTION("a minority of the Sentinels is no word") {
    world.names(1, "redis3");
    CHECK(world.in_words("redis1") == "replica of redis2");
  }
  SECTION("of several the one that others follow") {
    world.master(3, {});
    CHECK(world.in_words("redis1") == "replica of redis2");
  }
  SECTION("of equal ones the last leader") {
    world.master(2, {});
    world.master(3, {});
    world.context.remembered_leader = "redis3";
    CHECK(world.in_words("redis1") == "replica of redis3");
    world.context.remembered_leader = "redis1";
    CHECK(world.in_words("redis1") == "hold: several nodes say master");
  }
}

TEST_CASE("row 11: a node that runs and does not answer may be the master") {
  redis_world world;
  world.context.remembered_leader = "redis1";
  for (int i = 1; i <= 3; ++i)
    world.has_data(i);
  SECTION("not asked yet") {
    world.unheard("redis2");
  }
  SECTION("asked in vain") {
    world.silent("redis2");
  }
  CHECK_THAT(world.in_words("redis1"), StartsWith("hold: redis2 runs and may be the master"));
}

TEST_CASE("row 12: what runs follows one node, and no Sentinel does") {
  auto world = after_death_of_master();
  SECTION("it is the one that starts") {
    CHECK(world.in_words("redis1") == "master");
  }
  SECTION("it is, and it was emptied") {
    world.has_data(1, false);
    CHECK_THAT(world.in_words("redis1"), StartsWith("hold: its data is gone"));
  }
  SECTION("it is, and nobody has data: a first start in which the first node was the last to come up") {
    for (int i = 2; i <= 3; ++i)
      world.replica(i, "redis1", false, false);
    world.has_data(1, false);
    CHECK(world.in_words("redis1") == "master");
  }
  SECTION("it is another one") {
    world.seen.forget("redis3");
    world.context.running.erase("redis3");
    CHECK(world.in_words("redis3") == "replica of redis1");
    world.context.remembered_leader = "redis3";
    CHECK(world.in_words("redis3") == "replica of redis1");
  }
}

TEST_CASE("row 13: what runs follows different ones") {
  auto world = after_death_of_master();
  world.replica(3, "redis2");
  CHECK(world.in_words("redis1") == "hold: the other nodes do not follow one master");
  world.replica(2, "10.0.0.1");
  world.replica(3, "10.0.0.1");
  CHECK(world.in_words("redis1") == "hold: the other nodes do not follow one master");
}

TEST_CASE("row 14: nothing runs") {
  const auto [data, last, master] = GENERATE(table<std::vector<int>, std::string, std::string>({
      {{}, "", "redis1"},              // a first start
      {{}, "redis2", "redis1"},        // all was emptied
      {{1, 2, 3}, "redis2", "redis2"}, // a restart
      {{1, 2, 3}, "", "redis1"},       // the journal is gone
      {{1, 2, 3}, "redis9", "redis1"}, // a node that is no more
      {{2, 3}, "redis1", "redis2"},    // the last leader was emptied
      {{3}, "redis1", "redis3"},
      {{3}, "", "redis3"},
      {{1}, "redis1", "redis1"},
  }));
  redis_world world;
  world.context.remembered_leader = last;
  for (const int i : data)
    world.has_data(i);
  CAPTURE(data, last);
  for (int i = 1; i <= 3; ++i)
    CHECK(world.in_words(redis_world::node(i)) == (redis_world::node(i) == master ? "master" : "replica of " + master));
}

TEST_CASE("row 14: without append-only files every cold start is a first one") {
  redis_world world;
  world.context.cluster.redis.appendonly = false;
  world.context.remembered_leader = "redis2";
  for (int i = 1; i <= 3; ++i)
    world.has_data(i);
  CHECK(world.in_words("redis1") == "master");
  CHECK(world.in_words("redis2") == "replica of redis1");
}

TEST_CASE("row 15: a Sentinel joins its peers, at the highest epoch") {
  redis_world world;
  world.well(2);
  world.names(1, "redis1", false, false, 3);
  world.names(3, "redis2", false, false, 4);
  CHECK(world.in_words("redis-sentinel2") == "watch redis2");
  const auto advice = world.advise("redis-sentinel2");
  REQUIRE(advice.files.size() == 1);
  CHECK_THAT(advice.files[0].content, Catch::Contains("sentinel config-epoch mymaster 4\n"));
  CHECK_THAT(advice.files[0].content, Catch::Contains("sentinel current-epoch 4\n"));
  SECTION("also while that node is down: its vote is needed") {
    for (int i = 1; i <= 3; ++i)
      world.silent(redis_world::node(i));
    CHECK(world.in_words("redis-sentinel2") == "watch redis2");
  }
  SECTION("an address that is no node's is no master") {
    world.names(1, "10.0.0.1", false, false, 9);
    CHECK(world.in_words("redis-sentinel2") == "watch redis2");
  }
}

TEST_CASE("row 16: the first Sentinel waits until what runs is attached to the master") {
  redis_world world;
  world.master(1, {2, 3});
  world.replica(2, "redis1");
  world.replica(3, "redis1");
  CHECK(world.in_words("redis-sentinel1") == "watch redis1");
  CHECK(world.advise("redis-sentinel1").files.empty()); // it lies there as rendered
  SECTION("one is not attached yet") {
    world.master(1, {2});
    CHECK(world.in_words("redis-sentinel1") == "hold: waits until redis3 is attached to redis1");
  }
  SECTION("one is down for good") {
    world.master(1, {2});
    world.seen.forget("redis3");
    world.context.running.erase("redis3");
    CHECK(world.in_words("redis-sentinel1") == "watch redis1");
  }
  SECTION("the master is alone") {
    world.master(1, {});
    for (int i = 2; i <= 3; ++i) {
      world.seen.forget(redis_world::node(i));
      world.context.running.erase(redis_world::node(i));
    }
    CHECK(world.in_words("redis-sentinel1") == "hold: waits until redis2 is attached to redis1");
  }
  SECTION("two say master, equally followed") {
    world.master(1, {});
    world.master(2, {});
    CHECK(world.in_words("redis-sentinel1") == "hold: several nodes say master");
  }
}

TEST_CASE("row 17: Sentinels start without a master when only they can name one") {
  auto world = after_death_of_master();
  world.has_data(1, false);
  CHECK(world.in_words("redis-sentinel1") == "watch redis1");
  SECTION("not when nobody has data: the node they follow is about to start") {
    auto empty = after_death_of_master(false);
    CHECK(empty.in_words("redis-sentinel1") == "hold: waits for a Redis master");
  }
  SECTION("not when it runs and has not answered yet") {
    world.unheard("redis1");
    CHECK(world.in_words("redis-sentinel1") == "hold: waits for a Redis master");
  }
}

TEST_CASE("row 18: nothing is known") {
  CHECK(redis_world{}.in_words("redis-sentinel1") == "hold: waits for a Redis master");
}

TEST_CASE("what ran is given its file anew, since the daemon has rewritten it") {
  redis_world world;
  CHECK(world.advise("redis1").files.empty());
  CHECK(world.advise("redis2").files.empty());
  world.has_data(1);
  world.has_data(2);
  for (const auto* name : {"redis1", "redis2"}) {
    const auto advice = world.advise(name);
    REQUIRE(advice.files.size() == 1);
    CHECK(advice.files[0].path == std::string{"/env/members/"} + name + "/run/redis.conf");
    CHECK_FALSE(advice.files[0].keep_existing);
    CHECK(advice.files[0].mode == 0600);
    CHECK(advice.extra_arguments.empty());
  }
}

// In every state that can be told apart for two other nodes, the Sentinels and the member's own data.
TEST_CASE("an empty node never becomes master while another one may have data") {
  const auto other = [](redis_world& world, int i, int state) {
    const auto name = redis_world::node(i);
    if (state == 1)
      world.has_data(i);
    else if (state == 2)
      world.unheard(name);
    else if (state == 3)
      world.silent(name);
    else if (state == 4)
      world.replica(i, "redis1", true, false);
    else if (state == 5)
      world.master(i, {});
    else if (state == 6)
      world.replica(i, i == 2 ? "redis3" : "redis2", true);
    return state != 0;
  };
  int held = 0;
  for (int second = 0; second <= 6; ++second)
    for (int third = 0; third <= 6; ++third)
      for (int named = 0; named <= 3; ++named)
        for (const auto* last : {"", "redis1", "redis2", "redis3"}) {
          redis_world world;
          world.context.remembered_leader = last;
          const bool two = other(world, 2, second);
          const bool three = other(world, 3, third);
          for (int i = 1; named != 0 && i <= 2; ++i)
            world.names(i, redis_world::node(named));
          const auto words = world.in_words("redis1");
          CAPTURE(second, third, named, last, words);
          if (two || three)
            CHECK(words != "master");
          held += words.starts_with("hold") ? 1 : 0;
        }
  CHECK(held > 0);
}
