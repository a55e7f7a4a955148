// What a run found out as JUnit's XML, which CI servers show: the phases of the start, drills, and the command.
#pragma once

#include "logic/event.hpp"
#include "topology/failure.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paws::bin {

struct junit_case {
  std::string name;
  std::int64_t duration_ms = 0;
  std::string failure; // one sentence; "" = it passed
  std::string details; // of the failure
  bool skipped = false;
};

struct junit_suite {
  std::string name;
  std::int64_t begun_us = 0; // wall clock; 0 = not known
  std::vector<junit_case> cases;
  std::int64_t duration_ms = -1; // of cases that went on beside each other; -1 = their sum
};

/// The whole document. What XML cannot hold (control characters, bytes that are no UTF-8) becomes "?".
std::string junit_document(const std::vector<junit_suite>& suites);

/// How a start went, as it was told.
struct start_record {
  std::int64_t begun_us = 0, duration_ms = 0;
  std::vector<logic::event> events;
  int exit_code = 0;
  topology::failure what; // of a start that failed
};

/// Suite "start": a case for each phase that began, failed when it took longer than its target or did not end, and one
/// "ready" for the whole.
junit_suite start_suite(const std::string& environment, const start_record& of);

/// A drill's report (the contract's JSON): a case for each phase, failed when the verdict fails and the phase was over
/// its target or not seen, and one "verdict".
junit_suite drill_suite(const nlohmann::json& report);

/// How the command ended.
struct command_record {
  std::vector<std::string> words;
  std::int64_t begun_us = 0, duration_ms = 0;
  bool ran = false;
  int exit_code = 0;
  int signal = 0; // that ended it
};

/// Suite "command": one case, failed unless it ended with 0; skipped when it never ran.
junit_suite command_suite(const command_record& of);

} // namespace paws::bin
