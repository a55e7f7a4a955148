// What a drill found out, as a value: the contract's report, and the timeline that it was drawn from. Times of the
// timeline are milliseconds since the fault (negative: before it).
#pragma once

#include "logic/failover_evidence.hpp"
#include "logic/write_ledger.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace paws::logic {

/// What somebody said at a moment, when it differs from what they said before: "leader_key" of "etcd" is "patroni2",
/// "primary" of "patroni1" is "false". Empty value: nothing, or no answer.
struct drill_mark {
  std::int64_t at_ms = 0;
  std::string what, who, value;
};

/// A mark of this name says when the fault was taken back.
inline constexpr std::string_view mark_undone = "undone";

/// The writer's answers of one tenth of a second that begins at `at_ms`.
struct write_rate {
  std::int64_t at_ms = 0;
  std::uint32_t acknowledged = 0, failed = 0, indeterminate = 0;
};

enum class loss_claim : std::uint8_t { proven, violated, not_claimed };
std::string_view to_string(loss_claim what);

struct drill_report {
  std::string id; // "20261128T113005-patroni-leader-1": sorts by time
  std::string environment, runtime;
  std::string drill, fault; // words of the command line
  std::string victim;       // members, separated by commas
  std::string successor;    // "" = none was seen
  bool passed = false;
  std::int64_t begun_us = 0; // wall clock; of the fault, or of the drill when none was injected
  std::vector<drill_phase> phases;
  std::optional<milliseconds> first_failed_probe, total, resync;
  milliseconds target{};
  bool wrote = false; // `writer` is meaningful
  write_counts writer;
  loss_claim zero_loss = loss_claim::not_claimed;
  bool recovered = false;
  std::vector<std::string> notes;
  std::string page;              // path of the report for eyes; "" = it could not be kept
  std::vector<drill_mark> marks; // in time order
  std::vector<write_rate> rates; // in time order
};

} // namespace paws::logic
