// After the machine slept: what was said before does not count, what is well is left alone, and only what does not
// recover by itself is started anew. And clocks that differ are named, or set.
#include "actors/clock_json.hpp"
#include "tests/support/toy_commands.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
using logic::wake_end;
namespace kinds = logic::event_kinds;

namespace {

bool advance_until_over(toy_world& world, std::size_t recoveries = 1) {
  return world.advance_until([&] { return world.events_of(kinds::wake_ended).size() >= recoveries; }, 600s);
}

wake_end end_of(const command_outcome& outcome, const std::string& service) {
  REQUIRE(outcome.wake);
  for (const auto& row : outcome.wake->services)
    if (row.service == service)
      return row.end;
  FAIL("nothing is said of " << service);
  return wake_end::well;
}

bool contains(const std::vector<std::string>& lines, const std::string& words) {
  return std::any_of(lines.begin(), lines.end(),
                     [&](const auto& line) { return line.find(words) != std::string::npos; });
}

// When the engine asked for a stop of this member; nothing: it has not.
std::optional<caf::actor_clock::time_point> stopped_at(toy_world& world, const std::string& member) {
  for (const auto& call : world.runtime().calls)
    if (call.verb == "stop" && call.name == member)
      return call.at;
  return std::nullopt;
}

} // namespace

TEST_CASE("a sleep with everything fine is one recovery that restarts nothing") {
  toy_world world;
  bring_up(world);
  const auto lives = world.lives();
  const auto before = world.events.size();
  world.sleep_machine(45s);
  REQUIRE(advance_until_over(world));
  world.advance(60s);
  CHECK(world.lives() == lives);
  REQUIRE(world.events_of(kinds::wake_ended).size() == 1);
  CHECK(world.events_of(kinds::wake_ended)[0].text == "nothing had to be done; health: healthy");
  REQUIRE(world.events_of(kinds::clock_gap).size() == 1);
  CHECK(world.events_of(kinds::clock_gap)[0].text == "the machine slept for 45 s");
  CHECK(world.events_of(kinds::wake_begun)[0].fields.at("cause") == "the machine slept for 45 s");
  for (auto i = before; i < world.events.size(); ++i) {
    CHECK(world.events[i].kind != kinds::service_state);
    CHECK(world.events[i].kind != kinds::environment_state);
  }
}

TEST_CASE("the time of the journal goes on with the wall clock over a sleep and never back") {
  toy_world world;
  bring_up(world);
  const auto before = world.clocks_now().wall;
  const auto begun_us = world.events.back().at_us;
  world.advance(10s);
  world.sleep_machine(3600s);
  REQUIRE(advance_until_over(world));
  const auto passed = std::chrono::duration_cast<std::chrono::seconds>(world.clocks_now().wall - before);
  const auto told = std::chrono::microseconds{world.events.back().at_us - begun_us};
  CHECK(std::chrono::abs(told - passed) < 2s);
  world.set_wall_clock(-1800s);
  REQUIRE(advance_until_over(world, 2));
  for (std::size_t i = 1; i < world.events.size(); ++i)
    CHECK(world.events[i].at_us >= world.events[i - 1].at_us);
}

TEST_CASE("verdicts of the first moments do not count and what recovers by itself is left alone") {
  toy_world world;
  bring_up(world);
  const auto lives = world.lives();
  const auto before = world.events.size();
  world.sleep_machine(45s);
  world.hang("backend");
  world.hang("redis2");
  world.advance(3s);
  CHECK(world.service("backend").actual == actual_state::ready);
  CHECK(world.service("redis2").actual == actual_state::ready);
  CHECK(world.status().state == environment_state::ready);
  world.heal("backend");
  REQUIRE(world.advance_until([&] { return world.service("redis2").actual == actual_state::unready; }, 20s));
  world.advance(3s);
  world.heal("redis2");
  REQUIRE(advance_until_over(world));
  CHECK(world.lives() == lives);
  const auto steps = world.events_of(kinds::wake_step, "redis2");
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].fields.at("end") == "recovered");
  CHECK(std::stoll(steps[0].fields.at("after_ms")) > 5'000);
  CHECK(world.events_of(kinds::wake_step, "backend").empty());
  CHECK(std::none_of(world.events.begin() + static_cast<std::ptrdiff_t>(before), world.events.end(),
                     [](const auto& what) { return what.kind == kinds::service_state && what.subject == "backend"; }));
}

