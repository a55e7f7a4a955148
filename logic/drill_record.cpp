#include "logic/drill_record.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace paws::logic {

namespace {

constexpr milliseconds rate_step{100};
// A lease that goes so long before it is due was given up, not lost: etcd ends leases in steps of half a second.
constexpr milliseconds early{1'500};
constexpr std::size_t most_marks = 5'000, most_rates = 6'000; // of a report

std::int64_t ms(steady_time::duration span) {
  return std::chrono::duration_cast<milliseconds>(span).count();
}

std::optional<milliseconds> between(const std::optional<steady_time>& from, const std::optional<steady_time>& until) {
  if (!from || !until)
    return std::nullopt;
  return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(*until - *from));
}

std::optional<steady_time> time_of(const drill_sight* what) {
  return what == nullptr ? std::nullopt : std::optional{what->at};
}

bool is_victim(const drill_record& of, const std::string& name) {
  return std::find(of.plan.victims.begin(), of.plan.victims.end(), name) != of.plan.victims.end();
}

// "17/30" -> 17 and 30; negative when it is none.
std::pair<int, int> lease_of(const std::string& text) {
  int left = -1, granted = -1;
  const auto slash = text.find('/');
  if (slash == std::string::npos)
    return {-1, -1};
  std::from_chars(text.data(), text.data() + slash, left);
  std::from_chars(text.data() + slash + 1, text.data() + text.size(), granted);
  return {left, granted};
}

// When the lease is due, by the last word on it until `until`. etcd tells whole seconds only: the moment in which that
// number changes says more than the number.
std::optional<steady_time> due_before(const sight_list& seen, steady_time until) {
  std::optional<steady_time> out;
  std::map<std::string, int> last; // of each who tells
  for (const auto& each : seen.all()) {
    if (each.what != sight_lease || each.at > until)
      continue;
    auto& before = last.emplace(each.who, -1).first->second;
    const auto [left, granted] = lease_of(each.value);
    if (left < 0 || granted <= 0) {
      before = -1;
      continue;
    }
    if (before >= 0 && left > before)
      out = each.at + std::chrono::seconds(granted);
    else if (before >= 0 && left == before - 1)
      out = each.at + std::chrono::seconds(left + 1);
    before = left;
  }
  return out;
}

std::string successor_of(const drill_record& of) {
  if (!of.injected)
    return "";
  const auto other = [&](const drill_sight& each) { return !each.value.empty() && !is_victim(of, each.value); };
  if (const auto* key = of.sights.first(sight_leader_key, *of.injected, other))
    return key->value;
  if (of.plan.goal != drill_goal::failover)
    return "";
  const auto* leads = of.sights.first(sight_leads, *of.injected, [&](const drill_sight& each) {
    return each.value == "true" && !is_victim(of, each.who);
  });
  return leads == nullptr ? "" : leads->who;
}

failover_evidence evidence_of(const drill_record& of, const std::string& successor) {
  failover_evidence out;
  out.fault = *of.injected;
  const auto* deleted =
      of.sights.first(sight_leader_key, out.fault, [](const drill_sight& each) { return each.value.empty(); });
  const auto* taken =
      of.sights.first(sight_leader_key, out.fault, [&](const drill_sight& each) { return each.value == successor; });
  out.key_deleted = time_of(deleted);
  out.key_taken = successor.empty() ? std::nullopt : time_of(taken);
  const auto gone = deleted != nullptr ? deleted->at : taken != nullptr ? taken->at : of.ended;
  out.lease_due = due_before(of.sights, gone);
  if (out.key_deleted && out.lease_due && *out.key_deleted + early < *out.lease_due)
    out.lease_released = out.key_deleted;
  out.promoted = time_of(of.sights.first(
      sight_leads, out.fault, [&](const drill_sight& each) { return each.who == successor && each.value == "true"; }));
  out.written = written_again(of);
  return out;
}

void add_patroni_phases(drill_report& out, const drill_record& of) {
  auto phases = phases_of(evidence_of(of, out.successor), of.budget);
  out.phases = std::move(phases.phases);
  out.notes.insert(out.notes.end(), phases.notes.begin(), phases.notes.end());
}

void add_redis_phases(drill_report& out, const drill_record& of) {
  const auto event = [&](const char* word) {
    return time_of(
        of.sights.first(sight_sentinel, *of.injected, [&](const drill_sight& each) { return each.value == word; }));
  };
  const auto down = event("+odown"), elected = event("+elected-leader"), moved = event("+switch-master");
  out.phases = {{"detection", between(of.injected, down), of.redis.down_after + milliseconds{3'000}},
                {"election", between(down, elected), milliseconds{5'000}},
                {"promotion", between(elected, moved), of.redis.failover_timeout},
                {"stabilization", between(moved, written_again(of)), of.budget.stabilization}};
}

void add_phases(drill_report& out, const drill_record& of, bool patroni) {
  switch (of.plan.goal) {
  case drill_goal::failover:
    if (out.successor.empty())
      out.notes.emplace_back("nobody else was seen to lead: a failover was expected");
    return patroni ? add_patroni_phases(out, of) : add_redis_phases(out, of);
  case drill_goal::settle:
    if (!out.successor.empty()) {
      if (of.plan.fault != fault_kind::partition) // cut off from some only, it may go either way
        out.notes.emplace_back("a failover happened, which is not what the shipped version is known to do");
      return add_patroni_phases(out, of);
    }
    out.notes.emplace_back("no failover happened: the lease stayed where it was");
    out.phases = {{"stabilization", between(of.injected, written_again(of)), of.plan.target}};
    return;
  case drill_goal::ride_through: {
    const auto* named = of.sights.first(sight_names, *of.injected, [&](const drill_sight& each) {
      return !each.value.empty() && !is_victim(of, each.value) && !is_victim(of, each.who);
    });
    if (of.plan.cluster != of.plan.watched)
      out.phases.push_back({"election", between(of.injected, time_of(named)), of.budget.election});
    out.phases.push_back({"stabilization", between(of.injected, written_again(of)), of.plan.target});
    return;
  }
  case drill_goal::refuse: {
    const auto last = of.undone ? of.ledger.last_acknowledged_before(*of.undone) : std::nullopt;
    out.phases = {{"refusal", between(of.injected, last), of.plan.hold},
                  {"recovery", between(of.undone, written_again(of)), of.plan.target}};
  }
  }
}

// Whether what was written could have been lost by the rules it was written under.
std::string why_not_claimed(const drill_record& of) {
  if (!of.wrote || !of.injected)
    return "nothing was written";
  if (!of.synchronous)
    return "what is written is not replicated synchronously";
  const auto before = of.ledger.acknowledged_between(steady_time::min(), *of.injected);
  if (before < writes_wanted)
    return "only " + std::to_string(before) + " writes were acknowledged before the fault";
  if (const auto last = of.ledger.last_acknowledged_before(*of.injected);
      !last || *of.injected - *last > last_before_fault)
    return "no write was acknowledged in the " + std::to_string(last_before_fault.count()) + " ms before the fault";
  if (const auto after = acknowledged_after(of); after < writes_wanted)
    return "only " + std::to_string(after) + " writes were acknowledged after the fault";
  if (of.read.empty() || !of.unread.empty())
    return "not every node could be read: " + (of.unread.empty() ? "none was" : *of.unread.begin() + " was not");
  bool seen = false;
  for (const auto& each : of.sights.all()) {
    if (each.what != sight_mode)
      continue;
    seen = seen || !each.value.empty();
    if (each.value.empty())
      return each.who + " took writes without synchronous mode";
  }
  return seen ? "" : "synchronous mode was not seen";
}

void count_writes(drill_report& out, const drill_record& of) {
  out.wrote = of.wrote;
  if (!of.wrote)
    return;
  out.writer = of.ledger.compare({}, of.ended);
  out.writer.lost = out.writer.unexpected = 0;
  std::set<std::string> different;
  for (const auto& [member, ids] : of.read) {
    const auto here = of.ledger.compare(ids, of.ended);
    if (here.lost > out.writer.lost || here.unexpected > out.writer.unexpected)
      different.insert(member);
    out.writer.lost = std::max(out.writer.lost, here.lost);
    out.writer.unexpected = std::max(out.writer.unexpected, here.unexpected);
  }
  if (out.writer.lost + out.writer.unexpected > 0) {
    std::string who;
    for (const auto& member : different)
      who += (who.empty() ? "" : ", ") + member;
    out.notes.push_back("acknowledged writes are missing, or others are there, on: " + who);
  }
  for (const auto& member : of.unread)
    out.notes.push_back(member + " could not be read");
}

void note_settings(drill_report& out, const drill_record& of) {
  const auto wanted = std::to_string(of.patroni.ttl.count() / 1000) + "/" +
                      std::to_string(of.patroni.loop_wait.count() / 1000) + "/" +
                      std::to_string(of.patroni.retry_timeout.count() / 1000);
  std::set<std::string> told;
  for (const auto& each : of.sights.all()) {
    if (each.what == sight_settings && !each.value.empty() && each.value != wanted && told.insert(each.value).second)
      out.notes.push_back("Patroni works with ttl/loop_wait/retry_timeout " + each.value + " s instead of " + wanted);
    if (each.what == sight_lease)
      if (const auto granted = lease_of(each.value).second;
          granted > 0 && granted != of.patroni.ttl.count() / 1000 && told.insert("lease").second)
        out.notes.push_back("Patroni's lease lasts " + std::to_string(granted) + " s, the topology's ttl is " +
                            std::to_string(of.patroni.ttl.count() / 1000) + " s");
  }
}

void draw(drill_report& out, const drill_record& of) {
  const auto zero = of.injected.value_or(of.begun);
  if (of.undone)
    out.marks.push_back({ms(*of.undone - zero), std::string{mark_undone}, "", ""});
  for (const auto& each : of.sights.all())
    if (out.marks.size() < most_marks && each.what != sight_lease)
      out.marks.push_back({ms(each.at - zero), each.what, each.who, each.value});
  std::stable_sort(out.marks.begin(), out.marks.end(), [](const auto& a, const auto& b) { return a.at_ms < b.at_ms; });
  std::map<std::int64_t, write_rate> rates;
  for (const auto& each : of.writes) {
    const auto at = static_cast<std::int64_t>(
        std::floor(static_cast<double>(ms(each.at - zero)) / static_cast<double>(rate_step.count())) *
        static_cast<double>(rate_step.count()));
    auto& row = rates[at];
    row.at_ms = at;
    (each.fate == write_fate::acknowledged ? row.acknowledged
     : each.fate == write_fate::failed     ? row.failed
                                           : row.indeterminate)++;
  }
  for (const auto& [at, row] : rates)
    if (out.rates.size() < most_rates)
      out.rates.push_back(row);
}

} // namespace

bool sight_list::put(drill_sight what) {
  const auto key = std::make_pair(what.what, what.who);
  if (const auto at = last_.find(key); at != last_.end()) {
    const auto& before = all_[at->second];
    if ((what.order != 0 && what.order <= before.order) || (what.order == 0 && what.value == before.value))
      return false;
  }
  last_[key] = all_.size();
  all_.push_back(std::move(what));
  return true;
}

const drill_sight* sight_list::last(std::string_view what, const std::string& who) const {
  const auto at = last_.find({std::string{what}, who});
  return at == last_.end() ? nullptr : &all_[at->second];
}

std::optional<steady_time> written_again(const drill_record& of) {
  const auto from = of.plan.goal == drill_goal::refuse ? of.undone : of.confirmed;
  if (!from || !of.wrote)
    return std::nullopt;
  const auto after = of.ledger.first_acknowledged_after(*from);
  if (of.tells_member && (of.plan.goal == drill_goal::failover || of.acknowledged_elsewhere) &&
      (of.plan.goal == drill_goal::failover || of.plan.goal == drill_goal::settle))
    return of.acknowledged_elsewhere;
  return after;
}

bool goal_reached(const drill_record& of) {
  if (!of.confirmed)
    return false;
  switch (of.plan.goal) {
  case drill_goal::failover:
    return !successor_of(of).empty() && (!of.wrote || written_again(of));
  case drill_goal::ride_through:
    return !of.wrote || written_again(of).has_value();
  case drill_goal::settle:
    // A postmaster that comes back does so at once; one that stands still may never be missed.
    return of.plan.fault == fault_kind::postmaster_kill && (!of.wrote || written_again(of));
  case drill_goal::refuse:
    return false; // for as long as it was planned
  }
  return false;
}

std::size_t acknowledged_after(const drill_record& of) {
  const auto from = written_again(of);
  return from ? of.ledger.acknowledged_between(*from, steady_time::max()) : 0;
}

drill_report conclude(const drill_record& of) {
  drill_report out;
  out.id = of.id;
  out.environment = of.environment;
  out.runtime = of.runtime;
  out.drill = of.plan.drill;
  out.fault = to_string(of.plan.fault);
  for (const auto& victim : of.plan.victims)
    out.victim += (out.victim.empty() ? "" : ",") + victim;
  out.begun_us = of.begun_us;
  out.target = of.plan.target;
  out.recovered = of.recovered.has_value();
  out.notes = of.notes;
  if (of.injected) {
    out.successor = successor_of(of);
    add_phases(out, of, of.postgres);
    const auto from = of.plan.goal == drill_goal::refuse ? of.undone : of.injected;
    out.total = between(from, written_again(of));
    out.resync = between(of.undone, of.recovered);
    out.first_failed_probe =
        between(of.injected, time_of(of.sights.first(sight_answers, *of.injected, [&](const drill_sight& each) {
                  return each.value.empty() && is_victim(of, each.who);
                })));
  }
  count_writes(out, of);
  if (of.postgres)
    note_settings(out, of);
  const auto lacking = why_not_claimed(of);
  const bool lost = out.writer.lost > 0;
  out.zero_loss = lost && of.postgres        ? loss_claim::violated
                  : lacking.empty() && !lost ? loss_claim::proven
                                             : loss_claim::not_claimed;
  if (out.zero_loss == loss_claim::not_claimed)
    out.notes.push_back("no claim about lost writes: " + (lacking.empty() ? "some were lost" : lacking));
  if (out.zero_loss == loss_claim::violated && !of.synchronous)
    out.notes.emplace_back("without synchronous mode a failover may lose what was acknowledged");
  if (lost && !of.postgres)
    out.notes.emplace_back("Redis replicates asynchronously: a promotion may lose what was acknowledged");
  if (!of.failed.empty())
    out.notes.push_back(of.failed);
  const bool in_time = of.wrote ? out.total && *out.total <= out.target : of.confirmed.has_value();
  const bool refused = of.plan.goal != drill_goal::refuse || !of.wrote ||
                       (!out.phases.empty() && out.phases.front().duration); // none: nothing was broken
  out.passed = of.failed.empty() && of.confirmed && in_time && refused && out.recovered &&
               (!of.postgres || (out.writer.lost == 0 && out.writer.unexpected == 0));
  draw(out, of);
  return out;
}

} // namespace paws::logic
