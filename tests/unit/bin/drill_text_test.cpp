// Drills as text and `ctl drills`: fits 60 to 140 columns, letters alone suffice, and no engine is needed.
#include "bin/drill_text.hpp"

#include "actors/drill_json.hpp"
#include "actors/view_json.hpp"
#include "bin/paths.hpp"
#include "logic/drill_page.hpp"
#include "logic/drill_words.hpp"
#include "store/drill_files.hpp"
#include "tests/unit/bin/bin_support.hpp"
#include "tests/unit/logic/drill_sample.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::bin;
using logic::testing::sample_drill;
using paws::bin::testing::playground;
using paws::bin::testing::run;
using paws::bin::testing::widest_line;
using ms = logic::milliseconds;

namespace {

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

look plain(std::size_t width) {
  return {false, false, 0, width};
}

struct kept {
  playground here;
  std::string folder = paths_of(here.root().string(), "paws360").drills;

  kept() { here.write_topology("config/paws360.yaml"); }
  void save(const logic::drill_report& what) const {
    REQUIRE(std::holds_alternative<std::string>(
        store::save_drill(folder, what.id, dump(to_json(what), 1), logic::drill_page(what))));
  }
  void save(const std::string& id, std::int64_t total_ms) const {
    auto report = sample_drill(total_ms);
    report.id = id;
    report.begun_us += total_ms; // longer runs are later ones here
    save(report);
  }
};

} // namespace

TEST_CASE("a report tells verdict, phases, writes and claim in plain words, in any width") {
  for (const std::size_t width : {60, 80, 140}) {
    const auto text = drill_text(sample_drill(), plain(width), "/x/.local/env/paws360/drills/a.html");
    INFO(text);
    CHECK(widest_line(text) <= width);
    CHECK(text.starts_with("ok  patroni-leader, fault kill: passed\n"));
    for (const auto* what :
         {"patroni1 was hit; patroni2 took over.", "detection      23.04 s", "30.00 s", "over by 1.34 s",
          "writer: 900 writes: 880 acknowledged, 18 failed, 2", "zero loss: proven: every acknowledged",
          "note: the slot of patroni1 was kept\n", "a.html\n", "20261128T113005-patroni-leader-1"})
      CHECK((has(text, what) ? "" : what) == std::string{});
    CHECK_FALSE(has(text, "\x1b"));
  }
  CHECK(has(drill_text(sample_drill(), {true, true, 0, 80}, ""), "\x1b[32m✓\x1b[0m"));
  CHECK_FALSE(has(drill_text(sample_drill(), plain(80), ""), "page:"));
}

TEST_CASE("a drill that failed says what was not seen and why nothing is claimed") {
  auto report = sample_drill();
  report.passed = report.recovered = false;
  report.phases[1].duration.reset();
  report.total.reset();
  report.successor.clear();
  report.zero_loss = logic::loss_claim::not_claimed;
  report.notes = {"other\x1b[2J", std::string{logic::no_claim_note} + "synchronous mode was off"};
  auto text = drill_text(report, plain(80), "");
  INFO(text);
  CHECK(text.starts_with("FAIL  patroni-leader, fault kill: FAILED\n"));
  CHECK(has(text, "lease_expiry   not observed"));
  CHECK(has(text, "zero loss: not claimed: synchronous mode was off\n"));
  CHECK(has(text, "note: other?[2J\n"));
  CHECK_FALSE(has(text, "no claim about"));
  CHECK(has(text, "did NOT"));
  report.zero_loss = logic::loss_claim::violated;
  report.writer.lost = 1;
  CHECK(has(drill_text(report, plain(80), ""), "zero loss: FAIL VIOLATED: 1 acknowledged write is gone\n"));
  CHECK(has(drill_text({}, plain(60), ""), "a drill: FAILED"));
}

