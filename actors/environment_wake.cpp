// After the machine slept: services are told, and see to themselves; here it is awaited, proven and said what was done.
#include "actors/environment_wake.hpp"

#include <algorithm>

namespace paws::waking {

using logic::gap_kind;
using logic::milliseconds;
using logic::wake_end;
namespace kinds = logic::event_kinds;

namespace {

using state = environment_state_data;
using doing = environment_activity;

// Health was not good although every service is well: asked again after this.
constexpr milliseconds health_retry{250};
// A health check answers within its own limits (8 s), and waits for a grace that another gap has begun.
constexpr std::chrono::seconds health_patience{20};
constexpr std::chrono::seconds clocks_patience{2};

// Ticks of a recovery: its number, and what is over.
enum class over : std::uint8_t { grace, settling, patience };
constexpr std::uint64_t kinds_of_ticks = 4;

std::uint64_t tick_of(const state& of, over what) {
  return wake_tick | (of.wake_.number * kinds_of_ticks + static_cast<std::uint64_t>(what));
}

logic::silence_limits limits_of(const logic::cluster_plan* plan) {
  return plan == nullptr || plan->kind->silence == nullptr ? logic::silence_limits{}
                                                           : plan->kind->silence(plan->context);
}

// How long a service that seems well is watched: one whose cluster may have lost its lease meanwhile finds out later.
milliseconds watch_of(const state& of, const std::string& service, milliseconds silence) {
  const auto& cluster = of.service_views_.at(service).cluster;
  const auto limits = limits_of(of.setup_.plan.cluster_called(cluster));
  return cluster.empty() || silence <= limits.lease_time ? milliseconds{} : limits.notice;
}

// What the whole may lack when every service is well (a standby, a route) comes within the longest of their times.
milliseconds settling_time(const state& of) {
  auto out = logic::wake_grace;
  for (const auto& plan : of.setup_.plan.clusters)
    out = std::max(out, limits_of(&plan).recovery);
  return out;
}

std::string cause_of(const environment_wake& what) {
  std::string out;
  for (const auto& gap : what.report.gaps)
    out += (out.empty() ? "" : ", ") + logic::sentence_of(gap);
  return out.empty() ? "asked for" : out;
}

void begin(state& of, const operator_command& cause) {
  auto& mine = of.wake_;
  const auto number = mine.number + 1;
  auto waiting = std::move(mine.after_hold);
  mine = {};
  mine.number = number;
  mine.after_hold = std::move(waiting);
  mine.under_way = true;
  mine.begun_us = now_us(of.self_, of.setup_.around);
  mine.leaders_before = of.setup_.remembered.leaders;
  mine.cause = cause;
  const auto patience =
      cause.wait_timeout_ms > 0 ? milliseconds{cause.wait_timeout_ms} : of.setup_.plan.budgets.total_cold;
  of.self_->delayed_send(of.self_, patience, tick_atom_v, tick_of(of, over::patience));
}

void tell_begun(state& of, const std::string& why) {
  tell(of.self_, of.setup_.around, kinds::wake_begun, of.setup_.plan.environment, why,
       traced({{"cause", cause_of(of.wake_)}}, of.wake_.cause));
}

void awaken(state& of) {
  auto& mine = of.wake_;
  mine.holding = true;
  mine.settling = mine.settled = false;
  mine.grace_over = of.self_->clock().now() + logic::wake_grace;
  const auto silence = logic::longest_silence(mine.report.gaps);
  for (const auto& [title, service] : of.services_) {
    mine.awaited.insert(title);
    of.self_->send(service, awakening{mine.number, logic::wake_grace, watch_of(of, title, silence)});
  }
  of.self_->delayed_send(of.self_, logic::wake_grace, tick_atom_v, tick_of(of, over::grace));
}

void note_leaders(state& of) {
  auto& mine = of.wake_;
  for (const auto& [cluster, before] : mine.leaders_before) {
    const auto now = of.cluster_views_.find(cluster);
    if (now == of.cluster_views_.end() || before.empty() || now->second.leader.empty() || now->second.leader == before)
      continue;
    mine.report.leaders.push_back(logic::leader_sentence(cluster, before, now->second.leader, mine.report.gaps,
                                                         limits_of(of.setup_.plan.cluster_called(cluster))));
  }
}

command_outcome outcome_of(const state& of) {
  const auto& report = of.wake_.report;
  command_outcome out;
  out.name = "resume-after-sleep";
  for (const auto& gap : report.gaps)
    out.notes.push_back(logic::sentence_of(gap));
  for (const auto& row : report.services)
    if (auto said = logic::sentence_of(row); !said.empty())
      out.notes.push_back(std::move(said));
  out.notes.insert(out.notes.end(), report.leaders.begin(), report.leaders.end());
  out.notes.insert(out.notes.end(), report.notes.begin(), report.notes.end());
  out.wake = report;
  if (report.status == "healthy")
    return out;
  const auto lacking = logic::not_ready(of.setup_.plan, of.wished_views(), of.cluster_views_, of.route_views_);
  out.what = {"ERR_ENG_005", "not everything is well after the awakening" + (lacking.empty() ? "" : ": " + lacking[0]),
              "see what is wrong: paws-engine ctl health"};
  out.code = topology::find_error(out.what.code).exits_with;
  return out;
}

void deliver(state& of, const command_outcome& outcome) {
  for (auto& [what, promise] : std::exchange(of.wake_.asked_by, {})) {
    of.tell_end(what, outcome);
    promise.deliver(outcome);
  }
}

void release(environment_wake& mine) {
  mine.holding = false;
  for (const auto& waiting : std::exchange(mine.after_hold, {}))
    waiting();
}

void end(state& of, const std::string& status) {
  auto& mine = of.wake_;
  mine.under_way = false;
  mine.report.status = status;
  mine.report.duration_ms = (now_us(of.self_, of.setup_.around) - mine.begun_us) / 1000;
  note_leaders(of);
  for (const auto& said : mine.report.leaders)
    tell(of.self_, of.setup_.around, kinds::wake_step, of.setup_.plan.environment, said,
         traced({{"end", "leader_moved"}}, mine.cause));
  tell(of.self_, of.setup_.around, kinds::wake_ended, of.setup_.plan.environment, logic::summary_of(mine.report),
       traced({{"status", status}, {"duration_ms", std::to_string(mine.report.duration_ms)}}, mine.cause));
  deliver(of, outcome_of(of));
  of.evaluate();
}

void validate(state& of) {
  auto& mine = of.wake_;
  mine.validating = true;
  of.self_->request(environment_actor{of.self_}, health_patience, health_atom_v, line_list{})
      .then(
          [&of, number = mine.number](const logic::health_report& report) {
            auto& now = of.wake_;
            now.validating = false;
            if (!now.under_way || now.number != number)
              return;
            if (now.holding || !now.awaited.empty())
              return; // it goes on: there was another gap
            if (report.status == "healthy" || now.settled)
              return end(of, report.status);
            of.self_->delayed_send(of.self_, health_retry, tick_atom_v, std::uint64_t{0});
          },
          [&of, number = mine.number](const caf::error&) {
            of.wake_.validating = false;
            if (of.wake_.under_way && of.wake_.number == number)
              end(of, "unhealthy");
          });
}

// What stands still or is on its way out has nothing to recover.
bool anything_to_run(const state& of) {
  return std::any_of(of.service_views_.begin(), of.service_views_.end(), [&](const auto& row) {
    return of.wishes_.at(row.first) == logic::desired_state::running && !logic::is_idle(row.second.actual);
  });
}

// Its deadline went by while nothing was done.
void give_time_anew(state& of) {
  const auto usual =
      of.current_.name == "resume" ? of.setup_.plan.budgets.total_warm : of.setup_.plan.budgets.total_cold;
  const auto patience = of.current_.wait_timeout_ms > 0 ? milliseconds{of.current_.wait_timeout_ms} : usual;
  of.self_->delayed_send(of.self_, patience, tick_atom_v, ++of.tick_);
}

} // namespace

void hear_gap(state& of, const logic::clock_gap& gap) {
  auto& mine = of.wake_;
  if (of.doing_ == doing::adopting)
    return; // nothing has been asked or said yet
  const bool extends = mine.under_way;
  if (!extends && !anything_to_run(of))
    return;
  if (of.doing_ == doing::drilling)
    of.outcome_.notes.push_back(logic::sentence_of(gap) + " during this: its times say nothing");
  if (gap.kind == gap_kind::freeze && (of.doing_ == doing::starting || of.doing_ == doing::validating))
    give_time_anew(of);
  if (!extends)
    begin(of, {});
  mine.report.gaps.push_back(gap);
  if (of.setup_.certificates_at)
    for (auto& said : of.setup_.certificates_at(wall_us(of)))
      if (std::find(mine.report.notes.begin(), mine.report.notes.end(), said) == mine.report.notes.end())
        mine.report.notes.push_back(std::move(said));
  if (gap.kind == gap_kind::wall_clock) {
    // Nothing stood still: no verdict is stale and nothing is started anew, only proven.
    if (!extends)
      tell_begun(of, logic::sentence_of(gap) + ": everything is checked, nothing is started anew");
    return see_to(of);
  }
  tell_begun(of, logic::sentence_of(gap) + (extends ? ": the recovery under way goes on from here"
                                                    : ": what was known before does not count; everything is checked"));
  awaken(of);
}

void hear_awakened(state& of, const awakened& what) {
  auto& mine = of.wake_;
  if (!mine.under_way || what.number != mine.number || mine.awaited.erase(what.row.service) == 0)
    return;
  auto& rows = mine.report.services;
  std::erase_if(rows, [&](const auto& row) { return row.service == what.row.service; });
  rows.push_back(what.row);
  if (const auto said = logic::sentence_of(what.row); !said.empty())
    tell(of.self_, of.setup_.around, kinds::wake_step, what.row.service, said.substr(what.row.service.size() + 2),
         traced({{"end", std::string{to_string(what.row.end)}}, {"after_ms", std::to_string(what.row.after.count())}},
                mine.cause));
  see_to(of);
}

void hear_tick(state& of, std::uint64_t tick) {
  auto& mine = of.wake_;
  if (!mine.under_way || tick / kinds_of_ticks != mine.number)
    return;
  switch (static_cast<over>(tick % kinds_of_ticks)) {
  case over::grace: // another gap may have begun another one
    if (of.self_->clock().now() >= mine.grace_over)
      release(mine);
    break;
  case over::settling:
    mine.settled = mine.settling && of.self_->clock().now() >= mine.settling_over;
    break;
  case over::patience:
    for (const auto& title : std::exchange(mine.awaited, {}))
      mine.report.services.push_back({title, wake_end::not_recovered,
                                      milliseconds{(now_us(of.self_, of.setup_.around) - mine.begun_us) / 1000},
                                      "not well in time"});
    release(mine);
    mine.settling = mine.settled = true;
  }
  of.evaluate();
}

void see_to(state& of) {
  auto& mine = of.wake_;
  if (!mine.under_way || mine.holding || mine.validating || !mine.awaited.empty())
    return;
  if (!std::exchange(mine.settling, true)) {
    const auto time = settling_time(of);
    mine.settling_over = of.self_->clock().now() + time;
    of.self_->delayed_send(of.self_, time, tick_atom_v, tick_of(of, over::settling));
  }
  if (mine.settled || of.judge() == logic::environment_state::ready)
    validate(of);
}

void when_awake(state& of, const std::function<void()>& then) {
  const auto go = [&of, then] {
    if (of.wake_.under_way && of.wake_.holding)
      of.wake_.after_hold.push_back(then);
    else
      then();
  };
  if (!of.clocks_)
    return go();
  of.self_->request(of.clocks_, clocks_patience, now_atom_v)
      .then([go](bool) { go(); }, [go](const caf::error&) { go(); });
}

bool holds(const state& of) {
  const auto views = of.wished_views();
  return of.wake_.holding && std::all_of(views.begin(), views.end(), [](const auto& row) {
           return !logic::is_wanted(row.second) || logic::is_well(row.second);
         });
}

std::string under_way(const state& of) {
  const auto& mine = of.wake_;
  if (!mine.under_way)
    return {};
  std::string out;
  for (const auto& title : mine.awaited)
    out += (out.empty() ? ", waits for " : ", ") + title;
  return cause_of(mine) + ": recovery is under way" + out;
}

void interrupt(state& of, const std::string& because) {
  auto& mine = of.wake_;
  if (!mine.under_way)
    return;
  mine.under_way = false;
  mine.awaited.clear();
  release(mine);
  tell(of.self_, of.setup_.around, kinds::wake_ended, of.setup_.plan.environment, "interrupted by " + because,
       traced({{"status", "interrupted"}}, mine.cause));
  command_outcome out;
  out.name = "resume-after-sleep";
  out.what = {"ERR_SYS_005", "the recovery was interrupted by " + because, "try again afterwards"};
  out.code = topology::exit_code::interrupted;
  deliver(of, out);
}

std::optional<topology::failure> refuses(const state& of, const operator_command& what) {
  if (what.name == "time-sync")
    return std::nullopt;
  if (std::any_of(of.wishes_.begin(), of.wishes_.end(),
                  [](const auto& row) { return row.second == logic::desired_state::paused; }))
    return topology::failure{"ERR_ENG_004", "cannot " + what.name + " now: everything stands still",
                             "run: paws-engine ctl resume"};
  if (!anything_to_run(of))
    return topology::failure{"ERR_ENG_004", "nothing runs that could have slept", "start it: make local-start"};
  const bool beside = of.doing_ == doing::idle || of.doing_ == doing::starting || of.doing_ == doing::validating ||
                      of.doing_ == doing::rotating;
  if (beside)
    return std::nullopt;
  return topology::failure{"ERR_ENG_004", "cannot " + what.name + " now: " + of.current_.name + " is in progress",
                           "wait until it ends, then try again"};
}

void resume_by_hand(state& of, const operator_command& what, const outcome_promise& promise) {
  auto& mine = of.wake_;
  tell(of.self_, of.setup_.around, kinds::command_begun, what.name, what.name + " of " + of.setup_.plan.environment,
       traced({}, what));
  // What the watch has not told yet is the recovery that is meant.
  const auto go = [&of, what, promise] {
    auto& now = of.wake_;
    if (!now.under_way) {
      begin(of, what);
      tell_begun(of, "asked for: what was known before does not count; everything is checked");
      awaken(of);
    } else {
      tell(of.self_, of.setup_.around, kinds::command_joined, what.name,
           "a recovery is under way already: it is waited for", traced({{"joins", now.cause.trace_id}}, what));
    }
    now.asked_by.emplace_back(what, promise);
  };
  if (mine.under_way || !of.clocks_)
    return go();
  of.self_->request(of.clocks_, clocks_patience, now_atom_v)
      .then([go](bool) { go(); }, [go](const caf::error&) { go(); });
}

} // namespace paws::waking
