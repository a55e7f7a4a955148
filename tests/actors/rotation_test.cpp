// Secrets are changed while everything runs, whatever happens on the way.
#include "tests/support/toy_commands.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
namespace kinds = logic::event_kinds;

namespace {

const std::map<std::string, std::string> old_values{{toy_password, "old-one"}, {toy_data_password, "old-two"}};

toy_world make_world() {
  return toy_world{toy_stack(), {}, old_values};
}

void bring_up_old(toy_world& world) {
  world.data_password = "old-two";
  bring_up(world);
}

void rotate(toy_world& world, std::vector<std::string> names = {}) {
  operator_command what;
  what.name = "rotate";
  what.secrets = std::move(names);
  world.send(what);
}

const std::vector<std::string> clustered{"etcd1",    "etcd2",  "etcd3",  "patroni1", "patroni2",
                                         "patroni3", "redis1", "redis2", "redis3"};

// What is true when all is changed: new values everywhere, no old one anywhere, everything healthy.
void check_changed(toy_world& world) {
  INFO(world.describe());
  CHECK(world.pending().names.empty());
  CHECK(world.secrets.at(toy_password) != "old-one");
  CHECK(world.data_password == world.secrets.at(toy_data_password));
  for (const auto& member : clustered) {
    CHECK(world.accepts(member, world.secrets.at(toy_password)));
    CHECK_FALSE(world.accepts(member, "old-one"));
  }
  CHECK(world.runtime().started_with["backend"].at(0).content == world.secrets.at(toy_password));
  CHECK(world.status().state == environment_state::ready);
  CHECK(world.health().status == "healthy");
  CHECK(world.status().in_progress.empty());
}

} // namespace

TEST_CASE("all secrets are changed, members live on, and services that read them are restarted") {
  auto world = make_world();
  bring_up_old(world);
  auto before = world.lives();
  rotate(world);
  const auto outcome = done(world);
  CHECK(outcome.what.code.empty());
  CHECK(outcome.rotated == std::vector<std::string>{toy_data_password, toy_password});
  CHECK(outcome.duration_ms >= 0);
  check_changed(world);
  auto after = world.lives();
  CHECK(after["backend"] != before["backend"]);
  before.erase("backend");
  after.erase("backend");
  CHECK(after == before);
  for (const auto& row : world.status().services)
    CHECK(row.restarts == 0);
}

TEST_CASE("whoever reads the secrets file gets in at every moment, and no member is unready") {
  auto world = make_world();
  bring_up_old(world);
  rotate(world);
  std::size_t refused = 0, looked = 0;
  const bool over = world.advance_until(
      [&] {
        for (const auto& member : clustered) {
          refused += world.accepts(member, world.secrets.at(toy_password)) ? 0U : 1U;
          ++looked;
        }
        for (const auto* cluster : {"etcd", "patroni", "redis"})
          for (const auto& each : world.events_of(kinds::cluster_state, cluster))
            refused += each.text.find("awaits") == 0 && each.at_us > 60'000'000 ? 1U : 0U;
        return world.pending().names.empty() && looked > 100;
      },
      200s);
  CHECK(over);
  CHECK(refused == 0);
  CHECK(done(world).what.code.empty());
  check_changed(world);
}

TEST_CASE("what is told names steps and secrets, and never a value") {
  auto world = make_world();
  bring_up_old(world);
  operator_command what;
  what.name = "rotate";
  what.trace_id = "abc";
  world.send(what);
  CHECK(done(world).what.code.empty());
  const auto steps = world.events_of(kinds::secrets_step);
  CHECK(steps.size() > 30);
  for (const auto& each : steps)
    CHECK(each.fields.at("trace_id") == "abc");
  for (const auto& each : world.events) {
    auto all = each.text + each.subject;
    for (const auto& [key, value] : each.fields)
      all += " " + value;
    for (const auto* value : {"old-one", "old-two", "TOY_PASSWORD-1", "TOY_DATA_PASSWORD-1"})
      CHECK(all.find(value) == std::string::npos);
  }
}

