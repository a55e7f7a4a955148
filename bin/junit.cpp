#include "bin/junit.hpp"

#include "actors/view_json.hpp"
#include "bin/layout.hpp"
#include "logic/markup.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace paws::bin {

namespace {

namespace kinds = logic::event_kinds;
using nlohmann::json;

// A line break too: an attribute would lose it.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : logic::markup(harmless_lines(text)))
    out += c == '\n' ? "&#10;" : std::string{c};
  return out;
}

std::string attribute(const char* name, const std::string& value) {
  return std::string{" "} + name + "=\"" + escaped(value) + "\"";
}

std::string seconds(std::int64_t duration_ms) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%lld.%03lld", static_cast<long long>(duration_ms / 1000),
                static_cast<long long>(duration_ms % 1000));
  return out.data();
}

// "2026-11-28T11:30:05", UTC, as the schema wants it.
std::string moment(std::int64_t at_us) {
  return to_rfc3339(at_us).substr(0, 19);
}

struct sums {
  std::size_t tests = 0, failures = 0, skipped = 0;
  std::int64_t duration_ms = 0;
};

sums sums_of(const junit_suite& suite) {
  sums out;
  for (const auto& each : suite.cases) {
    ++out.tests;
    out.failures += each.failure.empty() ? 0 : 1;
    out.skipped += each.skipped ? 1 : 0;
    out.duration_ms += each.duration_ms;
  }
  if (suite.duration_ms >= 0)
    out.duration_ms = suite.duration_ms;
  return out;
}

std::string attributes(const sums& of) {
  return attribute("tests", std::to_string(of.tests)) + attribute("failures", std::to_string(of.failures)) +
         attribute("errors", "0") + attribute("skipped", std::to_string(of.skipped)) +
         attribute("time", seconds(of.duration_ms));
}

std::string text_of(const std::string& suite, const junit_case& what) {
  auto out = "    <testcase" + attribute("classname", suite) + attribute("name", what.name) +
             attribute("time", seconds(what.duration_ms));
  if (what.failure.empty() && !what.skipped)
    return out + "/>\n";
  out += ">\n";
  if (what.skipped)
    out += "      <skipped/>\n";
  if (!what.failure.empty())
    out += "      <failure" + attribute("message", what.failure) + ">" + escaped(what.details) + "</failure>\n";
  return out + "    </testcase>\n";
}

std::int64_t number_of(const logic::event& what, const std::string& field) {
  const auto at = what.fields.find(field);
  return at == what.fields.end() ? 0 : std::atoll(at->second.c_str());
}

std::string over(std::int64_t duration_ms, std::int64_t target_ms) {
  return "took " + seconds(duration_ms) + " s, its target is " + seconds(target_ms) + " s";
}

std::string word_of(const json& from, const char* key) {
  return from.is_object() && from.contains(key) && from[key].is_string() ? from[key].get<std::string>() : "";
}

std::int64_t count_of(const json& from, const char* key) {
  return from.is_object() && from.contains(key) && from[key].is_number() ? from[key].get<std::int64_t>() : 0;
}

} // namespace

std::string junit_document(const std::vector<junit_suite>& suites) {
  sums all;
  std::string inner;
  for (const auto& suite : suites) {
    const auto own = sums_of(suite);
    all.tests += own.tests;
    all.failures += own.failures;
    all.skipped += own.skipped;
    all.duration_ms += own.duration_ms;
    inner += "  <testsuite" + attribute("name", suite.name) + attributes(own) +
             (suite.begun_us > 0 ? attribute("timestamp", moment(suite.begun_us)) : "") + ">\n";
    for (const auto& each : suite.cases)
      inner += text_of(suite.name, each);
    inner += "  </testsuite>\n";
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"paws-engine run\"" + attributes(all) + ">\n" +
         inner + "</testsuites>\n";
}

junit_suite start_suite(const std::string& environment, const start_record& of) {
  junit_suite out{"start", of.begun_us, {}, of.duration_ms};
  std::vector<std::string> open;
  for (const auto& event : of.events) {
    if (event.kind == kinds::phase_begun)
      open.push_back(event.subject);
    if (event.kind != kinds::phase_ended)
      continue;
    std::erase(open, event.subject);
    const auto duration = number_of(event, "duration_ms"), target = number_of(event, "target_ms");
    out.cases.push_back({event.subject, duration, target > 0 && duration > target ? over(duration, target) : "", ""});
  }
  const bool failed = of.exit_code != 0;
  for (const auto& phase : open)
    out.cases.push_back({phase, 0, failed ? "was not over when the start failed" : "", "", !failed});
  junit_case whole{"ready", of.duration_ms, "", ""};
  if (failed) {
    whole.failure = of.what.code.empty() ? environment + " did not become ready" : of.what.code;
    whole.details = of.what.code.empty() ? "exit code " + std::to_string(of.exit_code) : topology::to_string(of.what);
  }
  out.cases.push_back(std::move(whole));
  return out;
}

junit_suite drill_suite(const json& report) {
  junit_suite out{"drill " + word_of(report, "drill") + " " + word_of(report, "id"), 0, {}, -1};
  const bool failed = word_of(report, "verdict") != "pass";
  for (const auto& phase : report.is_object() ? report.value("phases", json::array()) : json::array()) {
    junit_case one{word_of(phase, "name"), count_of(phase, "duration_ms"), "", ""};
    const bool seen = phase.is_object() && phase.value("observed", false);
    if (!seen && failed)
      one.failure = "was not observed";
    else if (failed && !phase.value("within_target", true))
      one.failure = over(one.duration_ms, count_of(phase, "target_ms"));
    one.skipped = !seen && !failed;
    out.cases.push_back(std::move(one));
  }
  junit_case verdict{"verdict", 0, "", ""};
  if (failed) {
    verdict.failure = "the drill did not pass";
    verdict.details = "victim " + word_of(report, "victim") + ", zero loss " + word_of(report, "zero_loss");
    for (const auto& note : report.is_object() ? report.value("notes", json::array()) : json::array())
      verdict.details += "\n" + (note.is_string() ? note.get<std::string>() : note.dump());
  }
  out.cases.push_back(std::move(verdict));
  return out;
}

junit_suite command_suite(const command_record& of) {
  junit_case one;
  for (const auto& word : of.words)
    one.name += (one.name.empty() ? "" : " ") + word;
  one.duration_ms = of.duration_ms;
  one.skipped = !of.ran;
  if (of.ran && of.exit_code != 0)
    one.failure = of.signal != 0 ? "was ended by signal " + std::to_string(of.signal)
                                 : "ended with exit code " + std::to_string(of.exit_code);
  return {"command", of.begun_us, {one}, -1};
}

} // namespace paws::bin
