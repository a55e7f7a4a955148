// A fault that a drill injects, as a value: enough for any engine to take it back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace paws::logic {

/// What is done to a member, and thereby what takes it back.
enum class fault_kind : std::uint8_t {
  kill,              // SIGKILL to all of it; taken back by a start
  stop,              // stopped in order; by a start
  pause,             // all of it stands still; by resuming it
  postmaster_kill,   // SIGKILL to PostgreSQL alone; Patroni starts it again: nothing to take back
  postmaster_freeze, // SIGSTOP to PostgreSQL alone; by SIGCONT
  partition          // packet rules against `peers`, none = all; by removing them
};
inline constexpr std::size_t fault_kind_count = 6;

/// The word of the command line: "postmaster-kill".
std::string_view to_string(fault_kind what);
/// False when `word` is none.
bool read_fault(std::string_view word, fault_kind& into);

struct injected_fault {
  std::uint64_t id = 0; // of the undo log
  std::string drill;    // whose it is
  fault_kind kind = fault_kind::kill;
  std::string member;
  std::vector<std::string> peers; // partition: from whom
  std::int64_t at_us = 0;         // wall clock, before it was injected

  friend bool operator==(const injected_fault&, const injected_fault&) = default;
};

} // namespace paws::logic
