// Stopping some, restarting, pausing and resuming, and what changes behind the engine's back.
#include "tests/support/toy_commands.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
using logic::milliseconds;
namespace kinds = logic::event_kinds;

namespace {} // namespace

TEST_CASE("a restart gives only its target a new life, and ends when it is ready") {
  toy_world world;
  bring_up(world);
  auto before = world.lives();
  world.command("restart", std::vector<std::string>{"patroni2"});
  CHECK(done(world).what.code.empty());
  CHECK(world.service("patroni2").actual == actual_state::ready);
  auto after = world.lives();
  CHECK(after["patroni2"] != before["patroni2"]);
  before.erase("patroni2");
  after.erase("patroni2");
  CHECK(after == before);
  CHECK(world.service("patroni2").restarts == 0); // asked for, not suffered
}

TEST_CASE("a restart with its dependents stops them first and starts them last") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  world.command("restart", std::vector<std::string>{"redis"}, true);
  CHECK(done(world).what.code.empty());
  const auto after = world.lives();
  for (const auto* name : {"redis1", "redis2", "redis3", "backend"})
    CHECK(after.at(name) != before.at(name));
  for (const auto* name : {"etcd1", "patroni1"})
    CHECK(after.at(name) == before.at(name));
  CHECK(world.service("backend").actual == actual_state::ready);
}

TEST_CASE("a cluster is restarted member by member and keeps its quorum") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  world.command("restart", std::vector<std::string>{"etcd"});
  bool lost = false;
  world.advance_until(
      [&] {
        std::size_t up = 0;
        for (const auto* name : {"etcd1", "etcd2", "etcd3"})
          up += world.runtime().runs(name) ? 1U : 0U;
        lost = lost || up < 2;
        return world.advance_until_outcome(1ms).has_value();
      },
      60s);
  CHECK_FALSE(lost);
  CHECK(done(world).what.code.empty());
  for (const auto* name : {"etcd1", "etcd2", "etcd3"})
    CHECK(world.lives().at(name) != before.at(name));
}

TEST_CASE("a restart that waits for a dependency stays pending and ends as exactly one instance") {
  toy_world world;
  bring_up(world);
  world.hang("redis2");
  world.hang("redis3");
  world.kill("redis2");
  world.kill("redis3");
  world.advance(5s);
  const auto starts = world.runtime().count("start", "backend");
  world.command("restart", std::vector<std::string>{"backend"});
  world.advance(10s);
  CHECK_FALSE(world.advance_until_outcome(1ms));
  CHECK(world.service("backend").actual == actual_state::created);
  world.heal("redis2");
  world.heal("redis3");
  CHECK(done(world).what.code.empty());
  CHECK(world.runtime().count("start", "backend") == starts + 1);
  CHECK(world.runtime().started_while_running == 0);
}

TEST_CASE("two restarts of the same service are one") {
  toy_world world;
  bring_up(world);
  world.command("restart", std::vector<std::string>{"backend"});
  world.command("restart", std::vector<std::string>{"backend"});
  CHECK(done(world).what.code.empty());
  CHECK(world.runtime().count("start", "backend") == 2);
}

TEST_CASE("a restart that fails says whose log to read") {
  toy_world world;
  bring_up(world);
  world.script("backend").exits_with = 3;
  world.runtime().logs["backend"] = {"cannot open the door"};
  world.command("restart", std::vector<std::string>{"backend"});
  const auto outcome = done(world);
  CHECK(outcome.code == topology::exit_code::unhealthy);
  CHECK(outcome.culprit == "backend");
  CHECK(outcome.log == line_list{"cannot open the door"});
}

