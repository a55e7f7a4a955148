// Breaking things on purpose: the environment admits drills, spawns an actor for each, one after the other, and takes
// back what an earlier engine has left broken.
#include "actors/environment.hpp"

#include "actors/drill.hpp"
#include "actors/fault_hand.hpp"
#include "actors/view_json.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace paws {

using logic::desired_state;
using topology::failure;

namespace {

constexpr std::int64_t most_repeats = 1'000;

// "20261128t113005_patroni_leader_1": part of file names and of names in databases.
std::string run_name(std::int64_t at_us, const std::string& drill, std::size_t number) {
  std::string out;
  for (const char c : to_rfc3339(at_us).substr(0, 19))
    if (c != '-' && c != ':')
      out += c == 'T' ? 't' : c;
  for (const char c : "_" + drill + "_" + std::to_string(number))
    out += c == '-' ? '_' : c;
  return out;
}

bool is_started_back(const logic::injected_fault& what) {
  return what.kind == logic::fault_kind::kill || what.kind == logic::fault_kind::stop;
}

void next_drill(environment_state_data& of);
void launch_drill(environment_state_data& of, logic::drill_plan plan);
void end_drills(environment_state_data& of, failure why, const failure& left_open = {});
void go_on_after(environment_state_data& of, bool recovered, const failure& left_open);
void take_back_last(environment_state_data& of, std::size_t left, const std::function<void(const failure&)>& then);
void close_fault(environment_state_data& of, const logic::injected_fault& fault);

void next_drill(environment_state_data& of) {
  if (of.doing_ != environment_activity::drilling)
    return;
  if (of.drills_.left.empty())
    return end_drills(of, {});
  const auto what = of.drills_.left.front();
  of.drills_.left.erase(of.drills_.left.begin());
  auto made = logic::plan_drill(what, of.setup_.plan, of.cluster_views_, of.drills_.no_partition);
  if (const auto* why = std::get_if<failure>(&made))
    return end_drills(of, *why);
  launch_drill(of, std::get<logic::drill_plan>(std::move(made)));
}

void launch_drill(environment_state_data& of, logic::drill_plan plan) {
  drill_setup setup;
  auto& record = setup.record;
  record.id = run_name(now_us(of.self_, of.setup_.around), plan.drill, ++of.drills_.number);
  record.environment = of.setup_.plan.environment;
  record.runtime = of.setup_.plan.runtime;
  record.budget = of.setup_.plan.budgets.failover;
  setup.around = of.setup_.around;
  setup.around.trace_id = of.current_.trace_id;
  setup.store = of.setup_.store;
  setup.logs = of.setup_.logs;
  setup.environment = environment_actor{of.self_};
  for (const auto& cluster : of.setup_.plan.clusters) {
    const auto& context = cluster.context.cluster;
    setup.clusters.push_back(of.clusters_.at(context.name));
    if (cluster.kind->name == "etcd" && !setup.etcd)
      setup.etcd = cluster.context;
    if (context.name == plan.cluster)
      setup.broken = cluster;
    if (cluster.kind->drills == nullptr)
      continue;
    if (context.name == plan.watched) {
      setup.watched.insert(setup.watched.begin(), cluster);
      record.patroni = context.patroni;
      record.redis = context.redis;
      record.postgres = context.kind == topology::cluster_kind::patroni;
      record.synchronous = record.postgres && context.patroni.synchronous_strict;
      for (const auto& member : context.members)
        setup.addresses[member] = cluster.context.places.members.at(member).address;
    } else if (context.name == plan.cluster) {
      setup.watched.push_back(cluster);
    }
  }
  for (const auto& route : of.setup_.plan.routes)
    if (route.route.name == plan.route && !setup.watched.empty())
      setup.route = route.asks.front();
  for (const auto& victim : plan.victims)
    setup.victims.push_back(of.services_.at(victim));
  record.plan = std::move(plan);
  of.drills_.planned.push_back({now_us(of.self_, of.setup_.around), 0});
  of.drills_.actor = of.self_->spawn<caf::monitored>(drill, std::move(setup));
}

// What could not be taken back is still there: no other drill begins over it.
void go_on_after(environment_state_data& of, bool recovered, const failure& left_open) {
  if (of.drills_.ending)
    return end_drills(of,
                      {"ERR_SYS_005", "the drill was ended; what it had broken is taken back",
                       "see what is left of it: paws-engine ctl drills"},
                      left_open);
  if ((!recovered || !left_open.code.empty()) && !of.drills_.left.empty()) {
    of.drills_.left.clear();
    of.outcome_.notes.emplace_back("the drills that were to follow are left out: not everything is ready again");
  }
  next_drill(of);
}

void end_drills(environment_state_data& of, failure why, const failure& left_open) {
  if (!left_open.code.empty())
    why = left_open;
  command_outcome out = std::exchange(of.outcome_, {});
  for (const auto& report : out.drills)
    if (!report.passed && why.code.empty())
      why = {"ERR_DRILL_001",
             report.drill + " (" + report.fault + " of " + report.victim + ") has not passed" +
                 (report.notes.empty() ? "" : ": " + report.notes.back()),
             report.page.empty() ? "see: paws-engine ctl drills" : "look at its report: " + report.page};
  if (!why.code.empty())
    out.code = topology::find_error(why.code).exits_with;
  out.what = std::move(why);
  of.doing_ = environment_activity::idle;
  of.drills_.left.clear();
  of.drills_.ending = false;
  of.finish(std::move(out));
  for (auto& waiting : std::exchange(of.drills_.ended_by, {})) {
    command_outcome undone;
    undone.name = "undo";
    undone.what = left_open;
    if (left_open.code.empty())
      undone.notes.emplace_back("the drill that was under way is ended, and what it had broken is taken back");
    else
      undone.code = topology::find_error(left_open.code).exits_with;
    waiting.deliver(undone);
  }
  of.evaluate();
}

void take_back_last(environment_state_data& of, std::size_t left, const std::function<void(const failure&)>& then) {
  if (left == 0)
    return then({});
  const auto fault = of.drills_.open[left - 1];
  line_list signal;
  for (const auto& cluster : of.setup_.plan.clusters)
    if (std::find(cluster.members.begin(), cluster.members.end(), fault.member) != cluster.members.end())
      signal = signal_command(cluster, fault.member, "CONT");
  take_back(of.self_, of.setup_.around.runtime, fault, signal, [&of, left, fault, then](const std::string& why) {
    if (!why.empty())
      return then({"ERR_DRILL_002",
                   fault.member + ": " + std::string{to_string(fault.kind)} + " could not be taken back: " + why,
                   "try again: paws-engine ctl undo"});
    if (!is_started_back(fault))
      close_fault(of, fault);
    take_back_last(of, left - 1, then);
  });
}

void close_fault(environment_state_data& of, const logic::injected_fault& fault) {
  std::erase_if(of.drills_.open, [&](const auto& each) { return each.id == fault.id; });
  of.drills_.undone.push_back(fault);
  of.self_->request(of.setup_.store, caf::infinite, remove_atom_v, undo_atom_v, fault.id)
      .then([] {}, [](const caf::error&) {}); // it stays open, and is taken back once more
  tell(of.self_, of.setup_.around, logic::event_kinds::fault_undone, fault.member,
       std::string{to_string(fault.kind)} + " is taken back", {{"drill", fault.drill}});
}

} // namespace

