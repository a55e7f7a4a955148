#include "logic/write_ledger.hpp"

#include <catch2/catch.hpp>
#include <random>

using namespace paws::logic;
using namespace std::chrono_literals;

namespace {
const steady_time t0 = steady_time{} + 1h;
}

TEST_CASE("each write has one fate: the first word about it counts") {
  write_ledger ledger;
  const auto first = ledger.begin(t0), second = ledger.begin(t0), third = ledger.begin(t0);
  CHECK(first == 1);
  CHECK(second == 2);
  ledger.end(first, write_fate::acknowledged, t0 + 5ms);
  ledger.end(first, write_fate::failed, t0 + 6ms);
  ledger.end(second, write_fate::failed, t0 + 6ms);
  ledger.end(99, write_fate::acknowledged, t0 + 6ms);
  CHECK(ledger.open() == 1);
  ledger.close(t0 + 1s);
  ledger.end(third, write_fate::acknowledged, t0 + 2s);
  const auto found = ledger.compare({1}, t0 + 2s);
  CHECK(found.attempted == 3);
  CHECK(found.acknowledged == 1);
  CHECK(found.failed == 1);
  CHECK(found.indeterminate == 1);
  CHECK(found.lost == 0);
  CHECK(found.unexpected == 0);
}

TEST_CASE("lost is what was acknowledged and is not there, unexpected what nobody can have written") {
  write_ledger ledger;
  for (int i = 0; i < 5; ++i)
    ledger.begin(t0);
  for (const auto id : {1, 2, 3})
    ledger.end(id, write_fate::acknowledged, t0 + 1ms);
  ledger.end(4, write_fate::failed, t0 + 1ms);
  ledger.end(5, write_fate::indeterminate, t0 + 1ms);
  CHECK(ledger.compare({1, 2, 3, 5}, t0).unexpected == 0); // what is indeterminate may be there
  CHECK(ledger.compare({1, 2, 3}, t0).lost == 0);          // or not
  CHECK(ledger.compare({1, 3}, t0).lost == 1);
  CHECK(ledger.compare({}, t0).lost == 3);
  CHECK(ledger.compare({1, 2, 3, 4}, t0).unexpected == 1); // refused, and there all the same
  CHECK(ledger.compare({0, 1, 2, 3, 6}, t0).unexpected == 2);
}

TEST_CASE("a late answer to a write that began before a moment proves nothing about that moment") {
  write_ledger ledger;
  ledger.begin(t0);
  const auto late = ledger.begin(t0 + 10ms);
  const auto fault = t0 + 50ms;
  ledger.end(1, write_fate::acknowledged, t0 + 20ms);
  ledger.end(late, write_fate::acknowledged, fault + 100ms);
  CHECK_FALSE(ledger.first_acknowledged_after(fault));
  CHECK(ledger.last_acknowledged_before(fault) == t0 + 20ms);
  CHECK_FALSE(ledger.last_acknowledged_before(t0));
  const auto next = ledger.begin(fault + 200ms);
  ledger.end(next, write_fate::acknowledged, fault + 900ms);
  CHECK(ledger.first_acknowledged_after(fault) == fault + 900ms);
  CHECK(ledger.acknowledged_between(t0, fault) == 1);
  CHECK(ledger.acknowledged_between(fault, fault + 1s) == 2);
}

TEST_CASE("the longest gap lies between acknowledgements, or at either end") {
  write_ledger ledger;
  CHECK(ledger.compare({}, t0).longest_gap_ms == 0);
  ledger.begin(t0);
  CHECK(ledger.compare({}, t0 + 400ms).longest_gap_ms == 400);
  ledger.end(1, write_fate::acknowledged, t0 + 100ms);
  ledger.end(ledger.begin(t0 + 100ms), write_fate::acknowledged, t0 + 350ms);
  CHECK(ledger.compare({}, t0 + 360ms).longest_gap_ms == 250);
  CHECK(ledger.compare({}, t0 + 900ms).longest_gap_ms == 550);
}

TEST_CASE("whatever happens in whatever order, every write is counted once") {
  std::mt19937 random{GENERATE(1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U)};
  const auto below = [&](std::size_t most) { return std::uniform_int_distribution<std::size_t>{0, most - 1}(random); };
  write_ledger ledger;
  auto now = t0;
  std::int64_t last = 0;
  for (int step = 0; step < 2'000; ++step) {
    now += milliseconds{below(20)};
    if (below(2) == 0)
      last = ledger.begin(now);
    else
      ledger.end(static_cast<std::int64_t>(below(static_cast<std::size_t>(last) + 2)),
                 static_cast<write_fate>(below(3)), now);
  }
  const auto open = ledger.open();
  const auto before = ledger.compare(ledger.acknowledged(), now);
  CHECK(before.acknowledged + before.failed + before.indeterminate == before.attempted);
  ledger.close(now);
  CHECK(ledger.open() == 0);
  const auto found = ledger.compare(ledger.acknowledged(), now);
  CHECK(found.attempted == static_cast<std::size_t>(last));
  CHECK(found.indeterminate == before.indeterminate);
  CHECK(found.indeterminate >= open);
  CHECK(found.lost == 0);
  CHECK(found.unexpected == 0);
  CHECK(ledger.compare({}, now).lost == found.acknowledged);
}
