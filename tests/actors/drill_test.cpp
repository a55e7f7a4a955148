// Drills over the simulated runtime: what is noted before what is done, who is left alone meanwhile, and what is taken
// back whoever dies.
#include "tests/support/toy_commands.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
namespace kinds = logic::event_kinds;

namespace {

void send_drill(toy_world& world, const std::string& drill, const std::string& fault, std::int64_t repeat = 1) {
  operator_command what;
  what.name = "drill";
  what.drill = drill;
  what.fault = fault;
  what.repeat = repeat;
  what.trace_id = "drill-1";
  world.send(what);
}

bool advance_until_broken(toy_world& world) {
  return world.advance_until([&] { return !world.events_of(kinds::fault_injected).empty(); }, 60s);
}

} // namespace

TEST_CASE("a drill keeps its victim down, starts it again, and leaves nothing open") {
  toy_world world;
  bring_up(world);
  send_drill(world, "patroni-leader", "kill");
  REQUIRE(advance_until_broken(world));
  const auto victim = world.events_of(kinds::fault_injected).front().subject;
  REQUIRE(world.faults.size() == 1);
  CHECK(world.faults.front().member == victim);
  world.advance(20s);
  CHECK(world.service(victim).actual == actual_state::exited);
  CHECK(world.service(victim).restarts == 0);
  CHECK(world.service(victim).drift == "down for a drill");
  CHECK(world.status().in_progress == "drill");
  CHECK(world.status().open_faults == std::vector<std::string>{victim + ": kill"});
  const auto outcome = done(world);
  CHECK(outcome.what.code.empty());
  REQUIRE(outcome.drills.size() == 1);
  CHECK(outcome.drills[0].passed);
  CHECK(outcome.drills[0].recovered);
  CHECK(outcome.drills[0].zero_loss == logic::loss_claim::not_claimed); // nothing was written
  CHECK(world.faults.empty());
  CHECK(world.status().open_faults.empty());
  CHECK(world.status().state == environment_state::ready);
}

TEST_CASE("a paused victim is no drift that an operator would have to see to") {
  toy_world world;
  bring_up(world);
  send_drill(world, "etcd-member", "pause");
  REQUIRE(advance_until_broken(world));
  const auto victim = world.events_of(kinds::fault_injected).front().subject;
  world.advance(1s);
  CHECK(done(world).drills.at(0).recovered);
  CHECK(world.service(victim).actual == actual_state::ready);
  CHECK(world.service(victim).drift.empty());
  CHECK(world.faults.empty());
}

TEST_CASE("drills come one after another, and each begins with all well") {
  toy_world world;
  bring_up(world);
  send_drill(world, "redis-master", "kill", 3);
  const auto outcome = done(world);
  REQUIRE(outcome.drills.size() == 3);
  CHECK(std::all_of(outcome.drills.begin(), outcome.drills.end(), [](const auto& each) { return each.passed; }));
  CHECK(world.engine_alive());
}

TEST_CASE("an engine that dies over a drill: the next one takes back what stands still before it looks at anything") {
  toy_world world;
  bring_up(world);
  for (const auto* fault : {"pause", "kill"}) {
    INFO(fault);
    send_drill(world, "patroni-leader", fault);
    const auto before = world.events_of(kinds::fault_injected).size();
    REQUIRE(world.advance_until([&] { return world.events_of(kinds::fault_injected).size() > before; }, 60s));
    world.advance(5s);
    REQUIRE(world.faults.size() == 1);
    const auto victim = world.faults.front().member;
    world.restart_engine();
    REQUIRE(world.advance_until([&] { return world.faults.empty(); }, 60s));
    REQUIRE(world.advance_until_ready(60s));
    CHECK(world.service(victim).actual == actual_state::ready);
  }
}

