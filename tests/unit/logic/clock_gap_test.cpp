#include "logic/clock_gap.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace paws::logic;
using namespace std::chrono_literals;

namespace {

constexpr auto interval = 1s;

// A machine whose clocks are made to do what a test wants.
struct machine {
  clock_watch watch{interval};
  clock_reading now{1h, 30min, 480'000h};

  std::optional<clock_gap> runs(std::chrono::nanoseconds how_long = interval) {
    now.boot += how_long;
    now.steady += how_long;
    now.wall += how_long;
    return watch.read(now);
  }
  void sleeps(std::chrono::nanoseconds how_long) {
    now.boot += how_long;
    now.wall += how_long;
  }
  machine() { watch.read(now); }
};

} // namespace

TEST_CASE("nothing is told while all is well, however long") {
  machine m;
  for (int i = 0; i < 100'000; ++i)
    REQUIRE_FALSE(m.runs());
}

TEST_CASE("a sleep is told once, with its length, and not as a freeze") {
  machine m;
  m.sleeps(2h);
  const auto found = m.runs();
  REQUIRE(found);
  CHECK(found->kind == gap_kind::sleep);
  CHECK(found->length == 2h);
  for (int i = 0; i < 100; ++i)
    CHECK_FALSE(m.runs());
  m.sleeps(1'999ms); // too short to matter
  CHECK_FALSE(m.runs());
}

TEST_CASE("an engine that was held still while its machine ran knows for how long") {
  machine m;
  const auto found = m.runs(40s);
  REQUIRE(found);
  CHECK(found->kind == gap_kind::freeze);
  CHECK(found->length == 39s);
  CHECK_FALSE(m.runs());
  CHECK_FALSE(m.runs(interval + 4'999ms)); // a busy machine
}

TEST_CASE("a wall clock that is set is told with its sign, at once or in steps") {
  machine m;
  m.now.wall -= 1h;
  auto found = m.runs();
  REQUIRE(found);
  CHECK(found->kind == gap_kind::wall_clock);
  CHECK(found->length == -1h);
  CHECK_FALSE(m.runs());
  for (int i = 0; i < 4; ++i) {
    m.now.wall += 1'100ms;
    CHECK_FALSE(m.runs());
  }
  m.now.wall += 1'100ms;
  found = m.runs();
  REQUIRE(found);
  CHECK(found->length == 5'500ms);
}

TEST_CASE("after a sleep in which the wall clock went wrong both are told, one after the other") {
  machine m;
  m.sleeps(10min);
  m.now.wall += 30s;
  auto found = m.runs();
  REQUIRE(found);
  CHECK(found->kind == gap_kind::sleep);
  found = m.runs();
  REQUIRE(found);
  CHECK(found->kind == gap_kind::wall_clock);
  CHECK(found->length == 30s);
  CHECK_FALSE(m.runs());
}

TEST_CASE("whatever the clocks do, what is told adds up to what was done") {
  std::mt19937 random{GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U)};
  const auto below = [&](int most) { return std::uniform_int_distribution<int>{0, most - 1}(random); };
  machine m;
  milliseconds slept{}, told_slept{}, set{}, told_set{};
  for (int i = 0; i < 3'000; ++i) {
    if (below(20) == 0) {
      const milliseconds how_long{2'000 + below(100'000)};
      m.sleeps(how_long);
      slept += how_long;
    }
    if (below(20) == 0) {
      const milliseconds by{below(40'000) - 20'000};
      m.now.wall += by;
      set += by;
    }
    if (const auto found = m.runs()) {
      told_slept += found->kind == gap_kind::sleep ? found->length : milliseconds{};
      told_set += found->kind == gap_kind::wall_clock ? found->length : milliseconds{};
      CHECK(found->kind != gap_kind::freeze);
    }
  }
  if (const auto found = m.runs())
    told_set += found->length;
  CHECK(told_slept == slept);
  CHECK(std::chrono::abs(told_set - set) < clock_watch::shortest_jump);
}