// Nothing: it may begin. What it breaks is known when it does.
std::optional<failure> environment_state_data::refuses_drill(const operator_command& what) const {
  const auto& names = logic::drill_names();
  if (std::find(names.begin(), names.end(), what.drill) == names.end()) {
    std::string list;
    for (const auto& each : names)
      list += " " + each;
    return failure{"ERR_CLI_001", "no drill is called " + what.drill, "choose from:" + list};
  }
  if (what.repeat < 1 || what.repeat > most_repeats)
    return failure{"ERR_CLI_001", "a drill is repeated 1 to " + std::to_string(most_repeats) + " times",
                   "run: paws-engine ctl drill --help"};
  if (const auto unknown = logic::unknown_name(setup_.plan, what.from); !unknown.empty())
    return failure{"ERR_CLI_001", "nothing here is called " + unknown, "see: paws-engine ctl status"};
  if (!drills_.open.empty())
    return failure{"ERR_DRILL_003", "a fault of an earlier drill is still open: " + drills_.open.front().member,
                   "run: paws-engine ctl undo"};
  if (wake_.under_way)
    return failure{"ERR_ENG_004", "cannot drill now: resume-after-sleep is in progress",
                   "wait until it ends, then try again"};
  const auto judged = judge();
  if (judged == logic::environment_state::ready || (what.force && judged == logic::environment_state::degraded))
    return std::nullopt;
  const auto lacking = logic::not_ready(setup_.plan, wished_views(), cluster_views_, route_views_);
  return failure{"ERR_ENG_005",
                 "a drill proves something only when all is well before" +
                     (lacking.empty() ? "" : ": " + lacking.front()),
                 "run: paws-engine start; or try all the same with --force"};
}

