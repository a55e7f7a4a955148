// What must not keep a command from ending, nor an engine from supervising: a runtime that is slow or refuses, an
// engine that dies over a destruction, members that stand still, and actors that end.
#include "tests/support/toy_commands.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
namespace kinds = logic::event_kinds;

namespace {

const std::vector<toy_part> one{{"one", {}, {}, {}}};

std::size_t place_of_first(toy_world& world, const std::string& verb) {
  const auto& calls = world.runtime().calls;
  return static_cast<std::size_t>(
      std::find_if(calls.begin(), calls.end(), [&](const auto& call) { return call.verb == verb; }) - calls.begin());
}

} // namespace

TEST_CASE("a start that fails ends a restart that still stops its target") {
  toy_world world;
  world.script("etcd2").stop_delay = 30s;
  world.hang("redis2");
  world.command("start", false, 20s);
  world.advance(15s);
  world.command("restart", std::vector<std::string>{"etcd2"});
  CHECK(done(world).code == topology::exit_code::interrupted);
  if (!world.advance_until([&] { return !world.engine_alive(); }, 60s))
    FAIL(world.describe());
  CHECK(world.lives().empty());
  CHECK(world.events_of(kinds::command_ended, "start").size() == 1);
}

TEST_CASE("what ran before a failed start runs after it, also when it was just being restarted") {
  toy_world world;
  world.command("start", std::vector<std::string>{"etcd"});
  REQUIRE(done(world).what.code.empty());
  world.script("etcd2").stop_delay = 30s;
  world.hang("redis2");
  world.command("start", false, 20s);
  world.advance(15s);
  world.command("restart", std::vector<std::string>{"etcd2"});
  CHECK(done(world).code == topology::exit_code::interrupted);
  REQUIRE(world.advance_until([&] { return world.events_of(kinds::command_ended, "start").size() == 2; }, 60s));
  REQUIRE(world.advance_until([&] { return world.service("etcd2").actual == actual_state::ready; }, 60s));
  CHECK(world.lives().size() == 3);
}

TEST_CASE("a start that the runtime takes long for ends well, and nothing fails on the way") {
  const auto delay =
      GENERATE(logic::milliseconds{65'000}, logic::milliseconds{150'200}); // the second outlasts all patience
  toy_world world;
  world.script("etcd2").start_delay = delay;
  world.command("start", false, 10min);
  const auto outcome = done(world, 10min);
  CHECK(outcome.what.code.empty());
  CHECK(world.events_of(kinds::service_failed).empty());
  CHECK(world.runtime().count("start", "etcd2") == 1);
  CHECK(world.runtime().started_while_running == 0);
}

TEST_CASE("data that an engine set out to destroy is destroyed before the next start, all of it") {
  toy_world world;
  bring_up(world);
  world.script("etcd1").stop_delay = 30s;
  world.destroy_data = true;
  world.command("reset");
  world.advance(5s);
  REQUIRE(world.runtime().data.contains("etcd1")); // half of it is done
  REQUIRE_FALSE(world.runtime().data.contains("backend"));
  world.restart_engine();
  world.command("start");
  CHECK(done(world).what.code.empty());
  for (const auto& [name, info] : world.runtime().containers) {
    INFO(name);
    CHECK(info.fresh_data);
    CHECK(info.status == container_status::running);
  }
  world.restart_engine(); // and once is enough
  world.time.settle();
  CHECK(world.lives().size() == 10);
}

TEST_CASE("a down that keeps the data is not taken up again") {
  toy_world world;
  bring_up(world);
  world.script("etcd1").stop_delay = 30s;
  world.command("down");
  world.advance(5s);
  world.restart_engine();
  world.command("start");
  CHECK(done(world).what.code.empty());
  CHECK(world.runtime().data.size() == 10);
  CHECK_FALSE(world.runtime().containers.at("backend").fresh_data); // it was removed, and made again
}

TEST_CASE("a stop lets everybody go on who stands still, before it stops the first") {
  toy_world world;
  bring_up(world);
  world.command("pause");
  done(world);
  world.command("stop");
  CHECK(done(world).what.code.empty());
  CHECK(world.lives().empty());
  const auto& calls = world.runtime().calls;
  const auto stops = place_of_first(world, "stop");
  REQUIRE(stops < calls.size());
  CHECK(std::none_of(calls.begin() + static_cast<std::ptrdiff_t>(stops), calls.end(),
                     [](const auto& call) { return call.verb == "unpause"; }));
  for (const auto& [name, info] : world.runtime().containers)
    CHECK(world.runtime().count("unpause", name) == 1);
}

TEST_CASE("a member that runs on although it was paused means that the others go on") {
  toy_world world;
  bring_up(world);
  world.script("redis2").pause_ignored = true;
  world.command("pause");
  const auto outcome = done(world);
  CHECK(outcome.what.code == "ERR_RUN_002");
  CHECK(outcome.what.message.find("redis2 runs on") != std::string::npos);
  REQUIRE(world.advance_until_ready(10s));
  for (const auto& [name, info] : world.runtime().containers)
    CHECK(info.status == container_status::running);
}

TEST_CASE("an engine does not end while something waits for its next attempt") {
  toy_world world{one};
  bring_up(world);
  world.kill("one");
  world.time.settle();
  REQUIRE(world.service("one").actual == actual_state::exited);
  world.command(GENERATE("pause", "resume"));
  CHECK(done(world).what.code == "ERR_ENG_004");
  CHECK(world.engine_alive());
  CHECK(world.advance_until_ready(10s));
}