TEST_CASE("who does not come back is restarted after its own time and etcd before patroni") {
  toy_world world;
  bring_up(world);
  const auto lives = world.lives();
  world.sleep_machine(45s);
  for (const auto* member : {"etcd2", "etcd3", "patroni2"})
    world.hang(member);
  const auto begun = world.time.now();
  REQUIRE(world.advance_until([&] { return stopped_at(world, "etcd3").has_value(); }, 60s));
  const auto etcd_at = *stopped_at(world, "etcd3") - begun;
  CHECK(etcd_at >= 7s); // the grace and two election timeouts
  CHECK(etcd_at < 15s);
  CHECK_FALSE(stopped_at(world, "patroni2"));
  world.advance(60s); // however long etcd takes: Patroni's own time has not begun
  CHECK_FALSE(stopped_at(world, "patroni2"));
  world.heal("etcd2");
  world.heal("etcd3");
  REQUIRE(world.advance_until([&] { return world.service("etcd3").actual == actual_state::ready; }, 60s));
  const auto healed = world.time.now();
  REQUIRE(world.advance_until([&] { return stopped_at(world, "patroni2").has_value(); }, 60s));
  CHECK(*stopped_at(world, "patroni2") - healed >= 39s); // ttl and loop_wait
  world.heal("patroni2");
  REQUIRE(advance_until_over(world));
  const auto ended = world.events_of(kinds::wake_ended)[0];
  CHECK(ended.fields.at("status") == "healthy");
  const auto after = world.lives();
  for (const auto& [member, life] : lives) {
    INFO(member);
    const bool was_hung = member == "etcd2" || member == "etcd3" || member == "patroni2";
    CHECK((after.at(member) == life) == !was_hung);
  }
  for (const auto* member : {"etcd2", "etcd3", "patroni2"})
    CHECK(world.runtime().count("stop", member) == 1);
}

TEST_CASE("another gap extends the recovery that is under way") {
  toy_world world;
  bring_up(world);
  world.sleep_machine(45s);
  world.advance(3s);
  world.sleep_machine(30s);
  world.command("resume-after-sleep");
  const auto outcome = done(world);
  REQUIRE(outcome.wake);
  CHECK(outcome.wake->gaps.size() == 2);
  CHECK(outcome.code == topology::exit_code::success);
  world.advance(100s);
  CHECK(world.events_of(kinds::wake_ended).size() == 1);
  CHECK(world.events_of(kinds::clock_gap).size() == 2);
}

TEST_CASE("a wall clock that was set is checked and named and restarts nothing") {
  toy_world world;
  bring_up(world);
  const auto lives = world.lives();
  world.certificate_troubles = {"the certificate of etcd1 is not valid yet by this clock"};
  world.hang("redis2"); // at the same time: a jump alone is no reason to restart it
  world.set_wall_clock(-7200s);
  REQUIRE(advance_until_over(world));
  CHECK(world.lives() == lives);
  CHECK(world.events_of(kinds::clock_gap)[0].text == "the wall clock was set back by 2 h");
  CHECK(world.events_of(kinds::wake_ended)[0].fields.at("status") == "degraded");
  world.heal("redis2");
  REQUIRE(world.advance_until_ready(30s));
  world.set_wall_clock(3600s);
  world.advance(1500ms);
  world.command("resume-after-sleep");
  const auto outcome = done(world);
  CHECK(outcome.what.code.empty());
  CHECK(world.lives() == lives);
}

