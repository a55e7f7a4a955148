#include "logic/awakening.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;
using namespace std::chrono_literals;

TEST_CASE("spans are said in the units that a person uses") {
  CHECK(span_of(0ms) == "0 ms");
  CHECK(span_of(999ms) == "999 ms");
  CHECK(span_of(1200ms) == "1.2 s");
  CHECK(span_of(2s) == "2 s");
  CHECK(span_of(-45s) == "45 s");
  CHECK(span_of(119'400ms) == "119 s");
  CHECK(span_of(2min) == "2 min");
  CHECK(span_of(2h) == "2 h");
  CHECK(span_of(26h + 5min + 30s) == "26 h 5 min");
}

TEST_CASE("gaps and ends are plain sentences") {
  CHECK(sentence_of(clock_gap{gap_kind::sleep, 45s}) == "the machine slept for 45 s");
  CHECK(sentence_of(clock_gap{gap_kind::freeze, 39s}) == "the engine stood still for 39 s");
  CHECK(sentence_of(clock_gap{gap_kind::wall_clock, -3h}) == "the wall clock was set back by 3 h");
  CHECK(sentence_of(clock_gap{gap_kind::wall_clock, 6s}) == "the wall clock was set forward by 6 s");
  CHECK(sentence_of(wake_row{"a", wake_end::well, 1s, ""}).empty());
  CHECK(sentence_of(wake_row{"a", wake_end::left_alone, 1s, "x"}).empty());
  CHECK(sentence_of(wake_row{"a", wake_end::recovered, 1200ms, "no answer"}) ==
        "a: recovered by itself after 1.2 s (no answer)");
  CHECK(sentence_of(wake_row{"a", wake_end::not_recovered, 60s, ""}) == "a: not recovered after 60 s");
}

TEST_CASE("a leader that moved is expected only when the silence was longer than its lease") {
  const silence_limits ttl{"ttl", 30s, 10s, 40s};
  const auto said = [&](milliseconds slept) {
    return leader_sentence("patroni", "patroni1", "patroni3",
                           {{gap_kind::wall_clock, 3600s}, {gap_kind::sleep, slept}, {gap_kind::freeze, 6s}}, ttl);
  };
  CHECK(said(45s) ==
        "patroni: leader moved patroni1 -> patroni3 while the machine slept for 45 s, longer than ttl 30 s: expected");
  CHECK(said(20s) ==
        "patroni: leader moved patroni1 -> patroni3 while the machine slept for 20 s, shorter than ttl 30 s");
  CHECK(said(2s).find("the engine stood still for 6 s") != std::string::npos);
  CHECK(leader_sentence("a", "b", "c", {}, ttl) == "a: leader moved b -> c");
}

TEST_CASE("the summary names who recovered and who did not") {
  wake_report report;
  report.status = "healthy";
  CHECK(summary_of(report) == "nothing had to be done; health: healthy");
  report.services = {{"a", wake_end::recovered, 1s, ""},
                     {"b", wake_end::restarted, 1s, ""},
                     {"c", wake_end::not_recovered, 1s, ""},
                     {"d", wake_end::recovered, 1s, ""}};
  report.status = "degraded";
  CHECK(summary_of(report) == "recovered by themselves: a, d; restarted: b; not recovered: c; health: degraded");
}