TEST_CASE("one secret is changed without touching the others") {
  auto world = make_world();
  bring_up_old(world);
  const auto before = world.lives();
  rotate(world, {toy_data_password});
  CHECK(done(world).rotated == std::vector<std::string>{toy_data_password});
  CHECK(world.secrets.at(toy_password) == "old-one");
  CHECK(world.data_password == world.secrets.at(toy_data_password));
  CHECK(world.lives() == before);
  for (const auto& each : world.obeyed)
    CHECK(each.ends_with(" ALTER"));
}

TEST_CASE("secrets are changed again and again") {
  auto world = make_world();
  bring_up_old(world);
  for (int i = 0; i < 5; ++i) {
    const auto before = world.secrets;
    rotate(world);
    CHECK(done(world).what.code.empty());
    CHECK(world.secrets.at(toy_password) != before.at(toy_password));
    CHECK_FALSE(world.accepts("redis2", before.at(toy_password)));
  }
  check_changed(world);
}

TEST_CASE("a rotation is refused when it cannot be done, and says why") {
  auto world = make_world();
  bring_up_old(world);
  SECTION("an unknown name") {
    rotate(world, {"NOBODY"});
    const auto outcome = done(world);
    CHECK(outcome.what.code == "ERR_CLI_001");
    CHECK(outcome.code == topology::exit_code::invalid);
    CHECK(outcome.what.remedy.find(toy_password) != std::string::npos);
  }
  SECTION("a name whose value is the user's") {
    rotate(world, {"GIVEN"});
    const auto outcome = done(world);
    CHECK(outcome.what.code == "ERR_CLI_001");
    CHECK(outcome.what.message.find("GIVEN") != std::string::npos);
  }
  SECTION("something is not ready") {
    world.hang("redis2");
    world.advance(10s);
    rotate(world);
    const auto outcome = done(world);
    CHECK(outcome.what.code == "ERR_SEC_008");
    CHECK(outcome.what.message.find("redis") != std::string::npos);
  }
  SECTION("a cluster was stopped") {
    world.command("stop", std::vector<std::string>{"redis"}, false);
    done(world);
    rotate(world);
    CHECK(done(world).what.code == "ERR_SEC_008");
  }
  SECTION("another command is under way") {
    world.script("backend").stop_delay = 10s;
    world.command("restart", std::vector<std::string>{"backend"});
    rotate(world);
    CHECK(done(world).what.code == "ERR_ENG_004");
  }
  SECTION("nothing has been started") {
    auto other = make_world();
    rotate(other);
    CHECK(done(other).what.code == "ERR_SEC_008");
  }
  CHECK(world.secrets == old_values);
  CHECK(world.pending().names.empty());
}

TEST_CASE("while secrets are changed other commands wait, the same one joins, and a stop goes first") {
  auto world = make_world();
  bring_up_old(world);
  world.script("backend").stop_delay = 20s;
  rotate(world);
  world.advance(2s);
  CHECK(world.status().in_progress == "rotate");
  SECTION("others") {
    for (const auto* verb : {"pause", "start"}) {
      world.command(verb);
      CHECK(done(world).what.code == "ERR_ENG_004");
    }
    world.command("restart", std::vector<std::string>{"redis1"});
    CHECK(done(world).what.code == "ERR_ENG_004");
  }
  SECTION("the same") {
    rotate(world);
    const auto outcome = done(world);
    INFO(topology::to_string(outcome.what));
    CHECK(outcome.what.code.empty());
    CHECK(world.secrets.at(toy_password) == "TOY_PASSWORD-1");
  }
  SECTION("stop") {
    world.command("stop");
    CHECK(done(world).what.code.empty());
    CHECK_FALSE(world.engine_alive());
    CHECK_FALSE(world.pending().names.empty());
    world.restart_engine();
    world.command("start");
    CHECK(done(world).what.code.empty());
    check_changed(world);
  }
}

TEST_CASE("a member that says nothing for a while only delays it") {
  auto world = make_world();
  bring_up_old(world);
  const auto member = GENERATE(from_range(clustered));
  world.hang(member);
  rotate(world);
  world.advance(30s);
  CHECK(world.pending().names.size() == 2);
  world.heal(member);
  CHECK(done(world).what.code.empty());
  check_changed(world);
}

