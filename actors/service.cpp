#include "actors/service.hpp"

#include "actors/probe.hpp"
#include "logic/environment_rules.hpp"

#include <algorithm>

namespace paws {

using logic::actual_state;
using logic::desired_state;
using logic::service_event;

void service_state::init(service_pointer self, logic::service_plan plan, surroundings around, service_kin kin) {
  self_ = self;
  plan_ = std::move(plan);
  around_ = std::move(around);
  kin_ = std::move(kin);
  view_.name = plan_.spec.name;
  view_.cluster = plan_.cluster;
  view_.address = plan_.spec.address;
  view_.ports = plan_.spec.ports;
  view_.desired = desired_;
  view_.since_us = changed_us_ = now_us(self_, around_);
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(listeners_, [&](const auto& listener) { return listener.address() == down.source; });
  });
  const service_actor me{self_};
  for (const auto& [on, source] : kin_.sources)
    self_->send(source, subscribe_atom_v, milestone_listener{me});
  self_->send(around_.runtime, subscribe_atom_v, runtime_listener{me});
}

// -- what it is told ---------------------------------------------------------------------------------------------

void service_state::desire(desired_state wish, bool destroy_data, const std::string& trace_id) {
  const bool under_way = wish == desired_ && wish == desired_state::running &&
                         (view_.actual == actual_state::starting || view_.actual == actual_state::unready);
  if (view_.actual == actual_state::stopping)
    next_trace_id_ = trace_id; // its end is still the work of the command before
  else if (!under_way)         // else nothing is done that was not being done already
    around_.trace_id = trace_id;
  if (view_.actual == actual_state::failed) // asked again: a new chance
    policy_.reset();
  if (logic::next_step(wish, view_.actual, service_event::desire).next != actual_state::failed) {
    failure_ = {}; // and a new reason should it fail again
    view_.failure.clear();
    view_.failure_code.clear();
    view_.failure_remedy.clear();
  }
  view_.drift.clear();
  desired_ = wish;
  destroy_data_ = destroy_data;
  view_.desired = wish;
  step(service_event::desire);
}

void service_state::adopt_ended(const container_info& info, bool done) {
  if (view_.actual != actual_state::absent)
    return;
  if (!done) {
    // Only shown: a start that the dead engine had called may still be under way, so a wish looks again first.
    auto shown = view_;
    shown.actual = actual_state::exited;
    if (info.exited_at_us > 0)
      shown.since_us = info.exited_at_us;
    self_->send(kin_.environment, shown);
    return;
  }
  desired_ = view_.desired = desired_state::running;
  container_ = info;
  view_.adopted = true;
  step(service_event::finished);
}

void service_state::hold(bool on) {
  held_ = on;
  if (on)
    return see_to_wake();
  view_.drift.clear();
  if (desired_ == desired_state::running && view_.actual == actual_state::exited)
    step(service_event::desire);
  else
    publish();
}

void service_state::hear_milestones(const milestones& what) {
  known_[what.name] = what;
  if (view_.actual == actual_state::created && desired_ == desired_state::running)
    seek_clearance();
  see_to_wake();
}

void service_state::hear_container(const container_event& what) {
  const auto& info = what.info;
  // An event about an earlier life of the container says nothing about this one.
  if (info.name != view_.name || (!container_.id.empty() && info.id != container_.id) || logic::is_idle(view_.actual))
    return;
  if (info.status == container_status::exited) {
    if (running_generation_ == generation_) // else the answer to our start call will say so
      exited(info);
  } else if (info.status == container_status::paused) {
    if (!pausing_) // else the answer to our own call will say so
      step(service_event::paused);
  } else if (info.status == container_status::running && view_.actual == actual_state::paused) {
    step(service_event::resumed);
  }
}

void service_state::exited(const container_info& info) {
  container_ = info;
  const bool asked_for = view_.actual == actual_state::stopping;
  // The record says that somebody else asked for it: reported and left. Without a record it is a crash.
  // What a drill takes down stays down until it is given back.
  const bool left = !asked_for && (info.stop_requested || held_) && desired_ == desired_state::running;
  if (!asked_for)
    tell(self_, around_, logic::event_kinds::container_exited, view_.name,
         left                    ? held_ ? "ended for a drill" : "was stopped from outside the engine"
         : info.oom_killed       ? "was killed by its memory limit"
         : info.exit_signal != 0 ? "ended by signal " + std::to_string(info.exit_signal)
                                 : "ended with exit code " + std::to_string(info.exit_code),
         {{"exit_code", std::to_string(info.exit_code)},
          {"signal", std::to_string(info.exit_signal)},
          {"oom_killed", info.oom_killed ? "true" : "false"},
          {"stop_requested", info.stop_requested ? "true" : "false"}});
  over();
  const bool finished = plan_.goal == topology::goal::completed && info.exit_code == 0 && info.exit_signal == 0;
  step(finished ? service_event::finished : left ? service_event::left : service_event::exited);
}

