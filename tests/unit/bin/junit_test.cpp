// JUnit's XML of a run: what passed, what failed and why, in a document that any XML reader takes.
#include "bin/junit.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace paws::bin;
using Catch::Matchers::Contains;
namespace logic = paws::logic;

namespace {

logic::event phase(std::string_view kind, const std::string& name, const std::string& duration = "",
                   const std::string& target = "") {
  logic::event out;
  out.kind = kind;
  out.subject = name;
  if (!duration.empty())
    out.fields = {{"duration_ms", duration}, {"target_ms", target}};
  return out;
}

} // namespace

TEST_CASE("phases of a start are cases that fail when they took longer than their target") {
  start_record of;
  of.begun_us = 1'796'000'000'000'000;
  of.duration_ms = 6'123;
  of.events = {phase(logic::event_kinds::phase_begun, "etcd_formation"),
               phase(logic::event_kinds::phase_ended, "etcd_formation", "400", "45000"),
               phase(logic::event_kinds::phase_begun, "redis_setup"),
               phase(logic::event_kinds::phase_ended, "redis_setup", "31000", "30000")};
  const auto suite = start_suite("e", of);
  REQUIRE(suite.cases.size() == 3);
  CHECK(suite.cases[0].failure.empty());
  CHECK(suite.cases[1].failure == "took 31.000 s, its target is 30.000 s");
  CHECK(suite.cases[2].name == "ready");
  CHECK(suite.cases[2].failure.empty());
  const auto text = junit_document({suite});
  CHECK_THAT(text, Contains("<testsuite name=\"start\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"0\" "
                            "time=\"6.123\" timestamp=\"2026-"));
  CHECK_THAT(text, Contains("<testcase classname=\"start\" name=\"etcd_formation\" time=\"0.400\"/>"));
}

TEST_CASE("a start that failed says why and which phase was not over") {
  start_record of;
  of.exit_code = 5;
  of.what = {"ERR_ENG_003", "etcd1 <died> & \"left\"", "look at its log"};
  of.events = {phase(logic::event_kinds::phase_begun, "etcd_formation")};
  const auto text = junit_document({start_suite("e", of), command_suite({{"make", "test"}, 0, 0, false, 0, 0})});
  CHECK_THAT(text, Contains("<failure message=\"was not over when the start failed\">"));
  CHECK_THAT(text, Contains("<failure message=\"ERR_ENG_003\">[ENGINE] ERR_ENG_003: etcd1 &lt;died&gt; &amp; "
                            "&quot;left&quot; | look at its log</failure>"));
  CHECK_THAT(text, Contains("name=\"make test\" time=\"0.000\">\n      <skipped/>"));
  CHECK_THAT(text,
             Contains("<testsuites name=\"paws-engine run\" tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"1\""));
}

TEST_CASE("a command that failed says with what") {
  CHECK(command_suite({{"x"}, 0, 5, true, 0, 0}).cases[0].failure.empty());
  CHECK(command_suite({{"x"}, 0, 5, true, 7, 0}).cases[0].failure == "ended with exit code 7");
  CHECK(command_suite({{"x"}, 0, 5, true, 137, 9}).cases[0].failure == "was ended by signal 9");
}

TEST_CASE("a drill is a suite whose phases fail when its verdict does") {
  auto report =
      nlohmann::json::parse(R"({"id":"20261128-x","drill":"patroni-leader","verdict":"pass","victim":"patroni1",
    "phases":[{"name":"detection","observed":true,"duration_ms":40000,"target_ms":30000,"within_target":false},
              {"name":"election","observed":false,"duration_ms":null,"target_ms":15000,"within_target":false}],
    "zero_loss":"proven","notes":["a note"]})");
  auto suite = drill_suite(report);
  CHECK(suite.name == "drill patroni-leader 20261128-x");
  REQUIRE(suite.cases.size() == 3);
  for (const auto& each : suite.cases)
    CHECK(each.failure.empty());
  CHECK(suite.cases[1].skipped);
  report["verdict"] = "fail";
  suite = drill_suite(report);
  CHECK(suite.cases[0].failure == "took 40.000 s, its target is 30.000 s");
  CHECK(suite.cases[1].failure == "was not observed");
  CHECK(suite.cases[2].failure == "the drill did not pass");
  CHECK_THAT(suite.cases[2].details, Contains("a note"));
  CHECK_FALSE(drill_suite(nlohmann::json{}).cases.back().failure.empty());
}

TEST_CASE("bytes that XML cannot hold do not break the document") {
  command_record of;
  of.words = {std::string{"a\x01\x1b[2J\xff", 7}, "\xef\xbf\xbf\xed\xa0\x80", "two\nlines"};
  of.ran = true;
  const auto text = junit_document({command_suite(of)});
  for (const char c : text)
    CHECK((static_cast<unsigned char>(c) >= 0x20 || c == '\n'));
  CHECK_THAT(text, Contains("two&#10;lines"));
  CHECK(text.find("\xef\xbf\xbf") == std::string::npos);
  CHECK(text.find("\xed\xa0\x80") == std::string::npos);
  CHECK(text.find('\xff') == std::string::npos);
}