TEST_CASE("several runs have their medians and worst") {
  auto slow = sample_drill(70'000);
  slow.passed = false;
  for (const std::size_t width : {60, 140}) {
    const auto text = drill_series_text({sample_drill(20'000), sample_drill(30'000), slow}, plain(width));
    INFO(text);
    CHECK(widest_line(text) <= width);
    CHECK(has(text, "FAIL  patroni-leader, fault kill: 2 of 3 passed;"));
    CHECK(has(text, "30.00 s"));
    CHECK(has(text, "70.00 s"));
    CHECK(has(text, "  warn worst over\n"));
    CHECK(has(text, "3/3"));
  }
  CHECK(drill_series_text({}, plain(80)).empty());
}

TEST_CASE_METHOD(kept, "past drills are listed newest last, with what got slower, without an engine") {
  save("20261128T113005-patroni-leader-1", 20'000);
  save("20261128T103005-patroni-leader-1", 30'000); // the clock was set back: the report's own time counts
  auto said = run({"ctl", "drills"});
  INFO(said.out << said.err);
  CHECK(said.code == 0);
  CHECK(said.out.find("20261128T113005") < said.out.find("20261128T103005"));
  CHECK(has(said.out, "30.00 s slower"));
  CHECK(has(said.out, "slower: 20261128T103005-patroni-leader-1: total 30.00 s instead of 20.00 s in"));
  CHECK(widest_line(said.out) <= 80);
  said = run({"ctl", "drills", "--format", "json"});
  const auto document = nlohmann::json::parse(said.out);
  CHECK(document["environment"] == "paws360");
  REQUIRE(document["drills"].size() == 2);
  CHECK(document["drills"][0]["regression"] == false);
  CHECK(document["drills"][0]["compared"]["total"].is_null());
  CHECK(document["drills"][1]["regression"] == true);
  CHECK(document["drills"][1]["compared"]["total"]["before_ms"] == 20'000);
  CHECK(document["drills"][1]["page"] == folder + "/20261128T103005-patroni-leader-1.html");
  CHECK_FALSE(document["drills"][0].contains("rates"));
  CHECK(document["damaged"].empty());
  CHECK(run({"ctl", "drills", "--quiet"}).out.empty());
  CHECK(has(run({"ctl", "drills", "--help"}).out, "20 %"));
}

TEST_CASE_METHOD(kept, "one report is shown in full, others by their drill") {
  save("a", 20'000);
  save("b", 30'000);
  auto other = sample_drill();
  other.id = "c";
  other.drill = "redis-master";
  save(other);
  auto said = run({"ctl", "drills", "b"});
  CHECK(said.code == 0);
  CHECK(has(said.out, "detection"));
  CHECK(has(said.out, folder + "/b.html"));
  CHECK(has(said.out, "compared: total 30.00 s instead of 20.00 s in a: warn slower") ==
        !has(said.out, "✓")); // letters or symbols, as the locale says
  const auto document = nlohmann::json::parse(run({"ctl", "drills", "b", "--format", "json"}).out);
  CHECK(document["id"] == "b");
  CHECK(document["rates"].size() > 100);
  said = run({"ctl", "drills", "redis-master"});
  CHECK(has(said.out, "redis-master"));
  CHECK_FALSE(has(said.out, "patroni-leader"));
  said = run({"ctl", "drills", "../x"});
  CHECK(said.code == 2);
  CHECK(said.err ==
        "[CLI] ERR_CLI_001: paws360 has no report of `../x` | see which there are: paws-engine ctl drills\n");
}

TEST_CASE_METHOD(kept, "damaged reports are named and left out") {
  auto said = run({"ctl", "drills"});
  CHECK(said.code == 0);
  CHECK(said.out == "paws360 has no reports of drills\n");
  save("good", 20'000);
  const auto local = ".local/env/paws360/drills/";
  here.write(local + std::string{"half.json"}, R"({"id":"half","dri)");
  here.write(local + std::string{"copy.json"}, dump(to_json(sample_drill())));
  here.write(local + std::string{"long.json"}, std::string(store::most_drill_bytes + 1, ' '));
  said = run({"ctl", "drills"});
  INFO(said.out << said.err);
  CHECK(said.code == 0);
  CHECK(has(said.out, "good"));
  for (const auto* name : {"half.json", "copy.json", "long.json"})
    CHECK(has(said.out, name));
  CHECK(nlohmann::json::parse(run({"ctl", "drills", "--format", "json"}).out)["damaged"].size() == 3);
  said = run({"ctl", "drills", "half"});
  CHECK(said.code == 2);
  CHECK(has(said.err, "half.json is damaged"));
}
