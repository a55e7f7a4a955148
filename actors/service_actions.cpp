// The actions of the service table, one member function each.
#include "actors/probe.hpp"
#include "actors/service.hpp"

#include "logic/environment_rules.hpp"
#include "messages/limits.hpp"

#include <algorithm>

namespace paws {

using logic::actual_state;
using logic::desired_state;
using logic::service_event;

namespace {

// Nobody's logs hold up a removal for longer.
constexpr std::chrono::seconds last_words_patience{2};
// Until the runtime's engine is asked again: short beside what an engine takes to restart.
constexpr std::chrono::seconds reach_interval{1};
// A held start is told by its cluster when it may ask again; this is for the case that nothing is heard any more.
constexpr std::chrono::seconds advice_interval{2};

bool satisfied(const milestones& what, topology::condition until) {
  switch (until) {
  case topology::condition::started:
    return what.started || what.completed;
  case topology::condition::replicating:
    return what.replicating;
  case topology::condition::quorum:
    return what.quorum;
  case topology::condition::ready:
    return what.ready;
  case topology::condition::completed:
    return what.completed;
  }
  return false;
}

// Another attempt would end in the same way.
bool is_final(const std::string& code) {
  return code == "ERR_SYS_004" || code == "ERR_PATRONI_003";
}

bool runs(const container_info& info) {
  return info.status == container_status::running || info.status == container_status::paused;
}

} // namespace

void service_state::fail(const caf::error& why) {
  const auto what = to_failure(why);
  if (what.code == "ERR_RUN_004" && logic::next_step(desired_, view_.actual, service_event::unreachable).action ==
                                        logic::service_action::await_runtime) {
    if (!out_of_reach_) {
      view_.waiting_for = {{"the container engine", what.message, now_us(self_, around_)}};
      tell(self_, around_, logic::event_kinds::service_waiting, view_.name, "waits for the container engine",
           {{"for", "the container engine"}, {"reason", what.message}});
      self_->send(kin_.environment, view_);
    }
    out_of_reach_ = true;
    return step(service_event::unreachable);
  }
  failure_ = what;
  view_.failure = failure_.message;
  view_.failure_code = failure_.code;
  view_.failure_remedy = failure_.remedy;
  const auto before = view_.actual;
  step(service_event::refused);
  if (view_.actual == before)
    publish(); // it stays as it was, and why is news
}

void service_state::note_drift(const std::string& what) {
  view_.drift = what;
  tell(self_, around_, logic::event_kinds::drift_seen, view_.name, what,
       {{"actual", std::string{to_string(view_.actual)}}, {"desired", std::string{to_string(desired_)}}});
}

// A paused member says nothing; what it said before is no longer known to be true.
void service_state::hold_still() {
  end_probes();
  running_generation_ = ++generation_;
  if (kin_.cluster)
    self_->send(kin_.cluster, member_atom_v, view_.name, generation_, true);
}

void service_state::watch_again() {
  running_generation_ = ++generation_;
  if (desired_ == desired_state::running)
    view_.drift.clear();
  if (kin_.cluster)
    self_->send(kin_.cluster, member_atom_v, view_.name, generation_, true);
  begin_probes();
  if (!kin_.cluster && plan_.asks.empty() && plan_.goal == topology::goal::running)
    step(service_event::healthy); // nothing more can be asked of it: it runs
}

void service_state::inspect() {
  self_->request(around_.runtime, runtime_patience, inspect_atom_v, view_.name)
      .then(
          [this](const container_info& info) {
            if (runs(info)) {
              view_.adopted = true;
              take_over(info);
            } else {
              step(service_event::found_idle);
            }
          },
          [this](const caf::error& why) { fail(why); });
}

void service_state::take_over(const container_info& info) {
  ++generation_;
  started_at_ = self_->clock().now();
  step(info.stop_requested ? service_event::found_stopping : service_event::found_running);
  if (info.stop_requested) // the answer to our own stop says when it is over
    return;
  confirm_running(info); // first: what it admits next may release advice to others
  if (kin_.cluster)
    self_->request(kin_.cluster, caf::infinite, member_atom_v, view_.name, true)
        .then([](const dependency_list&) {}, [](const caf::error&) {});
  if (info.status == container_status::paused)
    step(service_event::paused);
}

// It may run after all: a start whose answer came too late was done all the same.
void service_state::look_again(const caf::error& why) {
  self_->request(around_.runtime, runtime_patience, inspect_atom_v, view_.name)
      .then(
          [this, why](const container_info& info) {
            if (runs(info) && desired_ == desired_state::running && view_.actual == actual_state::exited)
              take_over(info);
            else
              fail(why);
          },
          [this, why](const caf::error&) { fail(why); });
}

void service_state::create() {
  if (creating_)
    return;
  creating_ = true;
  self_->request(around_.runtime, runtime_patience, create_atom_v, plan_.spec)
      .then(
          [this](const container_info& info) {
            creating_ = false;
            created(info);
          },
          [this](const caf::error& why) {
            creating_ = false;
            if (view_.actual == actual_state::exited)
              look_again(why);
            else
              fail(why);
          });
}

void service_state::created(const container_info& info) {
  container_ = {};
  view_.unsupported = info.unsupported;
  if (!kin_.cluster)
    return step(service_event::created);
  self_->request(kin_.cluster, caf::infinite, member_atom_v, view_.name, !info.fresh_data)
      .then(
          [this](const dependency_list& inner) {
            inner_dependencies_ = inner;
            for (const auto& dependency : inner)
              if (dependency.on == plan_.cluster && !known_.contains(plan_.cluster)) {
                known_[plan_.cluster] = {};
                self_->send(kin_.cluster, subscribe_atom_v, milestone_listener{service_actor{self_}});
              }
            step(service_event::created);
          },
          [this](const caf::error& why) { fail(why); });
}

std::vector<logic::awaited_thing> service_state::unmet() const {
  std::vector<logic::awaited_thing> out;
  const auto look = [&](const topology::dependency& dependency) {
    const auto at = known_.find(dependency.on);
    if (at != known_.end() && satisfied(at->second, dependency.until))
      return;
    const auto since = at == known_.end() ? view_.since_us : at->second.since_us;
    std::string why = "not " + std::string{to_string(dependency.until)} + " yet";
    if (at != known_.end() && at->second.failed)
      why = "failed: " + at->second.why;
    else if (at != known_.end() && !at->second.why.empty())
      why = at->second.why;
    out.push_back({dependency.on, why, since});
  };
  std::for_each(plan_.depends_on.begin(), plan_.depends_on.end(), look);
  std::for_each(inner_dependencies_.begin(), inner_dependencies_.end(), look);
  return out;
}

void service_state::seek_clearance() {
  auto waiting = unmet();
  if (!waiting.empty()) {
    const auto same = std::equal(waiting.begin(), waiting.end(), view_.waiting_for.begin(), view_.waiting_for.end(),
                                 [](const auto& a, const auto& b) { return a.what == b.what && a.why == b.why; });
    if (same)
      return;
    view_.waiting_for = std::move(waiting);
    tell(self_, around_, logic::event_kinds::service_waiting, view_.name,
         "waits for " + view_.waiting_for[0].what + ": " + view_.waiting_for[0].why,
         {{"for", view_.waiting_for[0].what}});
    self_->send(kin_.environment, view_);
    return;
  }
  if (!kin_.cluster)
    return step(service_event::cleared);
  ask_advice();
}

void service_state::ask_advice() {
  if (seeking_)
    return;
  seeking_ = true;
  // For as long as it takes: the answer waits until all members are created.
  self_->request(kin_.cluster, caf::infinite, advise_atom_v, view_.name)
      .then(
          [this](const logic::start_advice& advice) {
            seeking_ = false;
            if (view_.actual == actual_state::created && desired_ == desired_state::running)
              follow(advice);
          },
          [this](const caf::error& why) {
            seeking_ = false;
            fail(why);
          });
}

void service_state::follow(const logic::start_advice& advice) {
  if (!advice.refusal.code.empty())
    return fail(to_error(advice.refusal));
  if (!advice.go) {
    if (view_.waiting_for.size() != 1 || view_.waiting_for[0].why != advice.hold_reason) {
      view_.waiting_for = {{plan_.cluster, advice.hold_reason, now_us(self_, around_)}};
      tell(self_, around_, logic::event_kinds::service_waiting, view_.name, advice.hold_reason,
           {{"for", plan_.cluster}});
      self_->send(kin_.environment, view_);
    }
    self_->delayed_send(self_, advice_interval, tick_atom_v, ++tick_);
    return;
  }
  if (advice.files.empty() && advice.extra_arguments.empty())
    return step(service_event::cleared);
  auto spec = plan_.spec;
  for (const auto& file : advice.files) {
    std::erase_if(spec.files, [&](const auto& old) { return old.path == file.path; });
    spec.files.push_back(file);
  }
  spec.command.insert(spec.command.end(), advice.extra_arguments.begin(), advice.extra_arguments.end());
  self_->request(around_.runtime, runtime_patience, create_atom_v, std::move(spec))
      .then(
          [this](const container_info&) {
            if (view_.actual == actual_state::created)
              step(service_event::cleared);
          },
          [this](const caf::error& why) { fail(why); });
}

void service_state::start() {
  ++generation_;
  started_at_ = self_->clock().now();
  // The dependency that became true last is the one that this start follows.
  std::string after;
  std::int64_t ready_at_us = 0;
  const auto look = [&](const topology::dependency& dependency) {
    const auto at = known_.find(dependency.on);
    if (at != known_.end() && at->second.since_us >= ready_at_us) {
      after = dependency.on;
      ready_at_us = at->second.since_us;
    }
  };
  std::for_each(plan_.depends_on.begin(), plan_.depends_on.end(), look);
  std::for_each(inner_dependencies_.begin(), inner_dependencies_.end(), look);
  std::map<std::string, std::string> fields{{"generation", std::to_string(generation_)}};
  if (!after.empty()) {
    fields["after"] = after;
    fields["ready_at_us"] = std::to_string(ready_at_us);
  }
  tell(self_, around_, logic::event_kinds::start_called, view_.name, after.empty() ? "start" : "start, after " + after,
       std::move(fields));
  if (kin_.cluster)
    self_->send(kin_.cluster, member_atom_v, view_.name, generation_, false);
  self_->send(around_.asker, forget_atom_v, plan_.spec.address);
  start_called_us_ = now_us(self_, around_);
  call_start();
}

void service_state::call_start() {
  self_->request(around_.runtime, runtime_patience, start_atom_v, view_.name)
      .then(
          [this, generation = generation_](const container_info& info) {
            if (generation == generation_)
              confirm_running(info);
          },
          [this, generation = generation_](const caf::error& why) {
            if (generation == generation_)
              fail(why);
          });
}

void service_state::await_runtime() {
  self_->delayed_send(self_, reach_interval, tick_atom_v, reach_tick_ | reach_mark);
}

// The start was called, and whether it came to be is not known: it may run, or have run and ended since.
void service_state::find_start() {
  self_->request(around_.runtime, runtime_patience, inspect_atom_v, view_.name)
      .then(
          [this, generation = generation_](const container_info& info) {
            if (generation != generation_ || view_.actual != actual_state::starting)
              return;
            const bool ended = info.status == container_status::exited && info.exited_at_us >= start_called_us_;
            if (runs(info) || ended) // an end is heard of there
              confirm_running(info);
            else
              call_start();
          },
          [this, generation = generation_](const caf::error& why) {
            if (generation == generation_)
              fail(why);
          });
}

void service_state::confirm_running(const container_info& info) {
  container_ = info;
  failure_ = {};
  view_.failure.clear();
  view_.failure_code.clear();
  view_.failure_remedy.clear();
  running_generation_ = generation_;
  view_.container_id = info.id.substr(0, info.id.find('@')); // without the life that it is in
  view_.pid = info.pid;
  view_.started_at_us = info.started_at_us;
  view_.drift.clear();
  changed_us_ = now_us(self_, around_);
  if (info.status == container_status::exited) // it ended before the answer came
    return hear_container({info, false});
  begin_probes();
  if (kin_.cluster)
    self_->send(kin_.cluster, member_atom_v, view_.name, generation_, true);
  step(service_event::started);
  if (!kin_.cluster && plan_.asks.empty() && plan_.goal == topology::goal::running)
    step(service_event::healthy); // nothing more can be asked of it: it runs
}

// Linked: a probe that fails takes its service down, and the environment replaces the service.
void service_state::begin_probes() {
  if (running_generation_ != generation_ || logic::is_idle(view_.actual))
    return;
  end_probes();
  fast_ = true;
  const observer_actor observer = kin_.cluster ? observer_actor{kin_.cluster} : observer_actor{service_actor{self_}};
  for (const auto& ask : plan_.asks) {
    auto child =
        self_->spawn<caf::linked>(probe, around_, probe_setup{ask, generation_, plan_.interpret, observer, path()});
    probes_.push_back(std::move(child));
  }
}

// Its questions go on with the new values; what was known stays known.
void service_state::renew(const renewal& what) {
  plan_.spec = what.spec;
  plan_.asks = what.asks;
  if (probes_.empty())
    return;
  const bool fast = fast_;
  begin_probes();
  fast_ = fast;
  if (!fast)
    for (const auto& probe : probes_)
      self_->send(probe, pace_atom_v, false);
}

void service_state::end_probes() {
  for (const auto& child : std::exchange(probes_, {})) {
    self_->unlink_from(child);
    self_->send_exit(child, caf::exit_reason::user_shutdown);
  }
}

void service_state::over() {
  end_probes();
  if (kin_.cluster)
    self_->send(kin_.cluster, member_atom_v, view_.name, generation_, false);
  running_generation_ = 0;
  view_.role.clear();
  view_.pid = 0;
  view_.container_id.clear();
}

void service_state::stop() {
  self_->request(around_.runtime, caf::infinite, stop_atom_v, view_.name)
      .then(
          [this, generation = generation_](const container_info& info) {
            if (generation != generation_)
              return; // its end was heard before, and it has been started anew since
            over();
            container_ = info;
            step(service_event::stopped);
          },
          [this](const caf::error& why) { fail(why); });
}

void service_state::pause(bool on) {
  pausing_ = on;
  auto answered = [this, on](const container_info& info) {
    if (on)
      pausing_ = false;
    if (on && desired_ == desired_state::running) // the pause was taken back meanwhile
      return pause(false);
    if (info.status == container_status::exited) // it ended before the answer came
      return hear_container({info, false});
    if (info.status != (on ? container_status::paused : container_status::running))
      return fail(
          to_error({"ERR_RUN_002", view_.name + (on ? " runs on although it was paused" : " still stands still"),
                    "try again, or stop it: paws-engine ctl stop --service " + view_.name}));
    container_ = info;
    step(on ? service_event::paused : service_event::resumed);
  };
  auto refused = [this](const caf::error& why) {
    pausing_ = false;
    fail(why);
  };
  if (on)
    self_->request(around_.runtime, runtime_patience, pause_atom_v, view_.name).then(answered, refused);
  else
    self_->request(around_.runtime, runtime_patience, unpause_atom_v, view_.name).then(answered, refused);
}

// Its last words go with it: they are collected before.
void service_state::remove() {
  if (!around_.collector)
    return remove_now();
  self_->request(around_.collector, last_words_patience, flush_atom_v)
      .then([this](std::uint64_t) { remove_now(); }, [this](const caf::error&) { remove_now(); });
}

void service_state::remove_now() {
  self_->request(around_.runtime, runtime_patience, remove_atom_v, view_.name, destroy_data_)
      .then(
          [this](const container_info&) {
            container_ = {};
            if (kin_.cluster)
              self_->send(kin_.cluster, member_atom_v, view_.name, generation_, false);
            step(service_event::removed);
          },
          [this](const caf::error& why) { fail(why); });
}

void service_state::consult_policy() {
  over();
  const auto delay = is_final(failure_.code) ? std::nullopt : policy_.on_exit(started_at_, self_->clock().now());
  if (!delay) {
    if (failure_.code.empty()) {
      view_.failure_code = "ERR_ENG_003";
      if (container_.oom_killed)
        view_.failure_remedy = "raise `resources: memory` of " + view_.name + " in the topology";
      view_.failure = container_.oom_killed ? "keeps ending, at last killed by its memory limit"
                      : container_.exit_signal != 0
                          ? "keeps ending, at last by signal " + std::to_string(container_.exit_signal)
                          : "keeps ending, at last with exit code " + std::to_string(container_.exit_code);
    }
    return step(service_event::gave_up);
  }
  ++view_.restarts;
  tell(self_, around_, logic::event_kinds::restart_scheduled, view_.name,
       "will be started again in " + std::to_string(delay->count()) + " ms",
       {{"delay_ms", std::to_string(delay->count())}, {"attempt", std::to_string(view_.restarts)}});
  self_->delayed_send(self_, *delay, tick_atom_v, ++tick_);
}

} // namespace paws
