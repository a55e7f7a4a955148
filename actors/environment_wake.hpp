// What the environment does about its machine's clocks: one recovery per gap, by itself or because somebody asks, and a
// comparison of all clocks. Services see to themselves (service_wake.cpp); here it is told to them, awaited and said.
#pragma once

#include "actors/environment.hpp"

namespace paws::waking {

/// The clock watch has seen something. A second gap extends the recovery that is under way.
void hear_gap(environment_state_data& of, const logic::clock_gap& gap);
void hear_awakened(environment_state_data& of, const awakened& what);
/// One of the recovery's own ticks, `tick` without its mark.
void hear_tick(environment_state_data& of, std::uint64_t tick);
/// Looked at after everything that could have changed the answer.
void see_to(environment_state_data& of);
/// The machine's clocks are read first, so that what happened since the watch's last look counts; `then` is called once
/// verdicts mean something again.
void when_awake(environment_state_data& of, const std::function<void()>& then);
/// What is said of clusters and routes now was perhaps asked for before the machine slept, and does not count yet; no
/// member has ended or stands still meanwhile, which would count at once.
bool holds(const environment_state_data& of);
/// "the machine slept for 45 s; recovery is under way: waits for patroni2"; "" when none is.
std::string under_way(const environment_state_data& of);
/// The recovery ends here, because of that command.
void interrupt(environment_state_data& of, const std::string& because);

/// The machine's wall clock itself, microseconds since 1970; the journal's where nobody watches clocks.
std::int64_t wall_us(const environment_state_data& of);

/// resume-after-sleep and time-sync: nothing: they may begin.
std::optional<topology::failure> refuses(const environment_state_data& of, const operator_command& what);
void resume_by_hand(environment_state_data& of, const operator_command& what, const outcome_promise& promise);
void compare_clocks(environment_state_data& of, const operator_command& what, outcome_promise promise);

} // namespace paws::waking
