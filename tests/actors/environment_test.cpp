#include "tests/support/toy_world.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
namespace kinds = logic::event_kinds;

TEST_CASE("a start makes everything ready, each service after its own dependencies") {
  toy_world world;
  world.command("start");
  const auto outcome = world.advance_until_outcome(60s);
  REQUIRE(outcome);
  CHECK(outcome->what.code.empty());
  CHECK(outcome->code == topology::exit_code::success);
  CHECK(world.status().state == environment_state::ready);
  for (const auto* patroni : {"patroni1", "patroni2", "patroni3"}) {
    CHECK(world.started_before("etcd1", patroni));
    CHECK(world.started_before(patroni, "backend"));
  }
  CHECK(world.runtime().count("start", "etcd1") == 1);
  CHECK(world.runtime().count("create", "backend") == 1);
}

TEST_CASE("what does not depend on each other starts at the same instant") {
  toy_world world;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  const auto etcd = world.events_of(kinds::start_called, "etcd1").front().at_us;
  const auto redis = world.events_of(kinds::start_called, "redis3").front().at_us;
  CHECK(std::abs(etcd - redis) < 2000);
}

TEST_CASE("a dependent is called at the instant its dependency is ready") {
  toy_world world;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  const auto called = world.events_of(kinds::start_called, "patroni2").front();
  CHECK(called.fields.at("after") == "etcd");
  CHECK(called.at_us - std::stoll(called.fields.at("ready_at_us")) == 0);
}

TEST_CASE("a second start of a ready environment changes nothing and says so") {
  toy_world world;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  const auto calls = world.runtime().calls.size();
  world.command("start");
  const auto again = world.advance_until_outcome(5s);
  REQUIRE(again);
  CHECK(again->already);
  CHECK(world.runtime().calls.size() == calls);
}

TEST_CASE("a member that is killed is restarted, meanwhile the environment is degraded, not ready") {
  toy_world world;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  world.kill("patroni2");
  world.time.settle();
  CHECK(world.status().state == environment_state::degraded);
  CHECK(world.service("patroni2").actual == actual_state::exited);
  REQUIRE(world.advance_until_ready(10s));
  CHECK(world.runtime().count("start", "patroni2") == 2);
  CHECK(world.runtime().count("start", "patroni1") == 1);
  CHECK(world.service("patroni2").restarts == 1);
  const auto exited = world.events_of(kinds::container_exited, "patroni2");
  REQUIRE(exited.size() == 1);
  CHECK(exited[0].fields.at("signal") == "9");
}

TEST_CASE("a crash loop is given up, named as the root cause, and the start is rolled back") {
  toy_world world;
  world.script("etcd2").exits_with = 2;
  world.script("etcd3").exits_with = 2;
  world.runtime().logs["etcd2"] = {"bad flag"};
  world.command("start");
  const auto outcome = world.advance_until_outcome(120s);
  REQUIRE(outcome);
  CHECK(outcome->code == topology::exit_code::unhealthy);
  CHECK((outcome->culprit == "etcd2" || outcome->culprit == "etcd3"));
  CHECK(outcome->what.message.find("exit code 2") != std::string::npos);
  CHECK(world.runtime().count("start", "patroni1") == 0); // dependents were never started
  CHECK(world.runtime().count("start", outcome->culprit) == 6);
  for (const auto& [name, info] : world.runtime().containers)
    CHECK(info.status != container_status::running);
  CHECK(world.events_of(kinds::start_failed).size() == 1);
  CHECK_FALSE(world.engine_alive()); // nothing left to supervise
}

TEST_CASE("keep-on-failure leaves what runs for inspection") {
  toy_world world;
  world.script("patroni1").start_fails = {"ERR_SYS_004", "patroni is not installed", "apt-get install patroni"};
  world.command("start", true);
  const auto outcome = world.advance_until_outcome(120s);
  REQUIRE(outcome);
  CHECK(outcome->culprit == "patroni1");
  CHECK(outcome->what.code == "ERR_SYS_004");
  CHECK(world.runtime().runs("etcd1"));
  CHECK(world.engine_alive());
}

TEST_CASE("a dependency that never comes up ends in the deadline, which names it") {
  toy_world world;
  world.hang("redis2");
  world.command("start", false, 20s);
  const auto outcome = world.advance_until_outcome(60s);
  REQUIRE(outcome);
  CHECK(outcome->code == topology::exit_code::network);
  CHECK(outcome->what.code == "ERR_ENG_002");
  CHECK(outcome->what.message.find("redis2 does not answer") != std::string::npos);
  CHECK(outcome->culprit == "redis2");
  CHECK(world.runtime().count("start", "backend") == 0);
}