void service_state::hear_observation(const logic::observation& what) {
  if (what.generation != running_generation_ || running_generation_ != generation_ ||
      view_.actual == actual_state::paused)
    return;
  const auto healthy = what.known.find("healthy");
  wake_.heard.reset();
  const bool well = what.ok && healthy != what.known.end() && healthy->second == "true";
  if (wake_.holding && !well) {
    wake_.heard = what;
    return;
  }
  const auto why = what.known.find("why");
  const auto reason = well ? std::string{} : why != what.known.end() ? why->second : what.error;
  if (!well && view_.actual == actual_state::starting &&
      (view_.waiting_for.empty() || view_.waiting_for[0].why != reason)) {
    view_.waiting_for = {{"its health endpoint", reason, now_us(self_, around_)}};
    self_->send(kin_.environment, view_);
  }
  fast_ = !well;
  for (const auto& probe : probes_)
    self_->send(probe, pace_atom_v, fast_);
  step(well ? service_event::healthy : service_event::unhealthy);
}

void service_state::hear_verdict(const member_verdict& what) {
  if (what.generation != running_generation_ || running_generation_ != generation_ ||
      view_.actual == actual_state::paused)
    return;
  wake_.verdict.reset();
  if (wake_.holding && !what.healthy) {
    wake_.verdict = what;
    return;
  }
  if (fast_ != what.watch_closely) {
    fast_ = what.watch_closely;
    for (const auto& probe : probes_)
      self_->send(probe, pace_atom_v, fast_);
  }
  const auto before = view_;
  view_.role = what.role;
  if (what.healthy)
    view_.waiting_for.clear();
  else if (view_.waiting_for.size() != 1 || view_.waiting_for[0].why != what.why)
    view_.waiting_for = {{plan_.cluster, what.why, now_us(self_, around_)}};
  const auto actual = view_.actual;
  step(what.healthy ? service_event::healthy : service_event::unhealthy);
  if (actual == view_.actual && (before.role != view_.role || before.waiting_for.size() != view_.waiting_for.size()))
    self_->send(kin_.environment, view_);
}

void service_state::hear_tick(std::uint64_t tick) {
  if (tick == (reach_tick_ | reach_mark))
    return step(service_event::ask_again);
  if ((tick & wake_mark) != 0)
    return hear_wake_tick(tick);
  if (tick != tick_)
    return;
  if (view_.actual == actual_state::exited && !held_) // else it is started when it is given back
    step(service_event::backoff);
  else if (view_.actual == actual_state::created)
    seek_clearance();
}

void service_state::add_listener(const milestone_listener& listener) {
  self_->monitor(listener);
  listeners_.push_back(listener);
  self_->send(listener, own_milestones());
}

caf::result<logic::component_report> service_state::check_health() {
  auto promise = self_->make_response_promise<logic::component_report>();
  const auto begun = self_->clock().now();
  auto left = std::make_shared<std::size_t>(probes_.size());
  auto finish = [this, promise, begun]() mutable {
    logic::component_report report;
    report.name = view_.name;
    const bool spoken_against = wake_.heard || wake_.verdict; // what does not count yet is no good health either
    const bool well =
        (view_.actual == actual_state::ready || view_.actual == actual_state::completed) && !spoken_against;
    report.status = view_.actual == actual_state::paused ? logic::component_status::paused
                    : well                               ? logic::component_status::healthy
                                                         : logic::component_status::unhealthy;
    report.summary = std::string{to_string(view_.actual)};
    report.duration_ms = std::chrono::duration_cast<logic::milliseconds>(self_->clock().now() - begun).count();
    report.checks.push_back({"state", well ? logic::check_status::pass : logic::check_status::fail,
                             std::string{to_string(view_.actual)}, report.duration_ms, view_.failure});
    promise.deliver(std::move(report));
  };
  if (probes_.empty())
    finish();
  for (const auto& probe : probes_) {
    auto count = [left, finish]() mutable {
      if (--*left == 0)
        finish();
    };
    self_->request(probe, std::chrono::seconds(6), now_atom_v)
        .then([count](const logic::observation&) mutable { count(); }, [count](const caf::error&) mutable { count(); });
  }
  return promise;
}

std::string service_state::path() const {
  return (plan_.cluster.empty() ? "" : plan_.cluster + "/") + view_.name;
}

caf::result<actor_list> service_state::list_actors() {
  auto promise = self_->make_response_promise<actor_list>();
  auto mine = own_row(self_, path(), "service", std::string{to_string(view_.actual)});
  gather_rows(self_, {probes_.begin(), probes_.end()}, probe_patience, [promise, mine](actor_list rows) mutable {
    rows.insert(rows.begin(), mine.begin(), mine.end());
    promise.deliver(std::move(rows));
  });
  return promise;
}

// -- the table ---------------------------------------------------------------------------------------------------