TEST_CASE("a restart of the only service that fails leaves an engine that can be asked again") {
  toy_world world{one};
  bring_up(world);
  world.script("one").exits_with = 3;
  world.command("restart", std::vector<std::string>{"one"});
  CHECK(done(world).code == topology::exit_code::unhealthy);
  REQUIRE(world.engine_alive());
  world.script("one").exits_with = -1;
  bring_up(world);
}

TEST_CASE("a restart of a cluster that was never created brings all of it at once: members wait for each other") {
  toy_world world;
  world.command("start", std::vector<std::string>{"etcd"});
  REQUIRE(done(world).what.code.empty());
  world.command("restart", std::vector<std::string>{"redis"});
  CHECK(done(world, 20s).what.code.empty());
  CHECK(world.service("redis3").actual == actual_state::ready);
}

TEST_CASE("a failed service that is to be paused keeps its reason") {
  toy_world world{{{"a", {}, {}, {}}, {"b", {}, {}, {}}}};
  bring_up(world);
  world.script("a").exits_with = 3;
  world.kill("a");
  REQUIRE(world.advance_until([&] { return world.service("a").actual == actual_state::failed; }, 60s));
  world.command("pause");
  CHECK(done(world).what.code.empty());
  CHECK(world.service("a").actual == actual_state::failed);
  CHECK(world.service("a").failure.find("keeps ending") == 0);
}

TEST_CASE("a stop of one leaves the engine with another that is about to come back") {
  toy_world world{{{"a", {}, {}, {}}, {"b", {}, {}, {}}}};
  bring_up(world);
  world.kill("a");
  world.time.settle();
  world.command("stop", std::vector<std::string>{"b"});
  CHECK(done(world).what.code.empty());
  REQUIRE(world.engine_alive());
  CHECK(world.advance_until([&] { return world.service("a").actual == actual_state::ready; }, 10s));
}

TEST_CASE("what cannot be removed is named, and down ends") {
  toy_world world{{{"migrate", {}, {}, topology::goal::completed},
                   {"app", {}, {{"migrate", topology::condition::completed}}, {}},
                   {"late", {}, {{"app", topology::condition::ready}}, {}}}};
  world.script("migrate").exits_with = 0;
  const std::string victim = GENERATE("migrate", "app", "late"); // completed, running, never started
  world.hang("app");
  world.command("start", true, 5s);
  CHECK_FALSE(done(world).what.code.empty());
  world.script(victim).remove_fails = {"ERR_SYS_003", "its directory cannot be removed", "look at it"};
  world.command("down");
  const auto outcome = done(world);
  CHECK(outcome.what.code == "ERR_SYS_003");
  CHECK(outcome.what.message.find(victim) == 0);
  CHECK_FALSE(world.engine_alive());
}

TEST_CASE("who depends on a failed one is told why it waits") {
  toy_world world{{{"a", {}, {}, {}}, {"b", {}, {{"a", topology::condition::ready}}, {}}, {"c", {}, {}, {}}}};
  world.script("a").exits_with = 3;
  world.command("start", true, 2min);
  CHECK(done(world).culprit == "a");
  REQUIRE(world.service("b").waiting_for.size() == 1);
  CHECK(world.service("b").waiting_for[0].what == "a");
  CHECK(world.service("b").waiting_for[0].why.find("failed: keeps ending") == 0);
}

TEST_CASE("a resume says when leadership moved") {
  toy_world world;
  bring_up(world);
  std::string leader;
  for (const auto* name : {"etcd1", "etcd2", "etcd3"})
    if (world.service(name).role == "leader")
      leader = name;
  world.command("pause");
  done(world);
  world.hang(leader);
  world.command("resume");
  world.advance(5s);
  world.heal(leader);
  const auto outcome = done(world);
  CHECK(outcome.what.code.empty());
  const auto moved = " leads instead of " + leader;
  INFO("led before: " << leader << "; notes: " << Catch::Detail::stringify(outcome.notes));
  CHECK(std::count_if(outcome.notes.begin(), outcome.notes.end(),
                      [&](const auto& note) { return note.starts_with("etcd: ") && note.ends_with(moved); }) == 1);
}

TEST_CASE("continued from outside under a pause is said, and another pause holds it again") {
  toy_world world;
  bring_up(world);
  world.command("pause");
  done(world);
  world.freeze("patroni2", false);
  world.advance(2s);
  CHECK(world.service("patroni2").drift == "continued from outside the engine");
  CHECK(world.status().state != environment_state::paused);
  world.command("pause");
  CHECK(done(world).what.code.empty());
  CHECK(world.service("patroni2").actual == actual_state::paused);
  CHECK(world.status().state == environment_state::paused);
}

TEST_CASE("an engine without its runtime or its asker says so and ends, and members go on") {
  toy_world world;
  bring_up(world);
  const bool runtime = GENERATE(true, false);
  if (runtime)
    world.lose_runtime();
  else
    world.lose_asker();
  world.time.settle();
  CHECK_FALSE(world.engine_alive());
  const auto said = world.events_of(kinds::engine_stopping);
  REQUIRE(said.size() == 1);
  CHECK(said[0].text.find(runtime ? "the runtime ended" : "the asker ended") == 0);
  CHECK(world.lives().size() == 10);
}
