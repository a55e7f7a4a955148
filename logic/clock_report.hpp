// The clocks that an environment lives by, compared: this machine's, its hardware's, its members', and what to do when
// they differ.
#pragma once

#include "logic/ask.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paws::logic {

/// Clocks that differ by more are not in step. etcd warns of its peers from the same difference on (rafthttp, "prober
/// found high clock drift"), and certificates, leases and logs are compared by whole seconds.
inline constexpr milliseconds most_clock_difference{1'000};

/// One clock against this machine's wall clock.
struct clock_row {
  std::string clock;     // "hardware", or a member's name
  std::string source;    // how it was read: "rtc0", "date", "PostgreSQL", "Redis"
  milliseconds ahead{};  // of the machine's wall clock; negative: behind
  milliseconds within{}; // the reading is that uncertain, either way
  std::string unknown;   // why it could not be read; "" when it could
};

/// What this machine's own clocks say, and what may be done to them. Read at once.
struct machine_clock_facts {
  std::int64_t wall_us = 0;                // since 1970, at the reading
  std::optional<std::int64_t> hardware_us; // UTC; of whole seconds: half a second is added
  std::string hardware_unknown;            // why there is none
  bool hardware_local = false;             // it keeps local time: nothing can be said
  bool wsl = false;                        // Windows' Linux: its wall clock falls behind while Windows sleeps
  bool may_set = false;                    // this process may set the wall clock
  bool synchronised = false;               // the kernel says that a time service keeps its wall clock
};

struct clock_report {
  std::vector<clock_row> clocks;
  bool shared = false;                // members read this machine's own clock: they live on it
  std::optional<milliseconds> set_by; // the wall clock was set from the hardware's, by this much
  std::vector<std::string> commands;  // to run, in this order; none when all is in step
  std::vector<std::string> notes;     // what else is worth knowing
};

/// What is to be done about this machine's wall clock and its hardware's.
enum class clock_remedy : std::uint8_t {
  none,         // in step, or nothing is known
  set_here,     // the wall clock from the hardware's; this process may
  say_to_set,   // the same, by somebody who may
  say_to_store, // a time service keeps the wall clock: the hardware's is wrong
  say_to_serve  // neither can be trusted: a time service is needed
};

/// The hardware clock as a row; its reading is a whole second.
clock_row hardware_row(const machine_clock_facts& of);
clock_remedy remedy_for(const machine_clock_facts& of);
/// The exact command line; "" for `none` and `set_here`.
std::string command_for(clock_remedy what);
/// It surely differs by more than most_clock_difference, its uncertainty taken off.
bool out_of_step(const clock_row& row);
/// Everything that could be read is in step.
bool in_step(const clock_report& of);
/// A member's clock, from what it said when asked between two readings of the wall clock.
clock_row member_row(const std::string& member, const std::string& source, std::int64_t said_us, std::int64_t before_us,
                     std::int64_t after_us);
/// Seconds since 1970 with up to nine decimals, as `date +%s.%N` and PostgreSQL write them, in microseconds; nothing
/// for anything else.
std::optional<std::int64_t> seconds_to_us(const std::string& text);
/// What a daemon says its clock is, in microseconds since 1970: one row of seconds (PostgreSQL), or a row of seconds
/// and one of microseconds (Redis' TIME); nothing for anything else.
std::optional<std::int64_t> daemon_clock(const answer& what);

} // namespace paws::logic