TEST_CASE("a rotation that stands still says where and what to do, and goes on when asked again") {
  auto world = make_world();
  bring_up_old(world);
  world.hang("redis2");
  rotate(world);
  const auto outcome = done(world);
  CHECK(outcome.what.code == "ERR_SEC_007");
  CHECK(outcome.code == topology::exit_code::unhealthy);
  CHECK(outcome.what.message.find("redis2") != std::string::npos);
  CHECK(outcome.what.message.find("add") != std::string::npos);
  CHECK(world.secrets == old_values); // nobody needs the new ones yet
  CHECK(world.pending().names.size() == 2);
  world.heal("redis2");
  REQUIRE(world.advance_until_ready(30s));
  rotate(world);
  CHECK(done(world).rotated.size() == 2);
  CHECK(world.secrets.at(toy_password) == "TOY_PASSWORD-1"); // the values that were made first
  check_changed(world);
}

TEST_CASE("a member that is killed on the way comes back with what is valid then") {
  const auto member = GENERATE(from_range(clustered));
  const auto after_ms = GENERATE(0, 1, 3, 6, 10, 40, 300);
  auto world = make_world();
  bring_up_old(world);
  rotate(world);
  world.advance(std::chrono::milliseconds{after_ms});
  world.kill(member);
  CHECK(done(world).what.code.empty());
  REQUIRE(world.advance_until_ready(60s));
  check_changed(world);
}

TEST_CASE("a service that does not come back ends the rotation with its log, and it can be completed") {
  auto world = make_world();
  bring_up_old(world);
  world.script("backend").exits_with = 3;
  world.runtime().logs["backend"] = {"what password is this"};
  rotate(world);
  const auto outcome = done(world, 600s);
  CHECK(outcome.code == topology::exit_code::unhealthy);
  CHECK(outcome.culprit == "backend");
  CHECK(outcome.log == line_list{"what password is this"});
  CHECK(world.accepts("redis1", "old-one")); // whoever still uses it gets in
  world.script("backend").exits_with = -1;
  rotate(world);
  CHECK(done(world).what.code.empty());
  check_changed(world);
}

TEST_CASE("an engine that dies at any moment of a rotation leaves it to the next one") {
  const auto dies_after_ms = GENERATE(range(0, 120, 3), range(120, 1600, 20));
  auto world = make_world();
  bring_up_old(world);
  world.script("backend").stop_delay = 50ms;
  rotate(world);
  world.advance(std::chrono::milliseconds{dies_after_ms});
  world.restart_engine();
  if (GENERATE(true, false)) // how long nobody is there
    world.advance(5s);
  world.command("start");
  const auto outcome = done(world);
  INFO(world.describe());
  CHECK(outcome.what.code.empty());
  if (world.secrets.at(toy_password) == "old-one") {
    CHECK(world.pending().names.empty()); // it had not begun
    rotate(world);
    CHECK(done(world).what.code.empty());
  }
  check_changed(world);
}

TEST_CASE("an engine that dies while it restarts a service: the next one restarts it again") {
  const auto dies_after_ms = GENERATE(range(0, 400, 7));
  auto world = make_world();
  bring_up_old(world);
  world.script("backend").stop_delay = 150ms;
  world.script("backend").start_delay = 100ms;
  rotate(world);
  REQUIRE(world.advance_until([&] { return world.runtime().count("stop", "backend") == 1; }, 60s));
  world.advance(std::chrono::milliseconds{dies_after_ms});
  world.restart_engine();
  world.command("start");
  CHECK(done(world).what.code.empty());
  check_changed(world);
}

TEST_CASE("engines die again and again, and it is completed all the same") {
  auto world = make_world();
  bring_up_old(world);
  rotate(world);
  const auto step_ms = GENERATE(1, 2, 3, 5, 8, 13, 21, 60, 150);
  for (int i = 0; i < 12; ++i) {
    world.advance(std::chrono::milliseconds{step_ms});
    world.restart_engine();
    world.command("start");
  }
  CHECK(done(world).what.code.empty());
  check_changed(world);
}

TEST_CASE("a rotation that was broken off is completed by a start from nothing") {
  const auto dies_after_ms = GENERATE(0, 2, 5, 10, 20, 50, 100, 300);
  auto world = make_world();
  bring_up_old(world);
  rotate(world);
  world.advance(std::chrono::milliseconds{dies_after_ms});
  world.command("stop");
  done(world);
  world.restart_engine();
  world.command("start");
  CHECK(done(world).what.code.empty());
  if (world.secrets.at(toy_password) != "old-one")
    check_changed(world);
}
