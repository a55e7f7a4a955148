// A drill's report as JSON: the contract's shape, the way back, and whatever else a file may hold.
#include "actors/drill_json.hpp"

#include "actors/view_json.hpp"
#include "tests/unit/logic/drill_sample.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace paws;
using nlohmann::json;

TEST_CASE("a report has the fields of the contract") {
  const auto written = to_json(logic::testing::sample_drill());
  CHECK(written["id"] == "20261128T113005-patroni-leader-1");
  CHECK(written["drill"] == "patroni-leader");
  CHECK(written["fault"] == "kill");
  CHECK(written["victim"] == "patroni1");
  CHECK(written["successor"] == "patroni2");
  CHECK(written["verdict"] == "pass");
  CHECK(written["phases"][0] == json{{"name", "detection"},
                                     {"observed", true},
                                     {"duration_ms", 23'040},
                                     {"target_ms", 30'000},
                                     {"within_target", true}});
  CHECK(written["phases"][3]["within_target"] == false);
  CHECK(written["first_failed_probe_ms"] == 120);
  CHECK(written["total_ms"] == 28'800);
  CHECK(written["target_ms"] == 60'000);
  CHECK(written["resync_ms"] == 3'100);
  CHECK(written["writer"] == json{{"attempted", 900},
                                  {"acknowledged", 880},
                                  {"indeterminate", 2},
                                  {"failed", 18},
                                  {"lost", 0},
                                  {"unexpected", 0},
                                  {"longest_gap_ms", 28'850}});
  CHECK(written["zero_loss"] == "proven");
  CHECK(written["recovered"] == true);
  CHECK(written["notes"].size() == 1);
  CHECK(written["environment"] == "paws360");
  CHECK(written["runtime"] == "docker");
  CHECK(written["begun_at"] == "2026-11-28T11:30:05.123Z");
  CHECK(written["marks"][0] == json{{"at_ms", -2'000}, {"what", "answers"}, {"who", "patroni1"}, {"value", "true"}});
  CHECK(written["rates"][0] == json{{"at_ms", -2'000}, {"acknowledged", 10}, {"failed", 0}, {"indeterminate", 0}});
}

TEST_CASE("what was not seen is null") {
  logic::drill_report report;
  report.phases = {{"detection", std::nullopt, logic::milliseconds{30'000}}};
  const auto written = to_json(report);
  CHECK(written["phases"][0]["observed"] == false);
  CHECK(written["phases"][0]["duration_ms"].is_null());
  CHECK(written["phases"][0]["within_target"].is_null());
  for (const auto* field : {"successor", "total_ms", "resync_ms", "first_failed_probe_ms", "writer", "begun_at"})
    CHECK(written[field].is_null());
  CHECK(written["zero_loss"] == "not_claimed");
  CHECK(written["verdict"] == "fail");
  CHECK(to_json(drill_from_json(written)) == written);
}

TEST_CASE("reports read back as they were, alone and in the outcome of a command") {
  auto report = logic::testing::sample_drill();
  for (const auto claim : {logic::loss_claim::proven, logic::loss_claim::violated, logic::loss_claim::not_claimed}) {
    report.zero_loss = claim;
    CHECK(drill_from_json(json::parse(dump(to_json(report)))).zero_loss == claim);
    CHECK(to_json(drill_from_json(json::parse(dump(to_json(report))))) == to_json(report));
  }
  CHECK(drill_from_json(to_json(report)).begun_us == report.begun_us);
  command_outcome outcome;
  outcome.name = "drill";
  CHECK_FALSE(to_json(outcome).contains("drills"));
  outcome.drills = {report, {}};
  const auto written = to_json(outcome);
  REQUIRE(written["drills"].size() == 2);
  auto with_page = to_json(report);
  with_page["page"] = report.page.empty() ? nlohmann::json(nullptr) : nlohmann::json(report.page);
  CHECK(written["drills"][0] == with_page);
  CHECK(to_json(outcome_from_json({{"result", written}})) == written);
}

TEST_CASE("whatever a file holds does no harm") {
  const auto whole = to_json(logic::testing::sample_drill());
  const json wrong[] = {nullptr,
                        true,
                        -1,
                        1.5,
                        "word",
                        json::array(),
                        json::array({nullptr, 1, "x", json::object()}),
                        json::object(),
                        1e300,
                        std::numeric_limits<std::uint64_t>::max(),
                        std::numeric_limits<std::int64_t>::max(),
                        std::numeric_limits<std::int64_t>::min()};
  for (const auto& value : wrong) {
    CHECK_NOTHROW(drill_from_json(value));
    for (const auto& [name, unused] : whole.items()) {
      auto document = whole;
      document[name] = value;
      const auto report = drill_from_json(document);
      CHECK(report.total.value_or(logic::milliseconds{}) < std::chrono::hours{24 * 366});
      CHECK_NOTHROW(dump(to_json(report)));
    }
    for (const auto* list : {"phases", "marks", "rates"})
      for (const auto& [name, unused] : whole[list][0].items()) {
        auto document = whole;
        document[list][0][name] = value;
        CHECK_NOTHROW(dump(to_json(drill_from_json(document))));
      }
  }
}