TEST_CASE("undo ends a drill, which gives back what it has taken") {
  toy_world world;
  bring_up(world);
  send_drill(world, "patroni-leader", "pause");
  REQUIRE(advance_until_broken(world));
  world.command("undo");
  CHECK_FALSE(done(world).already);
  CHECK(world.faults.empty());
  REQUIRE(world.advance_until_ready(60s));
  CHECK(world.engine_alive());
  world.command("undo");
  CHECK(done(world).already);
}

TEST_CASE("a stack that does not come back has not passed, and the next drill is refused until it is well") {
  toy_world world;
  bring_up(world);
  send_drill(world, "redis-master", "kill");
  REQUIRE(advance_until_broken(world));
  world.hang(world.faults.front().member);
  const auto outcome = done(world);
  CHECK(outcome.what.code == "ERR_DRILL_001");
  CHECK(outcome.code == topology::exit_code::unhealthy);
  send_drill(world, "redis-master", "kill");
  CHECK(done(world).what.code == "ERR_ENG_005");
}

TEST_CASE("a fault that cannot be taken back stays open, is named, and keeps other drills from beginning") {
  toy_world world;
  bring_up(world);
  world.faults = {{7, "earlier", logic::fault_kind::pause, "etcd1", {}, 0}};
  world.freeze("etcd1", true);
  world.script("etcd1").unpause_fails = {"ERR_RUN_002", "it does not want to", "try again"};
  world.command("undo");
  CHECK(done(world).what.code == "ERR_DRILL_002");
  CHECK(world.status().open_faults == std::vector<std::string>{"etcd1: pause"});
  send_drill(world, "redis-master", "kill");
  CHECK(done(world).what.code == "ERR_DRILL_003");
  world.script("etcd1").unpause_fails = {};
  world.command("undo");
  CHECK(done(world).what.code.empty());
  CHECK(world.faults.empty());
}

TEST_CASE("a fault that cannot be taken back at once is tried again while the drill waits") {
  toy_world world;
  bring_up(world);
  send_drill(world, "etcd-member", "pause");
  REQUIRE(advance_until_broken(world));
  const auto victim = world.faults.at(0).member;
  world.script(victim).unpause_fails = {"ERR_RUN_002", "it does not want to", "try again"};
  world.advance(20s);
  REQUIRE(world.faults.size() == 1);
  world.script(victim).unpause_fails = {};
  const auto outcome = world.advance_until_outcome(20s);
  REQUIRE(outcome);
  CHECK(outcome->what.code == "ERR_DRILL_001"); // it was not taken back when it was to be
  CHECK(outcome->drills.at(0).recovered);
  CHECK(world.faults.empty());
}

TEST_CASE("undo of a drill ends and says so when the fault cannot be taken back") {
  toy_world world;
  bring_up(world);
  send_drill(world, "patroni-leader", "pause");
  REQUIRE(advance_until_broken(world));
  const auto victim = world.faults.at(0).member;
  world.script(victim).unpause_fails = {"ERR_RUN_002", "it does not want to", "try again"};
  world.command("undo");
  const auto undone = world.advance_until_outcome(20s);
  REQUIRE(undone);
  CHECK(undone->what.code == "ERR_DRILL_002");
  CHECK(world.status().open_faults == std::vector<std::string>{victim + ": pause"});
  send_drill(world, "redis-master", "kill");
  CHECK(done(world).what.code == "ERR_DRILL_003");
  world.script(victim).unpause_fails = {};
  world.command("undo");
  CHECK(done(world).what.code.empty());
  CHECK(world.faults.empty());
}

TEST_CASE("drills of one second have names of their own") {
  toy_world world;
  bring_up(world);
  for (int i = 0; i < 2; ++i) {
    send_drill(world, "redis-master", "kill");
    world.command("undo");
    done(world);
    world.advance_until_ready(1s);
  }
  const auto begun = world.events_of(kinds::drill_begun);
  REQUIRE(begun.size() == 2);
  CHECK(begun[0].subject != begun[1].subject);
}
