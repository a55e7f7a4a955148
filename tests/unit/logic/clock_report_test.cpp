#include "logic/clock_report.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t second = 1'000'000, now_us = 1'764'000'000 * second;

machine_clock_facts hardware_ahead_by(std::int64_t us) {
  machine_clock_facts out;
  out.wall_us = now_us;
  out.hardware_us = now_us + us;
  return out;
}

} // namespace

TEST_CASE("the hardware's whole seconds are not taken for a difference") {
  CHECK_FALSE(out_of_step(hardware_row(hardware_ahead_by(1'499'000))));
  CHECK_FALSE(out_of_step(hardware_row(hardware_ahead_by(-1'499'000))));
  CHECK(out_of_step(hardware_row(hardware_ahead_by(1'600'000))));
  CHECK(out_of_step(hardware_row(hardware_ahead_by(-3600 * second))));
}

TEST_CASE("what cannot be read is no difference and says why") {
  machine_clock_facts none;
  none.hardware_unknown = "this machine shows none";
  CHECK(hardware_row(none).unknown == "this machine shows none");
  CHECK(remedy_for(none) == clock_remedy::none);
  auto local = hardware_ahead_by(3600 * second);
  local.hardware_local = true;
  CHECK(hardware_row(local).unknown == "it keeps local time");
  CHECK(remedy_for(local) == clock_remedy::none);
  CHECK(in_step({{hardware_row(none), hardware_row(local)}, false, {}, {}, {}}));
}

TEST_CASE("every remedy has its command") {
  auto facts = hardware_ahead_by(10 * second);
  CHECK(remedy_for(facts) == clock_remedy::say_to_serve);
  facts.synchronised = true;
  CHECK(remedy_for(facts) == clock_remedy::say_to_store);
  facts.wsl = true;
  CHECK(remedy_for(facts) == clock_remedy::say_to_set);
  facts.may_set = true;
  CHECK(remedy_for(facts) == clock_remedy::set_here);
  CHECK(remedy_for(hardware_ahead_by(0)) == clock_remedy::none);
  CHECK(command_for(clock_remedy::say_to_set) == "sudo hwclock --hctosys");
  CHECK(command_for(clock_remedy::say_to_store) == "sudo hwclock --systohc");
  CHECK(command_for(clock_remedy::say_to_serve) == "sudo timedatectl set-ntp true");
  CHECK(command_for(clock_remedy::set_here).empty());
}

TEST_CASE("a member's answer is as uncertain as half of the time it took") {
  const auto row = member_row("redis1", "Redis", now_us + 2 * second, now_us, now_us + 400'000);
  CHECK(row.ahead == 1800ms);
  CHECK(row.within == 200ms);
  CHECK(out_of_step(row));
  CHECK_FALSE(out_of_step(member_row("redis1", "Redis", now_us + 2 * second, now_us, now_us + 2 * second)));
}

TEST_CASE("what daemons say of the time is understood or refused") {
  CHECK(seconds_to_us("1764000000.25\n") == 1'764'000'000'250'000);
  CHECK(seconds_to_us("1764000000.123456789") == 1'764'000'000'123'456);
  CHECK(seconds_to_us("1764000000") == 1'764'000'000'000'000);
  for (const auto* text : {"", "\n", ".", "1.", "-1", "1e9", "1764000000.x", "99999999999999999999", "1.1234567890"})
    CHECK_FALSE(seconds_to_us(text));
  answer said;
  said.ok = true;
  CHECK_FALSE(daemon_clock(said));
  said.rows = {{"1764000000.5"}};
  CHECK(daemon_clock(said) == 1'764'000'000'500'000);
  said.rows = {{"1764000000"}, {"250000"}};
  CHECK(daemon_clock(said) == 1'764'000'000'250'000);
  said.rows = {{"1764000000"}, {"x"}};
  CHECK_FALSE(daemon_clock(said));
  said.rows = {{}, {}};
  CHECK_FALSE(daemon_clock(said));
  said.rows = {{"1764000000"}};
  said.ok = false;
  CHECK_FALSE(daemon_clock(said));
}
