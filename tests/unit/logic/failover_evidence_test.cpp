#include "logic/failover_evidence.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;
using namespace std::chrono_literals;

namespace {

const steady_time fault = steady_time{} + 1h;
const paws::topology::failover_budget budget;

failover_evidence all_seen() {
  failover_evidence out;
  out.fault = fault;
  out.lease_due = fault + 27s;
  out.key_deleted = fault + 27'400ms;
  out.key_taken = fault + 28s;
  out.promoted = fault + 28'300ms;
  out.written = fault + 28'800ms;
  return out;
}

std::vector<std::optional<milliseconds>> durations(const failover_phases& of) {
  std::vector<std::optional<milliseconds>> out;
  for (const auto& each : of.phases)
    out.push_back(each.duration);
  return out;
}

using optional_ms = std::vector<std::optional<milliseconds>>;

} // namespace

TEST_CASE("the phases of a failover that was seen whole add up to its total") {
  const auto found = phases_of(all_seen(), budget);
  CHECK(durations(found) == optional_ms{27'000ms, 400ms, 600ms, 300ms, 500ms});
  CHECK(found.total == 28'800ms);
  CHECK(found.target == 60s);
  for (const auto& each : found.phases)
    CHECK(each.within_target());
  CHECK(found.notes.empty());
}

TEST_CASE("what was not seen is not observed, and takes nothing else with it that was") {
  auto seen = all_seen();
  SECTION("the key's deletion") {
    seen.key_deleted.reset();
    CHECK(durations(phases_of(seen, budget)) == optional_ms{27'000ms, {}, {}, 300ms, 500ms});
  }
  SECTION("the promotion") {
    seen.promoted.reset();
    CHECK(durations(phases_of(seen, budget)) == optional_ms{27'000ms, 400ms, 600ms, {}, {}});
  }
  SECTION("any write") {
    seen.written.reset();
    const auto found = phases_of(seen, budget);
    CHECK_FALSE(found.total);
    CHECK_FALSE(found.phases.back().duration);
    CHECK_FALSE(found.phases.back().within_target());
  }
  SECTION("nothing at all") {
    failover_evidence none;
    none.fault = fault;
    const auto found = phases_of(none, budget);
    CHECK(durations(found) == optional_ms(5));
    CHECK_FALSE(found.total);
  }
}

TEST_CASE("a lease that was released has nothing to expire, and the report says so") {
  auto seen = all_seen();
  seen.lease_due.reset();
  seen.lease_released = fault + 2s;
  seen.key_deleted = fault + 2s;
  seen.key_taken = fault + 3s;
  seen.promoted = fault + 4s;
  seen.written = fault + 5s;
  const auto found = phases_of(seen, budget);
  CHECK(durations(found) == optional_ms{2'000ms, 0ms, 1'000ms, 1'000ms, 1'000ms});
  CHECK(found.notes.size() == 1);
}

TEST_CASE("a moment that comes early counts as none, never as less") {
  auto seen = all_seen();
  seen.key_deleted = *seen.lease_due - 300ms; // etcd counts whole seconds
  for (const auto& each : phases_of(seen, budget).phases)
    CHECK(each.duration >= 0ms);
}

TEST_CASE("a phase over its cap is seen as such") {
  auto seen = all_seen();
  seen.lease_due = fault + 30'001ms;
  seen.key_deleted = *seen.lease_due;
  for (auto* later : {&seen.key_taken, &seen.promoted, &seen.written})
    **later += 10s;
  const auto found = phases_of(seen, budget);
  CHECK_FALSE(found.phases.front().within_target());
  CHECK(found.phases[1].within_target());
}

TEST_CASE("what was seen too late says nothing of when it was and no phase is longer than the whole") {
  auto seen = all_seen();
  SECTION("by less than a poll: at the latest when what followed was seen") {
    seen.promoted = *seen.written + 90ms;
    CHECK(durations(phases_of(seen, budget)) == optional_ms{27'000ms, 400ms, 600ms, 800ms, 0ms});
  }
  SECTION("the promotion, long after a write had been acknowledged") {
    seen.promoted = *seen.written + 3s;
    CHECK(durations(phases_of(seen, budget)) == optional_ms{27'000ms, 400ms, 600ms, {}, {}});
  }
  SECTION("the successor's key, long after its promotion") {
    seen.key_taken = *seen.promoted + 3s;
    CHECK(durations(phases_of(seen, budget)) == optional_ms{27'000ms, 400ms, {}, {}, 500ms});
  }
}
