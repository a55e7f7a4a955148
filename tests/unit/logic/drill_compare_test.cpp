// Drills beside each other: what counts as slower, which runs are compared, and the numbers of several.
#include "logic/drill_compare.hpp"

#include "drill_sample.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;
using ms = milliseconds;

namespace {

drill_report run(const std::string& id, std::optional<ms> total, std::optional<ms> resync = {}) {
  drill_report out;
  out.id = id;
  out.drill = "patroni-leader";
  out.fault = "kill";
  out.runtime = "docker";
  out.total = total;
  out.resync = resync;
  return out;
}

} // namespace

TEST_CASE("slower is more than a fifth and more than a second, both") {
  CHECK_FALSE(is_slower(ms{1'000}, ms{2'000})); // one second, not more
  CHECK(is_slower(ms{1'000}, ms{2'001}));
  CHECK_FALSE(is_slower(ms{10'000}, ms{12'000})); // a fifth, not more
  CHECK(is_slower(ms{10'000}, ms{12'001}));
  CHECK_FALSE(is_slower(ms{10'000}, ms{5'000}));
  CHECK_FALSE(is_slower(ms{0}, ms{1'000}));
  CHECK(is_slower(ms{0}, ms{1'001}));
}

TEST_CASE("each run is compared with the newest earlier one that has the duration") {
  auto redis = run("c", ms{90'000});
  redis.drill = "redis-master";
  auto pause = run("d", ms{90'000});
  pause.fault = "pause";
  auto process = run("e", ms{90'000});
  process.runtime = "process";
  const auto found = compare_each({run("a", ms{20'000}, ms{1'000}), run("b", std::nullopt), redis, pause, process,
                                   run("f", ms{25'000}, ms{1'900}), run("g", ms{25'000}, ms{4'000})});
  REQUIRE(found.size() == 7);
  for (const std::size_t first : {0, 1, 2, 3, 4}) {
    CHECK_FALSE(found[first].total);
    CHECK_FALSE(found[first].regressed());
  }
  REQUIRE(found[5].total);
  CHECK(found[5].total->against == "a");
  CHECK(found[5].total->before == ms{20'000});
  CHECK(found[5].total->now == ms{25'000});
  CHECK(found[5].total->slower());
  CHECK_FALSE(found[5].resync->slower());
  CHECK(found[5].regressed());
  CHECK(found[6].total->against == "f");
  CHECK_FALSE(found[6].total->slower());
  CHECK(found[6].resync->slower());
  CHECK(found[6].regressed());
  CHECK(compare_each({}).empty());
}

TEST_CASE("several runs have medians and worst of the total and of each phase") {
  auto one = paws::logic::testing::sample_drill(10'000), two = paws::logic::testing::sample_drill(30'000),
       three = paws::logic::testing::sample_drill(20'000), other = run("x", std::nullopt);
  other.drill = "redis-master";
  two.phases[2].duration.reset();
  two.passed = false;
  two.zero_loss = loss_claim::violated;
  two.writer.lost = 3;
  const auto found = series_of({one, other, two, three});
  REQUIRE(found.size() == 2);
  CHECK(found[0].drill == "patroni-leader");
  CHECK(found[0].runs == 3);
  CHECK(found[0].passed == 2);
  CHECK(found[0].proven == 2);
  CHECK(found[0].violated == 1);
  CHECK(found[0].lost == 3);
  REQUIRE(found[0].durations.size() == 7);
  CHECK(found[0].durations[0].name == "total");
  CHECK(found[0].durations[0].median == ms{20'000});
  CHECK(found[0].durations[0].worst == ms{30'000});
  CHECK(found[0].durations[0].target == ms{60'000});
  CHECK(found[0].durations[1].name == "resync");
  CHECK(found[0].durations[4].name == "election");
  CHECK(found[0].durations[4].seen == 2);
  CHECK(found[0].durations[4].median == ms{750}); // between 500 and 1000
  CHECK(found[0].durations[4].worst == ms{1'000});
  CHECK(found[1].drill == "redis-master");
  CHECK(found[1].durations[0].seen == 0);
  CHECK_FALSE(found[1].durations[0].median);
  CHECK(series_of({}).empty());
}