TEST_CASE("a start that is late for lack of quorum names that as the cause") {
  toy_world world;
  world.hang("etcd1");
  world.hang("etcd3");
  world.command("start", false, 20s);
  const auto outcome = world.advance_until_outcome(60s);
  REQUIRE(outcome);
  CHECK(outcome->code == topology::exit_code::network);
  CHECK(outcome->what.code == "ERR_ENG_002");
  CHECK(outcome->what.message.ends_with("; the cause: [ETCD] ERR_ETCD_001: no majority"));
  CHECK(outcome->what.remedy.ends_with(", or look at the members"));
}

TEST_CASE("waiting is never silent") {
  toy_world world;
  world.hang("redis2");
  world.command("start");
  world.advance(5s);
  const auto backend = world.service("backend");
  REQUIRE(backend.waiting_for.size() == 1);
  CHECK(backend.waiting_for[0].what == "redis");
  CHECK(backend.waiting_for[0].why == "redis2 does not answer");
  CHECK(world.service("redis2").actual == actual_state::starting);
}

TEST_CASE("stop goes from dependents to dependencies, and keeps the containers") {
  toy_world world;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  world.command("stop");
  const auto outcome = world.advance_until_outcome(60s);
  REQUIRE(outcome);
  CHECK(outcome->what.code.empty());
  std::vector<std::string> order;
  for (const auto& call : world.runtime().calls)
    if (call.verb == "stop")
      order.push_back(call.name);
  REQUIRE(order.size() == 10);
  CHECK(order.front() == "backend");
  const auto at = [&](const std::string& name) { return std::find(order.begin(), order.end(), name) - order.begin(); };
  CHECK(at("patroni1") < at("etcd1"));
  CHECK(at("patroni3") < at("etcd2"));
  CHECK(world.runtime().count("remove", "etcd1") == 0);
  CHECK_FALSE(world.engine_alive());
}

TEST_CASE("down removes containers and keeps data, with volumes the data goes") {
  for (const bool volumes : {false, true}) {
    toy_world world;
    world.command("start");
    REQUIRE(world.advance_until_outcome(60s));
    world.destroy_data = volumes;
    world.command("down");
    REQUIRE(world.advance_until_outcome(60s));
    for (const auto& [name, info] : world.runtime().containers)
      CHECK(info.status == container_status::absent);
    CHECK(world.runtime().data.size() == (volumes ? 0U : 10U));
  }
}

TEST_CASE("an interrupted start stops what it started") {
  toy_world world;
  world.command("start");
  world.advance(300ms); // etcd answers, patroni is starting
  world.command("stop");
  REQUIRE(world.advance_until_outcome(60s));
  for (const auto& [name, info] : world.runtime().containers)
    CHECK(info.status != container_status::running);
  CHECK(world.runtime().count("start", "backend") == 0);
}

TEST_CASE("a new engine adopts what runs: nothing is started twice") {
  toy_world world;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  const auto id = world.runtime().containers["patroni1"].id;
  world.restart_engine();
  world.command("start");
  const auto outcome = world.advance_until_outcome(60s);
  REQUIRE(outcome);
  CHECK(outcome->what.code.empty());
  CHECK(world.runtime().containers["patroni1"].id == id);
  CHECK(world.runtime().count("start", "patroni1") == 1);
  CHECK(world.service("patroni1").adopted);
}

TEST_CASE("a new engine told to go down first adopts, then stops in order") {
  toy_world world;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  world.restart_engine();
  world.command("down");
  REQUIRE(world.advance_until_outcome(60s));
  for (const auto& [name, info] : world.runtime().containers)
    CHECK(info.status == container_status::absent);
}

TEST_CASE("another command while one is in progress is refused, the same one waits with it") {
  toy_world world;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  world.command("stop");
  world.command("start");
  const auto refused = world.advance_until_outcome(1ms);
  REQUIRE(refused);
  CHECK(refused->what.code == "ERR_ENG_004");
}

TEST_CASE("health asks everybody now and says what it saw") {
  toy_world world;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  auto report = world.health();
  CHECK(report.status == "healthy");
  CHECK(report.total == 4);
  CHECK(report.passed == 4);
  world.script("etcd3").start_hangs = true;
  world.kill("etcd3");
  world.advance(1s);
  report = world.health();
  CHECK(report.status == "degraded");
  CHECK(report.components[0].name == "etcd");
  CHECK(report.components[0].status == logic::component_status::degraded);
  CHECK(report.components[1].status == logic::component_status::healthy); // others unaffected
}

TEST_CASE("a one-shot is done when it ends with 0, and who waits for it goes on") {
  using topology::condition;
  toy_world world{{{"migrate", {}, {}, topology::goal::completed},
                   {"app", {}, {{"migrate", condition::completed}}, topology::goal::running}}};
  world.script("migrate").exits_with = 0;
  world.script("migrate").exits_after = 2s;
  world.command("start");
  REQUIRE(world.advance_until_outcome(60s));
  CHECK(world.service("migrate").actual == actual_state::completed);
  CHECK(world.service("app").actual == actual_state::ready);
  CHECK(world.started_before("migrate", "app"));
  CHECK(world.runtime().count("start", "migrate") == 1);
}