TEST_CASE("a stop of some leaves the others, and a start brings them back") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  world.command("stop", std::vector<std::string>{"backend"});
  CHECK(done(world).what.code.empty());
  CHECK(world.engine_alive());
  CHECK(world.service("backend").actual == actual_state::exited);
  CHECK(world.status().state == environment_state::ready); // everything that is wanted
  const auto report = world.health();
  CHECK(report.total == 3);
  CHECK(report.components.back().summary == "stopped on request");
  world.command("start");
  CHECK_FALSE(done(world).already);
  auto after = world.lives();
  CHECK(after.at("etcd1") == before.at("etcd1"));
  CHECK(world.service("backend").actual == actual_state::ready);
  world.command("stop", std::vector<std::string>{"etcd3"});
  CHECK(done(world).what.code.empty());
  CHECK(world.status().state == environment_state::degraded); // its cluster misses it
}

TEST_CASE("a start of one brings what it needs and nothing else") {
  toy_world world;
  world.command("start", std::vector<std::string>{"patroni"});
  CHECK(done(world).what.code.empty());
  CHECK(world.lives().size() == 6);
  CHECK(world.status().state == environment_state::ready);
  world.command("start", std::vector<std::string>{"etcd"});
  CHECK(done(world).already);
  world.command("start");
  CHECK_FALSE(done(world).already);
  CHECK(world.lives().size() == 10);
  world.command("start", std::vector<std::string>{"nobody"});
  CHECK(done(world).what.code == "ERR_CLI_001");
}

TEST_CASE("stopping the last service by name ends the engine") {
  toy_world world{{{"one", {}, {}, {}}}};
  bring_up(world);
  world.command("stop", std::vector<std::string>{"one"});
  CHECK(done(world).what.code.empty());
  CHECK_FALSE(world.engine_alive());
}

TEST_CASE("pause and resume keep every life, and resume proves health anew") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  world.command("pause");
  CHECK(done(world).what.code.empty());
  CHECK(world.status().state == environment_state::paused);
  auto report = world.health();
  CHECK(report.status != "unhealthy");
  CHECK(report.components.front().status == logic::component_status::paused);
  world.advance(10min); // nothing is restarted, nothing is unhealthy
  CHECK(world.status().state == environment_state::paused);
  world.command("pause");
  CHECK(done(world).already);
  const auto checks = world.events_of(kinds::health_checked).size();
  world.command("resume");
  CHECK(done(world).what.code.empty());
  CHECK(world.status().state == environment_state::ready);
  CHECK(world.events_of(kinds::health_checked).size() > checks);
  CHECK(world.lives() == before);
  for (const auto& row : world.status().services)
    CHECK(row.restarts == 0);
}

TEST_CASE("a member that cannot be paused means that the others go on") {
  toy_world world;
  bring_up(world);
  world.script("redis2").pause_fails = {"ERR_RUN_002", "redis2 cannot be frozen", "do something"};
  world.command("pause");
  const auto outcome = done(world);
  CHECK(outcome.what.code == "ERR_RUN_002");
  CHECK(outcome.what.message.find("redis2 could not be paused") != std::string::npos);
  CHECK(outcome.what.remedy == "do something");
  REQUIRE(world.advance_until_ready(10s));
  for (const auto& [name, info] : world.runtime().containers)
    CHECK(info.status == container_status::running);
}

TEST_CASE("a pause that is taken back while members are still being paused leaves nobody standing") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  for (const auto* slow : {"etcd1", "patroni2", "backend"})
    world.script(slow).pause_delay = 800ms;
  world.script("redis2").pause_fails = {"ERR_RUN_002", "redis2 cannot be frozen", "do something"};
  world.command("pause");
  CHECK(done(world).what.code == "ERR_RUN_002");
  world.advance(5s);
  CHECK(world.status().state == environment_state::ready);
  CHECK(world.lives() == before);
  for (const auto& row : world.status().services) {
    CHECK(row.drift.empty());
    CHECK(row.actual == actual_state::ready);
  }
}

TEST_CASE("a start of a paused environment resumes it") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  world.command("pause");
  done(world);
  world.command("start");
  CHECK(done(world).what.code.empty());
  CHECK(world.lives() == before);
}

