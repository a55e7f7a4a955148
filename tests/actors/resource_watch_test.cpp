#include "actors/journal.hpp"
#include "actors/resource_watch.hpp"
#include "runtimes/fake/fake_runtime.hpp"
#include "tests/support/virtual_time.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace paws;
using paws::testing::virtual_time;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t mib = 1024 * 1024;

struct watched {
  virtual_time time;
  fake::fake_runtime runtime = fake::make_fake_runtime(time.system());
  std::vector<logic::event> events;
  resource_watch_actor watch;

  watched() {
    time.own(runtime.actor);
    auto log = time.own(time.system().spawn(journal, store_actor{}, std::uint64_t{0}));
    event_sink sink = time.own(time.system().spawn([this](event_sink::pointer) -> event_sink::behavior_type {
      return {[this](const logic::event& what) { events.push_back(what); }};
    }));
    caf::anon_send(log, subscribe_atom_v, sink, std::uint64_t{0});
    runtime.world->host = {1000 * mib, 900 * mib, 1000 * mib, 900 * mib, 2, 0};
    uses(10, 0);
    surroundings around;
    around.journal = log;
    around.runtime = runtime.actor;
    around.time = {time.now(), 1'000'000};
    watch = time.own(time.system().spawn(resource_watch, std::vector<std::string>{"one"}, around));
    time.settle();
  }
  void uses(std::uint64_t memory_mib, std::uint64_t cpu_usec) {
    container_stats stats;
    stats.memory_bytes = memory_mib * mib;
    stats.memory_limit_bytes = 100 * mib;
    stats.cpu_usec = cpu_usec;
    runtime.world->stats["one"] = stats;
  }
  resource_report look() { return time.ask_now<resource_report>(watch, resources_atom_v); }
  std::size_t count(std::string_view kind) const {
    return static_cast<std::size_t>(
        std::count_if(events.begin(), events.end(), [&](const auto& event) { return event.kind == kind; }));
  }
};

} // namespace

TEST_CASE_METHOD(watched, "a limit that nears is told once at 85 and once at 95 percent, and when all is well again") {
  CHECK(look().warnings.empty());
  uses(86, 0);
  time.advance(31s); // it looks by itself
  CHECK(count(logic::event_kinds::resource_low) == 1);
  CHECK(look().warnings == line_list{"one uses 86 MiB of its memory limit of 100 MiB (86 %)"});
  time.advance(120s);
  CHECK(count(logic::event_kinds::resource_low) == 1);
  uses(96, 0);
  look();
  CHECK(count(logic::event_kinds::resource_low) == 2);
  uses(50, 0);
  CHECK(look().warnings.empty());
  CHECK(count(logic::event_kinds::resource_ok) == 1);
}

TEST_CASE_METHOD(watched, "the disk counts too") {
  runtime.world->host.disk_available_bytes = 40 * mib;
  CHECK(look().warnings == line_list{"the disk has 40 MiB left (96 %)"});
}

TEST_CASE_METHOD(watched, "processors are counted between two looks") {
  CHECK(look().services.at(0).cpus == -1);
  time.advance(10s);
  uses(10, 5'000'000);
  CHECK(look().services.at(0).cpus == Approx(0.5));
}

TEST_CASE_METHOD(watched, "a member that its processor limit holds back is named") {
  look();
  uses(10, 0);
  runtime.world->stats["one"].periods = 100;
  runtime.world->stats["one"].throttled_periods = 40;
  time.advance(1s);
  CHECK(look().warnings ==
        line_list{"one is held back by its processor limit in 40 % of the time; raise resources: cpus"});
}