void service_state::step(service_event what) {
  const auto before = view_.actual;
  const auto [next, action] = logic::next_step(desired_, before, what);
  if (out_of_reach_ && what != service_event::unreachable && what != service_event::ask_again &&
      what != service_event::desire) {
    out_of_reach_ = false; // whatever this is, it was heard from there
    view_.waiting_for.clear();
  }
  if (next != before) {
    view_.actual = next;
    view_.since_us = changed_us_ = now_us(self_, around_);
    if (next == actual_state::ready || next == actual_state::starting || next == actual_state::paused)
      view_.waiting_for.clear();
    tell(self_, around_, logic::event_kinds::service_state, view_.name,
         std::string{to_string(before)} + " -> " + std::string{to_string(next)},
         {{"from", std::string{to_string(before)}},
          {"to", std::string{to_string(next)}},
          {"desired", std::string{to_string(desired_)}},
          {"generation", std::to_string(generation_)}});
    if (next_trace_id_ && before == actual_state::stopping)
      around_.trace_id = *std::exchange(next_trace_id_, std::nullopt);
  }
  act(action);
  if (next == actual_state::paused && before != next)
    hold_still();
  if (before == actual_state::paused && what == service_event::resumed)
    watch_again();
  if (next != before || what == service_event::desire || what == service_event::started)
    publish();
  if (obeyed() || action == logic::service_action::report_drift)
    around_.trace_id.clear(); // what happens from now on has other causes
  if (next != before || what == service_event::desire)
    see_to_wake();
}

bool service_state::obeyed() const {
  switch (desired_) {
  case desired_state::running:
    return view_.actual == actual_state::ready || view_.actual == actual_state::completed ||
           view_.actual == actual_state::failed;
  case desired_state::paused:
    return view_.actual == actual_state::paused || logic::is_idle(view_.actual);
  case desired_state::stopped:
    return logic::is_idle(view_.actual);
  case desired_state::removed:
    return view_.actual == actual_state::absent || view_.actual == actual_state::failed;
  }
  return true;
}

void service_state::act(logic::service_action what) {
  using action = logic::service_action;
  if (what != action::none)
    ++reach_tick_; // what is asked now is not asked for again by an older failure
  switch (what) {
  case action::none:
    return;
  case action::await_runtime:
    return await_runtime();
  case action::find_start:
    return find_start();
  case action::inspect:
    return inspect();
  case action::create:
    return create();
  case action::seek_clearance:
    return seek_clearance();
  case action::start:
    return start();
  case action::stop:
    return stop();
  case action::pause:
    return pause(true);
  case action::unpause:
    return pause(false);
  case action::remove:
    return remove();
  case action::consult_policy:
    return consult_policy();
  case action::announce_failure:
    tell(self_, around_, logic::event_kinds::service_failed, view_.name, view_.failure,
         {{"code", view_.failure_code}, {"reason", view_.failure}});
    return;
  case action::report_drift:
    return note_drift(held_                                  ? std::string{logic::drill_drift}
                      : view_.actual == actual_state::paused ? "paused from outside the engine"
                      : view_.actual == actual_state::exited ? "stopped from outside the engine"
                                                             : "continued from outside the engine");
  }
}

void service_state::publish() {
  self_->send(kin_.environment, view_);
  const auto mine = own_milestones();
  for (const auto& listener : listeners_)
    self_->send(listener, mine);
}

milestones service_state::own_milestones() const {
  const bool runs = running_generation_ == generation_ && generation_ > 0 && !logic::is_idle(view_.actual);
  milestones out;
  out.name = view_.name;
  out.started = runs && view_.actual != actual_state::paused;
  out.ready = view_.actual == actual_state::ready;
  out.completed = view_.actual == actual_state::completed;
  out.failed = view_.actual == actual_state::failed;
  out.why = view_.actual == actual_state::paused ? "is paused" : view_.failure;
  out.since_us = changed_us_;
  return out;
}

service_actor::behavior_type service(service_pointer self, logic::service_plan plan, surroundings around,
                                     service_kin kin) {
  self->state.init(self, std::move(plan), std::move(around), std::move(kin));
  auto& state = self->state;
  return {
      [&state](subscribe_atom, const milestone_listener& listener) { state.add_listener(listener); },
      [&state](const milestones& what) { state.hear_milestones(what); },
      [&state](const container_event& what) { state.hear_container(what); },
      [&state](const logic::observation& what) { state.hear_observation(what); },
      [&state](const member_verdict& what) { state.hear_verdict(what); },
      [&state](desire_atom, desired_state wish, bool destroy_data, const std::string& trace_id) {
        state.desire(wish, destroy_data, trace_id);
      },
      [&state](adopt_atom, const container_info& info, bool done) { state.adopt_ended(info, done); },
      [&state](const renewal& what) { state.renew(what); },
      [&state](hold_atom, bool on) { state.hold(on); },
      [&state](const awakening& what) { state.awake(what); },
      [&state](tick_atom, std::uint64_t tick) { state.hear_tick(tick); },
      [&state](health_atom) { return state.check_health(); },
      [&state](actors_atom) { return state.list_actors(); },
  };
}

} // namespace paws
