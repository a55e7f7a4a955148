// The drill's writer, its watches, and what it does at the end: read everything back, and report.
#include "actors/drill.hpp"

#include "actors/drill_json.hpp"
#include "actors/view_json.hpp"
#include "logic/drill_page.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace paws {

namespace {

using std::chrono::seconds;

constexpr seconds reading_patience{30}; // until replicas have what was written last
constexpr std::chrono::milliseconds reading_interval{100};
constexpr seconds logs_patience{10};
constexpr std::uint32_t most_log_lines = 500;

} // namespace

// -- writing -----------------------------------------------------------------------------------------------------

void drill_state::write() {
  const auto free = std::find(busy_.begin(), busy_.end(), false);
  if (free == busy_.end())
    return;
  const auto lane = static_cast<std::size_t>(free - busy_.begin());
  *free = true;
  const auto begun = now();
  const auto id = record_.ledger.begin(begun);
  auto question = setup_.watched.front().kind->drills->write(*setup_.route, record_.id, id);
  question.lane = static_cast<std::uint32_t>(lane + 1);
  // Who is connected already goes on being served by a database whose main process stands still.
  question.fresh = record_.plan.fault == logic::fault_kind::postmaster_freeze;
  self_->request(setup_.around.asker, question.timeout + asker_grace, question)
      .then([this, id, lane, begun](const logic::answer& got) { hear_write(id, lane, begun, got); },
            [this, id, lane, begun](const caf::error&) {
              logic::answer lost;
              lost.sent = true; // nobody knows
              hear_write(id, lane, begun, lost);
            });
}

void drill_state::hear_write(std::int64_t id, std::size_t lane, logic::steady_time begun, const logic::answer& got) {
  const auto& kit = *setup_.watched.front().kind->drills;
  const auto at = now();
  busy_[lane] = false;
  const auto fate = kit.fate(got);
  record_.ledger.end(id, fate, at);
  record_.writes.push_back({at, fate});
  if (fate != logic::write_fate::acknowledged)
    return;
  const auto where = kit.writer_at(got);
  if (where.empty())
    return;
  record_.tells_member = true;
  const auto is_victims = [&](const std::string& victim) {
    const auto known = setup_.addresses.find(victim);
    return known != setup_.addresses.end() && known->second == where;
  };
  const auto& victims = record_.plan.victims;
  if (record_.injected && begun >= *record_.injected && !record_.acknowledged_elsewhere &&
      std::none_of(victims.begin(), victims.end(), is_victims))
    record_.acknowledged_elsewhere = at;
}

// -- watching ----------------------------------------------------------------------------------------------------

void drill_state::watch(std::size_t index) {
  if (index == watches_.size()) { // recovery is looked for again
    asking_ = false;
    return;
  }
  if (index > watches_.size() || stage_ >= drill_stage::reading)
    return;
  const auto& question = watches_[index].question;
  self_->request(setup_.around.asker, question.timeout + asker_grace, question)
      .then([this, index](const logic::answer& got) { hear_watch(index, got); },
            [this, index](const caf::error&) { hear_watch(index, {}); });
}

void drill_state::hear_watch(std::size_t index, const logic::answer& got) {
  auto& of = watches_[index];
  const auto& cluster = setup_.watched[of.cluster];
  const auto asked = of.question;
  for (auto& sight : cluster.kind->drills->sights(cluster.context, asked, got, now()))
    record_.sights.put(std::move(sight));
  of.heard = of.heard || got.ok;
  of.question = cluster.kind->drills->again(cluster.context, asked, got);
  // A stream is asked for again at once, unless it cannot be had now.
  const bool at_once = of.question.lines > 0 && got.ok;
  self_->delayed_send(self_, at_once ? std::chrono::milliseconds{0} : of.question.fast_interval, tick_atom_v,
                      watch_mark | index);
}

bool drill_state::all_watched() const {
  return std::all_of(watches_.begin(), watches_.end(), [](const auto& each) { return each.heard; });
}

// -- proving -----------------------------------------------------------------------------------------------------

