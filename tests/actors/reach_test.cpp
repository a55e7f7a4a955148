// A container engine that cannot be reached for a while: nothing is a member's failure, nothing is started twice, no
// end is lost, and whoever asks is told.
#include "tests/support/toy_commands.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
namespace kinds = logic::event_kinds;

namespace {} // namespace

TEST_CASE("while the runtime is out of reach, the status says so, and commands are refused at once") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  world.lose_reach(true);
  CHECK_FALSE(world.status().runtime_unreachable.empty());
  CHECK(world.events_of(kinds::runtime_unreachable).size() == 1);
  for (const auto* verb : {"start", "stop", "down", "pause"}) {
    world.command(verb);
    const auto refused = done(world, 1s);
    CHECK(refused.what.code == "ERR_RUN_004");
    CHECK(refused.code == topology::exit_code::network);
  }
  world.advance(60s);
  CHECK(world.status().services.size() == 10);
  world.lose_reach(false);
  CHECK(world.status().runtime_unreachable.empty());
  CHECK(world.status().state == environment_state::ready);
  CHECK(world.lives() == before);
  CHECK(world.events_of(kinds::service_failed).empty());
}

TEST_CASE("a member that ended while nobody could see it is started again, once, when it can be seen") {
  toy_world world;
  bring_up(world);
  world.lose_reach(true);
  world.kill("etcd2");
  world.advance(20s);
  CHECK(world.runtime().count("start", "etcd2") == 1);
  world.lose_reach(false);
  REQUIRE(world.advance_until_ready(60s));
  CHECK(world.runtime().count("start", "etcd2") == 2);
  CHECK(world.service("etcd2").restarts == 1);
  CHECK(world.events_of(kinds::container_exited, "etcd2").size() == 1);
  CHECK(world.runtime().started_while_running == 0);
}

TEST_CASE("a start whose engine goes away at any moment goes on where it was, and starts nothing twice") {
  const auto moment = GENERATE(range(0, 60));
  toy_world world;
  world.command("start", false, 10min);
  world.advance(std::chrono::milliseconds{moment * 13});
  world.lose_reach(true);
  world.advance(15s);
  world.lose_reach(false);
  const auto outcome = done(world, 5min);
  INFO("after " << moment * 13 << " ms\n" << world.describe());
  CHECK(outcome.what.code.empty());
  CHECK(world.runtime().started_while_running == 0);
  CHECK(world.events_of(kinds::service_failed).empty());
  for (const auto& view : world.status().services) {
    CHECK(view.restarts == 0);
    CHECK(view.waiting_for.empty());
  }
}

TEST_CASE("a start that came to be and ended while nobody could see it is an end like any other") {
  toy_world world;
  world.script("redis2").start_delay = 2s;
  world.command("start", false, 10min);
  REQUIRE(world.advance_until([&] { return world.runtime().count("start", "redis2") == 1; }, 30s));
  world.lose_reach(true);
  world.advance(3s);
  REQUIRE(world.runtime().runs("redis2"));
  world.kill("redis2");
  world.advance(5s);
  world.lose_reach(false);
  CHECK(done(world, 5min).what.code.empty());
  CHECK(world.service("redis2").restarts == 1);
  CHECK(world.events_of(kinds::container_exited, "redis2").size() == 1);
}

TEST_CASE("a teardown whose engine goes away at any moment ends when it is back") {
  const auto moment = GENERATE(range(0, 25));
  const auto* verb = GENERATE("stop", "down");
  toy_world world;
  bring_up(world);
  world.command(verb);
  world.advance(std::chrono::milliseconds{moment * 7});
  world.lose_reach(true);
  world.advance(15s);
  world.lose_reach(false);
  const auto outcome = done(world, 5min);
  INFO(verb << " after " << moment * 7 << " ms");
  CHECK(outcome.what.code.empty());
  CHECK(world.lives().empty());
  CHECK(world.events_of(kinds::service_failed).empty());
}

TEST_CASE("an engine of ours that comes while the runtime is out of reach adopts what runs once it is back") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  world.lose_reach(true);
  world.restart_engine();
  CHECK_FALSE(world.status().runtime_unreachable.empty());
  world.command("stop");
  CHECK(done(world, 1s).what.code == "ERR_RUN_004");
  world.advance(20s);
  world.lose_reach(false);
  REQUIRE(world.advance_until_ready(60s));
  CHECK(world.lives() == before);
  CHECK(world.status().runtime_unreachable.empty());
}
