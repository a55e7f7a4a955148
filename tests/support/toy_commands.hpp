// What most tests of a toy world say to it.
#pragma once

#include "tests/support/toy_world.hpp"

#include <catch2/catch.hpp>

namespace paws::testing {

/// How the command under way ends, within that much virtual time; the test fails when it does not.
inline command_outcome done(toy_world& world, caf::timespan within = std::chrono::seconds{1'000}) {
  const auto outcome = world.advance_until_outcome(within);
  if (!outcome)
    FAIL(world.describe());
  return *outcome;
}

/// A start that succeeds.
inline void bring_up(toy_world& world) {
  world.command("start");
  REQUIRE(done(world).what.code.empty());
}

} // namespace paws::testing