void environment_state_data::begin_drill(const operator_command& what) {
  doing_ = activity::drilling;
  drills_.left.clear();
  outcome_ = {};
  self_->request(setup_.around.runtime, runtime_patience, capabilities_atom_v)
      .then(
          [this, what](const runtime_capabilities& can) {
            drills_.no_partition = can.partition;
            const logic::drill_request one{what.drill, what.fault, what.target, what.from, !what.no_writer};
            for (std::int64_t i = 0; i < what.repeat; ++i) {
              auto some = what.drill == "all" ? logic::every_drill(setup_.plan, cluster_views_, can.partition)
                                              : std::vector{one};
              drills_.left.insert(drills_.left.end(), some.begin(), some.end());
            }
            next_drill(*this);
          },
          [this](const caf::error& why) { end_drills(*this, to_failure(why)); });
}

void environment_state_data::hear_drill(const logic::drill_report& report) {
  if (!drills_.actor || caf::actor_cast<caf::actor_addr>(self_->current_sender()) != drills_.actor.address())
    return;
  self_->demonitor(drills_.actor.address());
  drills_.actor = drill_actor{};
  drills_.held.clear();
  drills_.planned.back().until_us = now_us(self_, setup_.around);
  outcome_.drills.push_back(report);
  if (report.passed)
    return go_on_after(*this, report.recovered, {});
  take_back_faults([this, recovered = report.recovered](const failure& why) { // what it has left, if anything
    drills_.undone.clear();
    start_broken();
    go_on_after(*this, recovered, why);
  });
}

// -- taking back -------------------------------------------------------------------------------------------------

// With a drill under way: that one ends. Otherwise what the record says is open.
void environment_state_data::undo(outcome_promise promise) {
  if (drills_.actor) {
    drills_.ending = true;
    drills_.ended_by.push_back(std::move(promise));
    self_->send(drills_.actor, stop_atom_v);
    return;
  }
  const auto before = drills_.open.size();
  take_back_faults([this, before, promise](const failure& why) mutable {
    command_outcome out;
    out.name = "undo";
    out.what = why;
    if (!why.code.empty())
      out.code = topology::find_error(why.code).exits_with;
    const auto all = std::max(before, drills_.undone.size());
    out.already = why.code.empty() && all == 0;
    for (const auto& each : std::exchange(drills_.undone, {}))
      out.notes.push_back(each.member + ": " + std::string{to_string(each.kind)} + " of the drill " + each.drill +
                          " is taken back");
    start_broken();
    promise.deliver(std::move(out));
  });
}

void environment_state_data::take_back_faults(const std::function<void(const failure&)>& then) {
  if (!setup_.store)
    return then({});
  self_->request(setup_.store, caf::infinite, load_atom_v, undo_atom_v)
      .then(
          [this, then](const fault_list& open) {
            drills_.open = open;
            take_back_last(*this, open.size(), then);
          },
          [then](const caf::error& why) { then(to_failure(why)); });
}

// The last one first. What was killed stays open until it runs again.

// Members that an earlier engine's drill has killed: back with the others, or nothing to do when nothing runs.
void environment_state_data::start_broken() {
  const bool anything = !all_idle();
  for (const auto& fault : fault_list{drills_.open}) {
    if (!is_started_back(fault))
      continue; // it could not be taken back
    if (anything && services_.contains(fault.member) && logic::is_idle(service_views_.at(fault.member).actual))
      wish(fault.member, desired_state::running, {});
    else
      close_fault(*this, fault);
  }
}

void environment_state_data::note_started(const logic::service_view& view) {
  if (logic::is_idle(view.actual))
    return;
  for (const auto& fault : fault_list{drills_.open})
    if (fault.member == view.name && is_started_back(fault))
      close_fault(*this, fault);
}

} // namespace paws
