// What a new engine finds, also what it does not know; and a start that is interrupted, by whoever may.
#include "tests/support/toy_commands.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
namespace kinds = logic::event_kinds;

namespace {

// As another profile, or an older topology, has left it.
void leave(toy_world& world, const std::string& name, container_status status) {
  auto& info = world.runtime().containers[name];
  info.name = name;
  info.id = name + "-1";
  info.status = status;
  world.runtime().data.insert(name);
}

operator_command interrupt(const std::string& trace_id) {
  operator_command out;
  out.name = "stop";
  out.interrupted = true;
  out.trace_id = trace_id;
  return out;
}

operator_command start_as(const std::string& trace_id) {
  operator_command out;
  out.name = "start";
  out.trace_id = trace_id;
  return out;
}

} // namespace

TEST_CASE("members that the plan does not know are reported, and every teardown reaches them") {
  toy_world world;
  bring_up(world);
  leave(world, "stranger", container_status::running);
  leave(world, "relic", container_status::exited);
  world.restart_engine();
  CHECK(world.status().unknown_members == std::vector<std::string>{"stranger"});
  CHECK(world.events_of(kinds::drift_seen, "stranger").size() == 1);
  CHECK(world.events_of(kinds::drift_seen, "relic").empty());

  SECTION("stop") {
    world.command("stop");
    REQUIRE(world.advance_until_outcome(60s));
    CHECK(world.runtime().containers["stranger"].status == container_status::exited);
    CHECK(world.runtime().count("stop", "relic") == 0);
    CHECK(world.runtime().data.contains("stranger"));
  }
  SECTION("down") {
    world.command("down");
    REQUIRE(world.advance_until_outcome(60s));
    for (const auto* name : {"stranger", "relic"})
      CHECK(world.runtime().containers[name].status == container_status::absent);
    CHECK(world.runtime().data.contains("stranger"));
  }
  SECTION("reset") {
    world.destroy_data = true;
    world.command("reset");
    REQUIRE(world.advance_until_outcome(60s));
    CHECK(world.runtime().data.empty());
  }
  CHECK_FALSE(world.engine_alive());
}

TEST_CASE("what ended while no engine lived is shown as ended, and a start brings it back") {
  toy_world world;
  bring_up(world);
  world.runtime().swallow_events = true; // nobody hears
  world.kill("backend");
  world.time.settle();
  world.restart_engine();
  world.runtime().swallow_events = false;
  CHECK(world.service("backend").actual == actual_state::exited);
  CHECK(world.runtime().count("start", "backend") == 1);
  world.command("start");
  const auto outcome = world.advance_until_outcome(60s);
  REQUIRE(outcome);
  CHECK(outcome->what.code.empty());
  CHECK(world.service("backend").actual == actual_state::ready);
  CHECK(world.runtime().count("start", "backend") == 2);
}

TEST_CASE("after a stop the next engine shows what there is") {
  toy_world world;
  bring_up(world);
  world.command("stop");
  REQUIRE(world.advance_until_outcome(60s));
  world.restart_engine();
  CHECK(world.status().state == environment_state::stopped);
  CHECK(world.service("etcd1").actual == actual_state::exited);
  world.command("down");
  REQUIRE(world.advance_until_outcome(60s));
  for (const auto& [name, info] : world.runtime().containers)
    CHECK(info.status == container_status::absent);
}

TEST_CASE("an interrupted start stops what it started and leaves what ran before") {
  toy_world world;
  bring_up(world);
  world.command("stop", std::vector<std::string>{"backend"});
  REQUIRE(world.advance_until_outcome(60s));
  const auto before = world.lives();
  world.hang("backend");
  world.send(start_as("mine"));
  world.advance(2s);
  REQUIRE(world.runtime().runs("backend"));
  CHECK(world.status().in_progress == "start");

  world.send(interrupt("mine"));
  const auto outcome = world.advance_until_outcome(60s);
  REQUIRE(outcome);
  CHECK(outcome->code == topology::exit_code::interrupted);
  CHECK(outcome->what.code == "ERR_SYS_005");
  CHECK_FALSE(outcome->engine_ends);
  CHECK(world.lives() == before);
  CHECK(world.engine_alive());
  CHECK(world.status().state == environment_state::ready);
  CHECK(world.status().in_progress.empty());
}

TEST_CASE("an interrupted first start leaves nothing, and the engine ends") {
  toy_world world;
  world.send(start_as("mine"));
  world.advance(300ms);
  world.send(interrupt("mine"));
  const auto outcome = world.advance_until_outcome(60s);
  REQUIRE(outcome);
  CHECK(outcome->what.code == "ERR_SYS_005");
  CHECK(outcome->engine_ends);
  CHECK(world.lives().empty());
  CHECK_FALSE(world.engine_alive());
}

TEST_CASE("an engine that came for a start which was never asked for ends with it") {
  toy_world world;
  world.send(interrupt("mine"));
  const auto outcome = world.advance_until_outcome(1ms);
  REQUIRE(outcome);
  CHECK(outcome->already);
  CHECK(outcome->engine_ends);
  CHECK_FALSE(world.engine_alive());
}

TEST_CASE("who joined a start, or comes after it, interrupts nothing") {
  toy_world world;
  world.hang("redis2");
  world.send(start_as("theirs"));
  world.advance(1s);
  world.send(start_as("mine")); // joins
  world.send(interrupt("mine"));
  auto outcome = world.advance_until_outcome(1ms);
  REQUIRE(outcome);
  CHECK(outcome->already);
  world.heal("redis2");
  REQUIRE(world.advance_until_ready(60s));
  world.send(interrupt("theirs"));
  outcome = world.advance_until_outcome(1ms);
  REQUIRE(outcome);
  CHECK(outcome->already);
  CHECK(world.status().state == environment_state::ready);
}