void drill_state::read_back() {
  if (!record_.wrote || !record_.injected)
    return read_logs();
  const auto& cluster = setup_.watched.front();
  record_.read.clear();
  record_.unread.clear();
  unread_ = cluster.context.cluster.members.size();
  for (const auto& member : cluster.context.cluster.members) {
    const auto question = cluster.kind->drills->read(cluster.context, member, record_.id);
    self_->request(setup_.around.asker, question.timeout + asker_grace, question)
        .then(
            [this, member](const logic::answer& got) {
              const auto ids = got.ok ? setup_.watched.front().kind->drills->ids(got) : std::nullopt;
              if (ids)
                record_.read[member] = *ids;
              else
                record_.unread.insert(member);
              if (--unread_ == 0)
                compare();
            },
            [this, member](const caf::error&) {
              record_.unread.insert(member);
              if (--unread_ == 0)
                compare();
            });
  }
}

// Replicas may still be on their way; what is missing after a while is missing.
void drill_state::compare() {
  bool same = record_.unread.empty();
  for (const auto& [member, ids] : record_.read)
    same = same && ids == record_.read.begin()->second;
  if (same || stopped_ || now() - entered_ > reading_patience)
    return read_logs();
  read_again_ = now() + reading_interval;
}

void drill_state::read_logs() {
  enter(drill_stage::telling);
  const logic::drill_kit* kit = nullptr;
  std::string pattern;
  for (const auto& cluster : setup_.watched)
    if (pattern.empty() && cluster.kind->drills != nullptr && cluster.kind->drills->log_pattern != nullptr) {
      kit = cluster.kind->drills;
      pattern = kit->log_pattern(cluster.context);
    }
  if (pattern.empty() || !setup_.logs || !setup_.around.collector || !record_.injected)
    return clean(0);
  logic::log_query query;
  query.pattern = pattern;
  query.since_us = record_.begun_us;
  query.limit = most_log_lines;
  query.newest = false;
  const auto ask = [this, kit, query] {
    self_->request(setup_.logs, logs_patience, query)
        .then(
            [this, kit](const log_page& found) {
              for (const auto& line : found.rows)
                if (auto sight = kit->log_sight(line)) {
                  sight->at = record_.begun + std::chrono::microseconds(line.at_us - record_.begun_us);
                  record_.sights.put(std::move(*sight));
                }
              clean(0);
            },
            [this](const caf::error&) { clean(0); });
  };
  self_->request(setup_.around.collector, logs_patience, flush_atom_v)
      .then([ask](std::uint64_t) { ask(); }, [ask](const caf::error&) { ask(); });
}

// Whether that succeeds is no part of the proof; the next drill tries again.
void drill_state::clean(std::size_t next) {
  const auto* kit = setup_.watched.empty() ? nullptr : setup_.watched.front().kind->drills;
  if (!record_.wrote || kit == nullptr || next >= kit->clean(*setup_.route, record_.id).size())
    return report();
  const auto question = kit->clean(*setup_.route, record_.id)[next];
  self_->request(setup_.around.asker, question.timeout + asker_grace, question)
      .then([this, next](const logic::answer&) { clean(next + 1); },
            [this, next](const caf::error&) { clean(next + 1); });
}

void drill_state::report() {
  if (record_.ended < record_.begun)
    record_.ended = now();
  record_.ledger.close(now());
  const auto what = logic::conclude(record_);
  if (!setup_.store)
    return deliver("");
  self_
      ->request(setup_.store, caf::infinite, save_atom_v, what.id, dump(to_json(what), 2) + "\n",
                logic::drill_page(what))
      .then([this](const std::string& page) { deliver(page); },
            [this](const caf::error& why) {
              record_.notes.push_back("the report could not be kept: " + to_failure(why).message);
              deliver("");
            });
}

void drill_state::deliver(const std::string& page) {
  auto what = logic::conclude(record_);
  what.page = page;
  enter(drill_stage::over);
  for (const auto& cluster : setup_.clusters)
    self_->send(cluster, hold_atom_v, false);
  tell(self_, setup_.around, logic::event_kinds::drill_ended, record_.id,
       what.drill + (what.passed ? " passed" : " did not pass"),
       {{"drill", what.drill}, {"verdict", what.passed ? "pass" : "fail"}});
  self_->send(setup_.environment, std::move(what));
  self_->quit();
}

} // namespace paws
