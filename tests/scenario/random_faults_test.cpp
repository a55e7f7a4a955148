// A thousand and more random schedules of faults against a whole environment in virtual time. Whatever happens, some
// things stay true at every instant, and once the faults are over the environment comes back. A failure prints its
// seed; PAWS_SCENARIO_SEED=<seed> runs that schedule alone.
#include "tests/support/toy_world.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
using logic::environment_state;
namespace kinds = logic::event_kinds;

namespace {

#ifdef PAWS_SANITIZED
constexpr std::uint64_t fault_schedules = 250; // an instrumented one takes ten times as long
#else
constexpr std::uint64_t fault_schedules = 1200;
#endif
const std::vector<std::string> everybody{"etcd1",    "etcd2",  "etcd3",  "patroni1", "patroni2",
                                         "patroni3", "redis1", "redis2", "redis3",   "backend"};

class schedule {
public:
  explicit schedule(std::uint64_t seed) : random_{seed} {}

  std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>{0, limit - 1}(random_);
  }
  const std::string& anybody() { return everybody[below(everybody.size())]; }
  logic::milliseconds span(std::uint64_t most_ms) { return logic::milliseconds{below(most_ms) + 1}; }

  // Speeds of this machine, so to say.
  void set_scene(toy_world& world) {
    for (const auto& name : everybody) {
      auto& script = world.script(name);
      script.create_delay = span(200);
      script.start_delay = span(400);
      script.stop_delay = span(1000);
    }
    world.warm_up = span(3000);
  }

  void act(toy_world& world) {
    if (!world.engine_alive()) // everything was stopped: it has ended, and somebody starts again
      world.restart_engine();
    auto& script = world.script(anybody());
    switch (below(20)) {
    case 0:
    case 1:
      return world.kill(anybody());
    case 2:
      hung_ = anybody();
      return world.hang(hung_);
    case 3:
      return world.heal(hung_);
    case 4:
      return world.kill_whole(below(2) == 0 ? "etcd" : "redis");
    case 5:
      return world.restart_engine(below(4) == 0); // now and then the saved state is lost as well
    case 6:
      world.runtime().swallow_events = below(2) == 0; // a restarted container engine loses events
      return;
    case 7:
      return world.stop_outside(anybody());
    case 8:
    case 9:
      return world.freeze(anybody(), below(2) == 0);
    case 10:
      return world.command("pause");
    case 11:
      return world.command("resume");
    case 12:
      return world.command("restart", std::vector<std::string>{below(3) == 0 ? "redis" : anybody()}, below(2) == 0);
    case 13:
      return world.command("stop", std::vector<std::string>{anybody()});
    case 14:
      return world.time.jump(span(120'000));
    case 15:
      script.pause_fails = refusal();
      return;
    case 16:
      script.create_fails = refusal();
      return;
    case 17:
      script.remove_fails = refusal();
      return;
    case 18:
      world.destroy_data = true;
      world.command("reset");
      world.destroy_data = false;
      return;
    default:
      return world.command("start");
    }
  }

  void end_faults(toy_world& world) {
    for (const auto& name : everybody) {
      world.heal(name);
      auto& script = world.script(name);
      script.pause_fails = script.create_fails = script.remove_fails = {};
    }
    if (!world.engine_alive())
      world.restart_engine();
    world.runtime().swallow_events = false;
  }

private:
  static topology::failure refusal() { return {"ERR_RUN_002", "the runtime refuses", "ask again"}; }

  std::mt19937_64 random_;
  std::string hung_ = "redis1";
};

// True of every instant at which nothing is left to be handled.
void check_instant(toy_world& world) {
  std::uint64_t last = 0;
  for (const auto& event : world.events) {
    REQUIRE(event.seq == last + 1); // no event lost or doubled, across engines
    last = event.seq;
  }
  if (!world.engine_alive()) // it ended with its environment
    return;
  const auto view = world.status();
  for (const auto& service : view.services) {
    INFO(service.name << " " << to_string(service.actual));
    if (service.actual == actual_state::failed)
      CHECK_FALSE(service.failure.empty());
    if (service.actual == actual_state::created && view.state == environment_state::starting)
      CHECK(service.pid == 0);
  }
  if (view.state != environment_state::ready)
    return;
  for (const auto& service : view.services)
    if (service.actual != actual_state::ready && service.desired == logic::desired_state::running)
      FAIL("ready, with " << service.name << ' ' << to_string(service.actual) << '\n' << world.describe());
}

// The runtime's own record: nobody was started twice without having ended in between, and nobody before its time.
void check_record(toy_world& world) {
  for (const auto& event : world.events_of(kinds::start_called)) {
    if (!event.subject.starts_with("patroni"))
      continue;
    bool quorum_before = false;
    for (const auto& other : world.events_of(kinds::cluster_state, "etcd"))
      quorum_before = quorum_before || (other.seq < event.seq && other.fields.at("quorum") == "true");
    CHECK(quorum_before);
  }
  CHECK(world.runtime().started_while_running == 0);
}

void run_faults(std::uint64_t seed) {
  INFO("seed " << seed << ": PAWS_SCENARIO_SEED=" << seed << " repeats it");
  schedule faults{seed};
  toy_world world;
  faults.set_scene(world);
  world.command("start", true, 10min);
  const auto actions = 1 + faults.below(10);
  for (std::uint64_t i = 0; i < actions; ++i) {
    world.advance(faults.span(20'000));
    faults.act(world);
    check_instant(world);
  }
  faults.end_faults(world);
  // Five restarts in a minute exhaust the policy: a new start is what a person would do then, and it must suffice.
  world.advance(90s);
  check_instant(world);
  if (!world.engine_alive())
    world.restart_engine();
  if (world.status().state != environment_state::ready)
    world.command("start", true, 10min);
  if (!world.advance_until_ready(5min))
    FAIL(world.describe());
  check_record(world);
  world.command("down");
  REQUIRE(world.advance_until([&] { return !world.engine_alive(); }, 5min));
  for (const auto& [name, info] : world.runtime().containers) {
    INFO(name);
    CHECK(info.status == container_status::absent);
  }
}

} // namespace

TEST_CASE("whatever fails, the environment comes back and leaves nothing behind") {
  if (const char* given = std::getenv("PAWS_SCENARIO_SEED")) { // NOLINT(concurrency-mt-unsafe)
    run_faults(std::stoull(given));
    return;
  }
  for (std::uint64_t seed = 1; seed <= fault_schedules; ++seed)
    run_faults(seed);
}
