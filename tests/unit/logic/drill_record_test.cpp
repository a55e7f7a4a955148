#include "logic/drill_record.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace paws::logic;
using namespace std::chrono_literals;

namespace {

// A leader's kill as it looks from outside, told in milliseconds since the drill began; the fault comes at 5 s.
struct story {
  story() {
    record.plan.drill = "patroni-leader";
    record.plan.victims = {"patroni1"};
    record.plan.cluster = record.plan.watched = "patroni";
    record.plan.target = 60s;
    record.postgres = record.synchronous = record.wrote = record.tells_member = true;
    record.begun = at(0);
    sees(0, sight_leader_key, "etcd", "patroni1", 10);
    for (const auto* name : {"patroni1", "patroni2"})
      sees(0, sight_mode, name, "patroni2");
    // etcd tells whole seconds: at 1.2 s the lease has 20 s left, so it is due at 21.2 s.
    sees(1'100, sight_lease, "etcd", "20/30");
    sees(1'200, sight_lease, "etcd", "19/30");
    writes(0, 5'000);
    record.injected = at(5'000);
    record.confirmed = at(5'040);
  }

  static steady_time at(std::int64_t ms) { return steady_time{} + 1h + std::chrono::milliseconds(ms); }
  void sees(std::int64_t ms, std::string_view what, const std::string& who, const std::string& value,
            std::uint64_t order = 0) {
    record.sights.put({at(ms), std::string{what}, who, value, order});
  }
  // One every 10 ms, each answered after 2.
  void writes(std::int64_t from, std::int64_t until) {
    for (auto ms = from; ms < until; ms += 10) {
      const auto id = record.ledger.begin(at(ms));
      record.ledger.end(id, write_fate::acknowledged, at(ms + 2));
      record.writes.push_back({at(ms + 2), write_fate::acknowledged});
    }
  }
  // The successor's side of it, all well in the end.
  void fails_over() {
    sees(21'500, sight_leader_key, "etcd", "", 20);
    sees(21'900, sight_leader_key, "etcd", "patroni2", 21);
    sees(22'400, sight_leads, "patroni2", "true");
    record.acknowledged_elsewhere = at(23'002);
    writes(23'000, 25'000);
    ends(25'000);
  }
  void ends(std::int64_t ms) {
    record.undone = at(ms);
    record.recovered = at(ms + 3'000);
    record.ended = at(ms + 3'500);
    for (const auto* name : {"patroni1", "patroni2", "patroni3"})
      record.read[name] = record.ledger.acknowledged();
  }
  static std::int64_t phase(const drill_report& of, const std::string& name) {
    const auto found = std::find_if(of.phases.begin(), of.phases.end(), [&](const auto& p) { return p.name == name; });
    REQUIRE(found != of.phases.end());
    return found->duration ? found->duration->count() : -1;
  }
  static bool notes(const drill_report& of, const std::string& words) {
    return std::any_of(of.notes.begin(), of.notes.end(),
                       [&](const auto& note) { return note.find(words) != std::string::npos; });
  }

  drill_record record;
};

} // namespace

TEST_CASE("A failover's phases follow from what was seen, and add up to its total") {
  story of;
  of.fails_over();
  REQUIRE(goal_reached(of.record));
  const auto report = conclude(of.record);
  CHECK(report.successor == "patroni2");
  CHECK(story::phase(report, "detection") == 16'200);
  CHECK(story::phase(report, "lease_expiry") == 300);
  CHECK(story::phase(report, "election") == 400);
  CHECK(story::phase(report, "promotion") == 500);
  CHECK(story::phase(report, "stabilization") == 602);
  CHECK(report.total == 18'002ms);
  CHECK(report.resync == 3'000ms);
  CHECK(report.zero_loss == loss_claim::proven);
  CHECK(report.passed);
}

TEST_CASE("A lease that was given up is no lease that ran out") {
  story of;
  of.sees(5'300, sight_leader_key, "etcd", "", 20);
  of.sees(5'700, sight_leader_key, "etcd", "patroni2", 21);
  of.record.acknowledged_elsewhere = of.at(6'000);
  of.ends(9'000);
  const auto report = conclude(of.record);
  CHECK(story::phase(report, "detection") == 300);
  CHECK(story::phase(report, "lease_expiry") == 0);
  CHECK(story::notes(report, "released"));
}

TEST_CASE("What was not seen is not told") {
  story of;
  of.record.acknowledged_elsewhere = of.at(23'002);
  of.writes(23'000, 25'000);
  of.ends(25'000);
  const auto report = conclude(of.record);
  CHECK(report.successor.empty());
  for (const auto* name : {"lease_expiry", "election", "promotion", "stabilization"})
    CHECK(story::phase(report, name) == -1);
  CHECK(report.total == 18'002ms);
}

TEST_CASE("A write that the old leader still took is no end of an outage") {
  story of;
  of.writes(5'050, 5'200); // begun after the fault, and acknowledged by the victim
  CHECK_FALSE(goal_reached(of.record));
  CHECK_FALSE(written_again(of.record));
}

TEST_CASE("An acknowledged write that is missing anywhere is loss, whatever else went well") {
  story of;
  of.fails_over();
  of.record.read["patroni3"].erase(7);
  const auto report = conclude(of.record);
  CHECK(report.writer.lost == 1);
  CHECK(report.zero_loss == loss_claim::violated);
  CHECK_FALSE(report.passed);
  CHECK(story::notes(report, "patroni3"));
}

TEST_CASE("A row that nobody wrote is not passed over") {
  story of;
  of.fails_over();
  of.record.read["patroni2"].insert(1'000'000);
  const auto report = conclude(of.record);
  CHECK(report.writer.unexpected == 1);
  CHECK_FALSE(report.passed);
}

TEST_CASE("Nothing is claimed without the conditions of the claim") {
  story of;
  of.fails_over();
  SECTION("too few writes before") {
    of.record.ledger = {};
    of.record.acknowledged_elsewhere = of.at(23'002);
    of.writes(4'500, 5'000);
    of.writes(23'000, 25'000);
    for (auto& [name, ids] : of.record.read)
      ids = of.record.ledger.acknowledged();
    CHECK(story::notes(conclude(of.record), "50 writes"));
  }
  SECTION("too few writes after") {
    of.record.acknowledged_elsewhere = of.at(24'500);
    CHECK(story::notes(conclude(of.record), "after the fault"));
  }
  SECTION("none right before the fault") {
    of.record.injected = of.at(5'100);
    CHECK(story::notes(conclude(of.record), "50 ms before"));
  }
  SECTION("a node that could not be read") {
    of.record.unread = {"patroni3"};
    CHECK(story::notes(conclude(of.record), "patroni3"));
  }
  SECTION("a leader that took writes without waiting for a standby") {
    of.sees(24'000, sight_mode, "patroni2", "");
    CHECK(story::notes(conclude(of.record), "without synchronous mode"));
  }
  SECTION("replication that waits for nobody") {
    of.record.synchronous = false;
  }
  const auto report = conclude(of.record);
  CHECK(report.zero_loss == loss_claim::not_claimed);
  CHECK(story::notes(report, "no claim"));
}

TEST_CASE("What Redis loses is counted, and no failure of the drill") {
  story of;
  of.record.postgres = of.record.synchronous = of.record.tells_member = false;
  of.fails_over();
  of.record.read["patroni2"].erase(7);
  const auto report = conclude(of.record);
  CHECK(report.writer.lost == 1);
  CHECK(report.zero_loss == loss_claim::not_claimed);
  CHECK(report.passed);
}

TEST_CASE("A row that PostgreSQL lost is a failure in whatever mode it was") {
  story of;
  of.record.synchronous = false;
  of.fails_over();
  of.record.read["patroni2"].erase(7);
  const auto report = conclude(of.record);
  CHECK(report.writer.lost == 1);
  CHECK(report.zero_loss == loss_claim::violated);
  CHECK_FALSE(report.passed);
  CHECK(story::notes(report, "without synchronous mode"));
  CHECK_FALSE(story::notes(report, "Redis"));
}

TEST_CASE("Cut off from some only, the old leader's writes are no end of an outage once somebody else leads") {
  story of;
  of.record.plan.goal = drill_goal::settle;
  of.record.plan.fault = fault_kind::partition;
  of.writes(5'050, 20'000);
  of.fails_over();
  const auto report = conclude(of.record);
  CHECK(report.total == 18'002ms);
  CHECK(story::phase(report, "stabilization") == 602);
  CHECK_FALSE(story::notes(report, "not what the shipped version"));
}

TEST_CASE("A failover that nobody expects of this fault is told, and so is one that did not come") {
  story of;
  SECTION("a postmaster that was killed") {
    of.record.plan.goal = drill_goal::settle;
    of.record.plan.fault = fault_kind::postmaster_kill;
    of.fails_over();
    CHECK(story::notes(conclude(of.record), "not what the shipped version"));
  }
  SECTION("a leader that was killed") {
    of.ends(25'000);
    CHECK(story::notes(conclude(of.record), "a failover was expected"));
  }
}

TEST_CASE("The page knows when the fault was taken back") {
  story of;
  of.fails_over();
  const auto report = conclude(of.record);
  const auto undone =
      std::find_if(report.marks.begin(), report.marks.end(), [](const auto& mark) { return mark.what == mark_undone; });
  REQUIRE(undone != report.marks.end());
  CHECK(undone->at_ms == 20'000);
}

TEST_CASE("Settings that Patroni has changed by itself are told") {
  story of;
  of.fails_over();
  of.sees(6'000, sight_settings, "etcd", "20/5/5", 12);
  CHECK(story::notes(conclude(of.record), "20/5/5"));
}

TEST_CASE("Writes that went on through a lost quorum are no proof that it was refused") {
  story of;
  of.record.plan.goal = drill_goal::refuse;
  of.record.plan.hold = 50s;
  of.writes(5'050, 20'000);
  of.writes(60'000, 62'000);
  of.record.undone = of.at(57'000);
  of.record.recovered = of.at(65'000);
  of.record.ended = of.at(66'000);
  const auto report = conclude(of.record);
  CHECK(story::phase(report, "refusal") == 14'992);
  CHECK(story::phase(report, "recovery") == 3'002);
  CHECK(report.total == 3'002ms);
}

TEST_CASE("An older word on the same key changes nothing, however late it comes") {
  sight_list seen;
  CHECK(seen.put({story::at(0), "leader_key", "etcd", "patroni1", 10}));
  CHECK(seen.put({story::at(1), "leader_key", "etcd", "", 11}));
  CHECK_FALSE(seen.put({story::at(2), "leader_key", "etcd", "patroni1", 10}));
  CHECK_FALSE(seen.put({story::at(3), "leader_key", "etcd", "", 11}));
  CHECK(seen.last("leader_key", "etcd")->value.empty());
  CHECK(seen.all().size() == 2);
}

TEST_CASE("A drill that ended before its fault tells of no phases and has not passed whatever was expected of it") {
  for (const auto goal : {drill_goal::failover, drill_goal::ride_through, drill_goal::settle, drill_goal::refuse}) {
    story of;
    of.record.plan.goal = goal;
    of.record.injected = of.record.confirmed = std::nullopt;
    of.record.failed = "it was ended before its end";
    const auto report = conclude(of.record);
    CHECK(report.phases.empty());
    CHECK_FALSE(report.passed);
    CHECK(report.zero_loss == loss_claim::not_claimed);
  }
}
