// What the end-to-end cases of drills share: one drill through the command line, and what must be true around it.
#pragma once

#include "tests/stack/stack.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

namespace paws::e2e {

/// The longest drill: warming up, the fault, and three minutes of recovery.
inline constexpr std::chrono::seconds drill_limit{400};

inline nlohmann::json phase_of(const nlohmann::json& report, const std::string& name) {
  for (const auto& phase : report["phases"])
    if (phase["name"] == name)
      return phase;
  return nullptr;
}

/// The report of `ctl drill WORDS`; its exit code must be the verdict's.
inline nlohmann::json drilled(stack& s, std::vector<std::string> words) {
  words.insert(words.begin(), "drill");
  words.insert(words.end(), {"--format", "json"});
  auto ended = s.ctl(words, drill_limit);
  INFO(ended.out << ended.err);
  REQUIRE(ended.in_time);
  auto report = ended.json();
  REQUIRE(report.is_object());
  CHECK(ended.exit_code == (report["verdict"] == "pass" ? 0 : 5));
  return report;
}

inline bool nothing_open(stack& s) {
  return s.status()["open_faults"].empty() && !std::filesystem::exists(s.environment_dir() / "undo.jsonl");
}

/// The fault is in effect: its event, the `nth` of its kind, is in the journal, with the drill still under way.
inline bool is_broken(stack& s, int nth = 1) {
  return s.sees_event(
      [seen = 0, nth](const nlohmann::json& what) mutable {
        seen += what["kind"] == "drill_step" && what["text"] == "watches" ? 1 : 0;
        return seen >= nth;
      },
      in(std::chrono::seconds{90}));
}

} // namespace paws::e2e