TEST_CASE("an engine that stood still trusts nothing that was asked before and gives a start its time anew") {
  toy_world world;
  bring_up(world);
  const auto lives = world.lives();
  world.freeze_engine(40s);
  REQUIRE(advance_until_over(world));
  CHECK(world.lives() == lives);
  CHECK(world.events_of(kinds::clock_gap)[0].fields.at("gap") == "freeze");
  world.command("stop", std::vector<std::string>{"backend"});
  done(world);
  world.warm_up = 20'000ms;
  world.command("start", false, 30'000ms);
  world.advance(5s);
  world.freeze_engine(60s);
  const auto outcome = done(world);
  INFO(topology::to_string(outcome.what));
  CHECK(outcome.what.code.empty());
}

TEST_CASE("health reads the clocks first and says what is under way") {
  toy_world world;
  bring_up(world);
  world.advance(300ms);
  world.sleep_machine(3600s);
  const auto report = world.health(); // before the watch's next look
  CHECK(report.status == "healthy");
  CHECK(contains(report.warnings, "the machine slept for 60 min: recovery is under way"));
  CHECK(world.events_of(kinds::clock_gap).size() == 1);
  CHECK(world.status().in_progress == "resume-after-sleep");
  REQUIRE(advance_until_over(world));
  CHECK(world.health().warnings.empty());
  CHECK(world.status().in_progress.empty());
}

TEST_CASE("a health check of the first moments waits until its answers mean something") {
  toy_world world;
  bring_up(world);
  world.sleep_machine(45s);
  world.hang("backend");
  const auto report = world.health();
  CHECK(report.status == "unhealthy"); // asked anew: it is not well, although that does not count against it yet
}

TEST_CASE("by hand it does the same once for all who ask") {
  toy_world world;
  bring_up(world);
  world.sleep_machine(45s);
  world.command("resume-after-sleep");
  world.command("resume-after-sleep");
  const auto outcome = done(world);
  CHECK(outcome.name == "resume-after-sleep");
  CHECK(outcome.code == topology::exit_code::success);
  REQUIRE(outcome.wake);
  CHECK(outcome.wake->status == "healthy");
  CHECK(outcome.wake->gaps.size() == 1);
  CHECK(outcome.wake->services.size() == 10);
  CHECK(end_of(outcome, "etcd1") == wake_end::well);
  CHECK(world.events_of(kinds::wake_ended).size() == 1);
  CHECK(world.events_of(kinds::command_joined).size() == 2);
  world.command("resume-after-sleep"); // nothing has happened since
  const auto again = done(world);
  CHECK(again.code == topology::exit_code::success);
  CHECK(again.wake->gaps.empty());
}

TEST_CASE("what neither recovers nor is mended by a restart is named with exit code 5") {
  toy_world world;
  bring_up(world);
  world.hang("redis2");
  world.command("resume-after-sleep");
  const auto outcome = done(world);
  CHECK(outcome.code == topology::exit_code::unhealthy);
  CHECK(outcome.what.code == "ERR_ENG_005");
  CHECK(outcome.what.message.find("redis2") != std::string::npos);
  CHECK(end_of(outcome, "redis2") == wake_end::not_recovered);
  CHECK(contains(outcome.notes, "redis2: not recovered"));
  CHECK(world.runtime().count("stop", "redis2") == 1);
  CHECK(end_of(outcome, "redis1") == wake_end::well);
}

TEST_CASE("a member that ended over a sleep is back by its restart policy and that is said") {
  toy_world world;
  bring_up(world);
  world.sleep_machine(45s);
  world.kill("redis3");
  world.command("resume-after-sleep");
  const auto outcome = done(world);
  CHECK(outcome.code == topology::exit_code::success);
  CHECK(end_of(outcome, "redis3") == wake_end::restarted);
  CHECK(contains(outcome.notes, "redis3: restarted"));
  CHECK(world.runtime().count("stop", "redis3") == 0);
}

TEST_CASE("leadership that moved over a sleep longer than the lease is explained") {
  toy_world world;
  bring_up(world);
  const auto leader = [&] {
    for (const auto& service : world.status().services)
      if (service.cluster == "patroni" && service.role == "leader")
        return service.name;
    return std::string{};
  };
  const auto before = leader();
  REQUIRE_FALSE(before.empty());
  world.sleep_machine(45s);
  world.hang(before);
  REQUIRE(world.advance_until([&] { return !leader().empty() && leader() != before; }, 30s));
  world.heal(before);
  world.command("resume-after-sleep");
  const auto outcome = done(world);
  CHECK(outcome.code == topology::exit_code::success);
  REQUIRE(outcome.wake->leaders.size() == 1);
  CHECK(outcome.wake->leaders[0] == "patroni: leader moved " + before + " -> " + leader() +
                                        " while the machine slept for 45 s, longer than ttl 30 s: expected");
  CHECK(stopped_at(world, before) == std::nullopt);
}

TEST_CASE("a recovery is refused where there is nothing to recover and ends with a stop") {
  toy_world world;
  world.command("resume-after-sleep");
  CHECK(done(world).what.code == "ERR_ENG_004");
  bring_up(world);
  world.command("pause");
  CHECK(done(world).what.code.empty());
  world.command("resume-after-sleep");
  CHECK(done(world).what.code == "ERR_ENG_004");
  world.sleep_machine(45s);
  world.advance(20s);
  CHECK(world.events_of(kinds::wake_begun).empty()); // what stands still has nothing to recover
  world.command("resume");
  CHECK(done(world).what.code.empty());
  world.sleep_machine(45s);
  world.advance(2s);
  operator_command drill;
  drill.name = "drill";
  drill.drill = "redis-master";
  world.send(drill);
  CHECK(done(world).what.code == "ERR_ENG_004");
  world.command("stop");
  CHECK(done(world).what.code.empty());
  CHECK(world.events_of(kinds::wake_ended)[0].fields.at("status") == "interrupted");
  CHECK_FALSE(world.engine_alive());
}

TEST_CASE("clocks that are in step are said to be so") {
  toy_world world;
  bring_up(world);
  world.machine.hardware_us = 300'000;
  world.command("time-sync");
  const auto outcome = done(world);
  CHECK(outcome.code == topology::exit_code::success);
  REQUIRE(outcome.clocks);
  CHECK(outcome.clocks->commands.empty());
  CHECK(outcome.clocks->clocks.front().clock == "hardware");
  CHECK(outcome.clocks->clocks.front().ahead == 300ms);
  const auto& rows = outcome.clocks->clocks;
  CHECK(std::count_if(rows.begin(), rows.end(), [](const auto& row) { return row.source == "Redis"; }) == 3);
  CHECK(world.events_of(kinds::clocks_compared).size() == 1);
}

TEST_CASE("a wall clock that is behind is set from the hardware where that is permitted and told to be else") {
  toy_world world;
  bring_up(world);
  world.machine.hardware_us = 0;
  world.set_wall_clock(-3600s);
  REQUIRE(advance_until_over(world));
  const auto sync = [&] {
    world.command("time-sync");
    return done(world);
  };
  SECTION("not on WSL: nobody knows which is right") {
    const auto outcome = sync();
    CHECK(outcome.what.code == "ERR_CLOCK_001");
    CHECK(outcome.code == topology::exit_code::unhealthy);
    CHECK(outcome.clocks->commands == std::vector<std::string>{"sudo timedatectl set-ntp true"});
    world.machine.synchronised = true;
    CHECK(sync().clocks->commands == std::vector<std::string>{"sudo hwclock --systohc"});
  }
  SECTION("on WSL without the right to set it") {
    world.machine.wsl = true;
    const auto outcome = sync();
    CHECK(outcome.what.code == "ERR_CLOCK_001");
    CHECK(outcome.what.message == "hardware (rtc0) is 60 min ahead of this machine's wall clock");
    CHECK(outcome.what.remedy == "run: sudo hwclock --hctosys");
  }
  SECTION("on WSL with the right to set it") {
    world.machine.wsl = world.machine.may_set = true;
    const auto outcome = sync();
    CHECK(outcome.code == topology::exit_code::success);
    REQUIRE(outcome.clocks->set_by);
    CHECK(*outcome.clocks->set_by == 3'600'000ms);
    REQUIRE(advance_until_over(world, 2)); // the watch has seen that as well
  }
  SECTION("on WSL where it fails") {
    world.machine.wsl = world.machine.may_set = true;
    world.set_refused = "Operation not permitted";
    const auto outcome = sync();
    CHECK(outcome.what.code == "ERR_CLOCK_001");
    CHECK(contains(outcome.clocks->notes, "Operation not permitted"));
    CHECK(outcome.clocks->commands == std::vector<std::string>{"sudo hwclock --hctosys"});
  }
}

TEST_CASE("a member whose clock differs is named") {
  toy_world world;
  bring_up(world);
  world.members_ahead = 90s;
  world.command("time-sync");
  const auto outcome = done(world);
  CHECK(outcome.what.code == "ERR_CLOCK_001");
  CHECK(outcome.what.message.find("(Redis) is 90 s ahead of this machine's wall clock") != std::string::npos);
}

TEST_CASE("reports of recoveries and clocks come back from JSON as they were") {
  logic::wake_report recovery;
  recovery.gaps = {{logic::gap_kind::freeze, 39s}, {logic::gap_kind::wall_clock, -7s}};
  recovery.duration_ms = 12'345;
  recovery.services = {{"etcd1", wake_end::restarted, 7s, "no answer"}};
  recovery.leaders = {"patroni: leader moved"};
  recovery.notes = {"a note"};
  recovery.status = "degraded";
  CHECK(to_json(wake_from_json(to_json(recovery))) == to_json(recovery));
  logic::clock_report clocks;
  clocks.clocks = {{"hardware", "rtc0", -3s, 500ms, {}}, {"redis1", "Redis", {}, {}, "no answer"}};
  clocks.shared = true;
  clocks.set_by = -3s;
  clocks.commands = {"sudo hwclock --hctosys"};
  clocks.notes = {"a note"};
  CHECK(to_json(clocks_from_json(to_json(clocks))) == to_json(clocks));
  CHECK(to_json(clocks)["in_step"] == false);
  CHECK(to_json(wake_from_json(nullptr))["services"].empty());
  CHECK(to_json(clocks_from_json("x"))["clocks"].empty());
}

TEST_CASE("what ends right after a sleep is not hidden by the grace") {
  toy_world world;
  bring_up(world);
  world.sleep_machine(45s);
  world.advance(1s);
  REQUIRE_FALSE(world.events_of(kinds::wake_begun).empty());
  world.stop_outside("etcd2");
  world.advance(1s);
  CHECK(world.service("etcd2").actual == actual_state::exited);
  CHECK(world.status().state == environment_state::degraded);
  world.command("resume-after-sleep");
  const auto outcome = done(world);
  CHECK(end_of(outcome, "etcd2") == wake_end::left_alone); // whoever stopped it meant it
  CHECK(outcome.code == topology::exit_code::unhealthy);
}