TEST_CASE("paused from outside is paused, never unhealthy, and the operator's word ends it") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  world.freeze("patroni2", true);
  world.advance(2s);
  CHECK(world.service("patroni2").actual == actual_state::paused);
  CHECK(world.service("patroni2").drift == "paused from outside the engine");
  CHECK(world.status().state == environment_state::degraded);
  world.advance(5min);
  CHECK(world.lives() == before); // nobody restarts it
  SECTION("resumed by the engine") {
    world.command("resume");
    CHECK(done(world).what.code.empty());
  }
  SECTION("continued from outside") {
    world.freeze("patroni2", false);
    REQUIRE(world.advance_until_ready(5s));
  }
  CHECK(world.service("patroni2").drift.empty());
  CHECK(world.status().state == environment_state::ready);
}

TEST_CASE("stopped on purpose from outside is reported and left, until somebody asks") {
  toy_world world;
  bring_up(world);
  world.stop_outside("patroni3");
  world.advance(2s);
  CHECK(world.service("patroni3").actual == actual_state::exited);
  CHECK(world.service("patroni3").drift == "stopped from outside the engine");
  CHECK(world.events_of(kinds::drift_seen, "patroni3").size() == 1);
  world.advance(10min);
  CHECK(world.service("patroni3").actual == actual_state::exited);
  CHECK(world.status().state == environment_state::degraded);
  CHECK(world.service("patroni3").restarts == 0);
  world.command("start");
  CHECK(done(world).what.code.empty());
  CHECK(world.service("patroni3").drift.empty());
}

TEST_CASE("what was half stopped when the engine died is stopped to the end, and a start brings it back") {
  toy_world world;
  bring_up(world);
  world.runtime().containers["etcd2"].stop_requested = true; // the last engine asked, and died
  world.restart_engine();
  world.command("start");
  CHECK(done(world).what.code.empty());
  CHECK(world.runtime().count("start", "etcd2") == 2);
  CHECK(world.runtime().count("start", "etcd1") == 1);
}

TEST_CASE("a new engine misses a member that ended while nobody watched") {
  saved_state remembered;
  for (const auto& part : toy_stack())
    for (const auto& member : part.members.empty() ? std::vector<std::string>{part.name} : part.members)
      remembered.desired[member] = "running";
  toy_world world{toy_stack(), remembered};
  bring_up(world);
  world.runtime().swallow_events = true;
  world.kill("backend");
  world.restart_engine();
  world.runtime().swallow_events = false;
  world.advance(2s);
  CHECK(world.status().state == environment_state::degraded);
  CHECK(world.health().status == "unhealthy");
}

TEST_CASE("a one-shot that is done stays done for the next engine, and runs again after a stop") {
  saved_state remembered;
  remembered.desired = {{"migrate", "running"}, {"app", "running"}};
  toy_world world{{{"migrate", {}, {}, topology::goal::completed}, {"app", {}, {}, {}}}, remembered};
  world.script("migrate").exits_with = 0;
  bring_up(world);
  world.advance(1s);
  world.restart_engine();
  world.command("start");
  CHECK(done(world).what.code.empty());
  CHECK(world.service("migrate").actual == actual_state::completed);
  CHECK(world.runtime().count("start", "migrate") == 1);
  world.command("stop");
  CHECK(done(world).what.code.empty());
  world.restart_engine();
  bring_up(world);
  CHECK(world.service("migrate").actual == actual_state::completed);
  CHECK(world.runtime().count("start", "migrate") == 2);
}

TEST_CASE("a whole stop interrupts a restart") {
  toy_world world;
  bring_up(world);
  world.hang("redis1");
  world.command("restart", std::vector<std::string>{"redis1"});
  world.advance(1s);
  world.command("stop");
  CHECK(done(world).what.code.empty());
  CHECK(world.lives().empty());
  CHECK_FALSE(world.engine_alive());
}

TEST_CASE("an engine that stood still for 90 s restarts nothing") {
  toy_world world;
  bring_up(world);
  const auto before = world.lives();
  world.time.jump(90s);
  world.advance(5s);
  CHECK(world.status().state == environment_state::ready);
  CHECK(world.lives() == before);
  for (const auto& row : world.status().services)
    CHECK(row.restarts == 0);
}
