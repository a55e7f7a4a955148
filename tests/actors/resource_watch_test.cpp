#include "actors/journal.hpp"
#include "actors/resource_watch.hpp"
#include "runtimes/fake/fake_runtime.hpp"
#include "tests/support/virtual_time.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace paws;
using paws::testing::virtual_time;
using namespace std::chrono_literals;
namespace kinds = paws::logic::event_kinds;

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
    runtime.world->host = {1000 * mib, 900 * mib, 100'000 * mib, 90'000 * mib, 2, 0};
    uses(10, 0);
    surroundings around;
    around.journal = log;
    around.runtime = runtime.actor;
    around.time = {time.now(), 1'000'000};
    watch = time.own(time.system().spawn(resource_watch, std::vector<std::string>{"one"}, around));
    time.settle();
  }
  void uses(std::uint64_t memory_mib, std::uint64_t cpu_usec) {
    auto& stats = used();
    stats.processes = 1;
    stats.memory_bytes = memory_mib * mib;
    stats.memory_limit_bytes = 100 * mib;
    stats.cpu_usec = cpu_usec;
  }
  container_stats& used() { return runtime.world->stats["one"]; }
  resource_report health() { return time.ask_now<resource_report>(watch, status_atom_v); }
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
  CHECK(count(kinds::resource_low) == 1);
  CHECK(look().warnings == line_list{"one uses 86 MiB of its memory limit of 100 MiB (86 %); raise resources: memory"});
  time.advance(120s);
  CHECK(count(kinds::resource_low) == 1);
  uses(96, 0);
  look();
  CHECK(count(kinds::resource_low) == 2);
  for (const auto sways : {90, 82, 96, 81}) {
    uses(static_cast<std::uint64_t>(sways), 0);
    time.advance(2s);
    CHECK(look().warnings.size() == 1);
  }
  CHECK(count(kinds::resource_low) == 2);
  CHECK(count(kinds::resource_ok) == 0);
  uses(50, 0);
  time.advance(2s);
  CHECK(look().warnings.empty());
  CHECK(count(kinds::resource_ok) == 1);
}

TEST_CASE_METHOD(watched, "a limit that nobody enforces is held against it all the same, and that is said") {
  uses(90, 0);
  used().memory_limit_enforced = false;
  time.advance(31s);
  CHECK(look().warnings == line_list{"one uses 90 MiB of its memory limit of 100 MiB, which is not enforced here "
                                     "(90 %); raise resources: memory"});
}

TEST_CASE_METHOD(watched, "the disk counts too, by what is left and by what that is of the whole") {
  const auto left = [&](std::uint64_t free_mib) {
    runtime.world->host.disk_available_bytes = free_mib * mib;
    time.advance(31s);
    return look().warnings;
  };
  CHECK(left(10'000) == line_list{"the disk has 10000 MiB left (90 %); free some space, or run: make local-cleanup"});
  CHECK(left(90'000).empty());
  runtime.world->host.disk_bytes = 20'000 * mib;
  CHECK(left(4'900) == line_list{"the disk has 4900 MiB left (76 %); free some space, or run: make local-cleanup"});
  CHECK(count(kinds::resource_low) == 2);
  left(1'900);
  CHECK(count(kinds::resource_low) == 3);
  CHECK(left(5'500).size() == 1);
  CHECK(left(6'500).empty());
  CHECK(count(kinds::resource_ok) == 2);
}

TEST_CASE_METHOD(watched, "a machine that does not answer is not judged") {
  runtime.world->host = {};
  time.advance(31s);
  CHECK(look().warnings.empty());
  CHECK(count(kinds::resource_low) == 0);
}

TEST_CASE_METHOD(watched, "processors are counted from the watch's own last look, however often somebody asks") {
  CHECK(look().services.at(0).cpus == -1);
  for (std::uint64_t i = 1; i <= 10; ++i) {
    time.advance(1s);
    uses(10, i * 500'000);
    CHECK(look().services.at(0).cpus == Approx(0.5));
    uses(10, i * 500'000 + 400'000);
    CHECK(look().services.at(0).cpus == Approx(0.5)); // in the same instant: nothing can be measured
  }
}

TEST_CASE_METHOD(watched, "a member near its processor limit for half a minute is told, a burst is not") {
  used().cpu_limit = 0.5;
  uses(10, 1'000'000);
  time.advance(2s);
  CHECK(look().warnings.empty());
  uses(10, 14'000'000);
  time.advance(29s); // its own look, thirty seconds after the first
  CHECK(look().warnings == line_list{"one uses 0.47 of its limit of 0.50 processors (93 %); raise resources: cpus"});
  CHECK(count(kinds::resource_low) == 1);
  time.advance(30s);
  CHECK(look().warnings.empty());
  CHECK(count(kinds::resource_ok) == 1);
}

TEST_CASE_METHOD(watched, "a member that its processor limit holds back is named, however often somebody asks") {
  const line_list warned{"one is held back by its processor limit in 40 % of the time; raise resources: cpus"};
  for (int i = 0; i < 40; ++i) {
    time.advance(2s);
    used().periods += 20;
    used().throttled_periods += 8;
    const auto seen = look();
    if (used().periods >= 100)
      CHECK(seen.warnings == warned);
  }
  CHECK(health().warnings == warned);
  CHECK(count(kinds::resource_low) == 1);
  time.advance(61s); // not held back any more
  CHECK(health().warnings.empty());
  CHECK(count(kinds::resource_ok) == 1);
}

TEST_CASE_METHOD(watched, "what health warns of is not taken back by a look at the resources") {
  time.advance(25s);
  used().periods = 300;
  used().throttled_periods = 150;
  time.advance(5s); // its own look
  REQUIRE(health().warnings.size() == 1);
  time.advance(1s);
  CHECK(look().warnings.size() == 1);
  CHECK(health().warnings.size() == 1);
}

TEST_CASE_METHOD(watched, "health looks anew when the last look is older than five seconds, and never waits long") {
  uses(96, 0);
  CHECK(health().warnings.empty()); // as of the first look, in this very instant
  time.advance(5s);
  CHECK(health().warnings.size() == 1);
}

TEST_CASE_METHOD(watched, "a process that its memory limit kills is told, once, while the member goes on") {
  used().oom_kills = 1;
  time.advance(31s);
  const line_list warned{"one: a process was killed by its memory limit; raise resources: memory"};
  CHECK(look().warnings == warned);
  time.advance(60s);
  CHECK(count(kinds::memory_kill) == 1);
  CHECK(look().warnings == warned);
  used().oom_kills = 3;
  time.advance(31s);
  CHECK(count(kinds::memory_kill) == 2);
  CHECK(look().warnings == line_list{"one: 2 processes were killed by its memory limit; raise resources: memory"});
  used().oom_kills = 0; // another life
  time.advance(11min);
  CHECK(look().warnings.empty());
  CHECK(count(kinds::memory_kill) == 2);
}

TEST_CASE_METHOD(watched, "one that does not run is listed, and what was told of it is forgotten") {
  uses(96, 0);
  time.advance(31s);
  CHECK(count(kinds::resource_low) == 1);
  used().processes = 0;
  time.advance(2s);
  const auto seen = look();
  CHECK(seen.services.size() == 1);
  CHECK(seen.warnings.empty());
  used().processes = 1;
  time.advance(2s);
  look();
  CHECK(count(kinds::resource_low) == 2);
}
