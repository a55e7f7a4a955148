#include "tests/support/drill_truth.hpp"

#include <algorithm>

namespace paws::testing {

namespace {

using logic::drill_report;
using logic::loss_claim;

// Polls come every 100 ms, and an answer takes its time; of the lease etcd tells whole seconds.
constexpr milliseconds seen_late{400}, rounded{1'600};

// Whose cluster is written to and watched.
bool is_of_redis(const drill_report& report) {
  return report.drill == "redis-master" || report.victim.starts_with("redis") || report.victim.starts_with("sentinel");
}

const sim_moment* first_after(const sim_ground& ground, std::string_view what, const std::string& who,
                              steady_time from) {
  const auto at = std::find_if(ground.moments.begin(), ground.moments.end(), [&](const auto& each) {
    return each.what == what && each.at >= from && (who.empty() || each.who == who);
  });
  return at == ground.moments.end() ? nullptr : &*at;
}

std::optional<milliseconds> duration_of(const drill_report& report, std::string_view phase) {
  for (const auto& each : report.phases)
    if (each.name == phase)
      return each.duration;
  return std::nullopt;
}

void check_phase(drill_world& world, const drill_report& report, const char* phase, const sim_moment* from,
                 const sim_moment* until, bool calm) {
  const auto told = duration_of(report, phase);
  if (!told)
    return;
  if (from == nullptr || until == nullptr) {
    world.flaw(report.id + ": " + phase + " is said to have taken " + std::to_string(told->count()) +
               " ms, and never happened");
    return;
  }
  const auto truth = std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(until->at - from->at));
  if (calm && (*told > truth + seen_late || truth > *told + seen_late))
    world.flaw(report.id + ": " + phase + " took " + std::to_string(truth.count()) + " ms, and the report says " +
               std::to_string(told->count()));
}

void check_sum(drill_world& world, const drill_report& report, bool steady) {
  const bool in_turn = !report.phases.empty() && report.phases.front().name == "detection"; // else each by itself
  milliseconds sum{0};
  for (const auto& each : report.phases) {
    if (each.duration && *each.duration < milliseconds{0})
      world.flaw(report.id + ": " + each.name + " took less than nothing");
    if (in_turn && steady && each.duration && report.total && *each.duration > *report.total + rounded)
      world.flaw(report.id + ": " + each.name + " took longer than the whole");
    if (!each.duration)
      return; // what was not observed has no part in it
    sum += *each.duration;
  }
  if (!in_turn || !steady)
    return;
  if (!report.total || sum > *report.total + rounded || *report.total > sum + rounded)
    world.flaw(report.id + ": the phases take " + std::to_string(sum.count()) + " ms together, and the whole " +
               (report.total ? std::to_string(report.total->count()) : "was not observed"));
}

// What was noted with each phase must have been there to be seen.
void check_phases(drill_world& world, const drill_report& report, steady_time from, const report_conditions& when) {
  const auto& ground = world.stack.ground;
  const bool calm = when.calm && when.steady;
  check_sum(world, report, when.steady);
  const auto named = [&](std::string_view phase) {
    return std::any_of(report.phases.begin(), report.phases.end(),
                       [&](const auto& each) { return each.name == phase; });
  };
  if (named("lease_expiry") && is_of_redis(report))
    world.flaw(report.id + ": Redis has no lease");
  if (!named("promotion"))
    return; // nobody was to be promoted, and whom etcd elects is not noted
  if (is_of_redis(report)) {
    const auto* odown = first_after(ground, "+odown", "", from);
    const auto* elected = first_after(ground, "+elected-leader", "", odown == nullptr ? from : odown->at);
    const auto* moved = first_after(ground, "+switch-master", "", elected == nullptr ? from : elected->at);
    check_phase(world, report, "election", odown, elected, calm);
    check_phase(world, report, "promotion", elected, moved, calm);
    return;
  }
  if (!named("lease_expiry"))
    world.flaw(report.id + ": Patroni's phases are others");
  const auto* deleted = first_after(ground, "deleted", "", from);
  const auto* taken = first_after(ground, "taken", report.successor, from);
  const auto* promoted = first_after(ground, "promoted", report.successor, from);
  check_phase(world, report, "election", deleted, taken, calm);
  check_phase(world, report, "promotion", taken, promoted, calm);
}

void check_writer(drill_world& world, const drill_report& report, const report_conditions& when) {
  const auto run = world.stack.ground.run(report.id);
  const bool redis = is_of_redis(report);
  const auto& heard = redis ? world.stack.redis.heard(run) : world.stack.patroni.heard(run);
  const auto& writer = report.writer;
  if (writer.acknowledged > heard.size() || (when.steady && writer.acknowledged < heard.size()))
    world.flaw(report.id + ": " + std::to_string(heard.size()) + " writes were acknowledged, and the report says " +
               std::to_string(writer.acknowledged));
  if (writer.attempted != writer.acknowledged + writer.failed + writer.indeterminate)
    world.flaw(report.id + ": not every write has its fate");
  if (writer.unexpected > 0)
    world.flaw(report.id + ": rows were found that were surely never written");
  std::size_t lost = 0;
  for (const auto& [member, missing] : world.stack.missing_at_read(report.id))
    lost = std::max(lost, missing);
  if (when.calm && writer.lost != lost)
    world.flaw(report.id + ": " + std::to_string(lost) + " acknowledged writes are lost, and the report says " +
               std::to_string(writer.lost));
  if (report.zero_loss == loss_claim::proven) {
    if (lost > 0 || redis || !when.synchronous_wanted || !when.synchronous ||
        world.stack.missing_at_read(report.id).size() < 3)
      world.flaw(report.id + ": it claims that nothing was lost, which nobody can know");
    if (heard.size() < 2 * logic::writes_wanted)
      world.flaw(report.id + ": it claims that nothing was lost, by " + std::to_string(heard.size()) + " writes");
  }
  if (report.zero_loss == loss_claim::violated && lost == 0)
    world.flaw(report.id + ": it claims a loss, and nothing is lost");
  if (when.calm && lost > 0 && when.synchronous_wanted && !redis && report.zero_loss != loss_claim::violated)
    world.flaw(report.id + ": " + std::to_string(lost) + " writes are lost, and it does not say so");
}

} // namespace

void check_report(drill_world& world, const drill_report& report, std::optional<steady_time> broken_at,
                  const report_conditions& when) {
  if (report.passed && (!report.recovered || !broken_at))
    world.flaw(report.id + ": it passed, and nothing was broken, or not all came back");
  if (!broken_at) {
    if (report.total || report.zero_loss != loss_claim::not_claimed || !report.phases.empty())
      world.flaw(report.id + ": it tells of a fault that never was");
    return;
  }
  check_phases(world, report, *broken_at, when);
  if (report.wrote)
    check_writer(world, report, when);
  else if (report.zero_loss != loss_claim::not_claimed)
    world.flaw(report.id + ": it claims something of writes, and wrote nothing");
}

} // namespace paws::testing
