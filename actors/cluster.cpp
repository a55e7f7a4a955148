#include "actors/cluster.hpp"

#include "logic/created.hpp"

#include <algorithm>

namespace paws {

namespace {

// While something is awaited the view is judged at least this often: a wake may be due again.
constexpr std::chrono::seconds awaiting_interval{1};
// Asking every probe once: the longest timeout of any ask, and the asker's grace.
constexpr std::chrono::seconds health_patience{7};

} // namespace

void cluster_state::init(cluster_pointer self, logic::cluster_plan plan, surroundings around,
                         environment_actor environment) {
  self_ = self;
  plan_ = std::move(plan);
  around_ = std::move(around);
  environment_ = std::move(environment);
  for (const auto& member : plan_.members)
    members_[member] = {};
  changed_us_ = now_us(self_, around_);
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(listeners_, [&](const auto& listener) { return listener.address() == down.source; });
  });
  self_->delayed_send(self_, awaiting_interval, tick_atom_v, ++tick_);
}

void cluster_state::add_listener(const milestone_listener& listener) {
  self_->monitor(listener);
  listeners_.push_back(listener);
  self_->send(listener, own_milestones());
}

void cluster_state::hear_observation(const logic::observation& what) {
  const auto at = members_.find(what.member);
  if (at == members_.end() || !at->second.running || at->second.generation != what.generation)
    return; // about an earlier life
  seen_.put(what);
  judge();
}

dependency_list cluster_state::admit(const std::string& member, bool has_data) {
  // Whose data is gone while nobody runs was emptied, and the others may have been with it: they tell anew.
  if (plan_.context.running.empty() && !has_data && plan_.context.has_data[member])
    std::erase_if(plan_.context.has_data, [this](const auto& row) { return !admitted_.contains(row.first); });
  admitted_.insert(member);
  plan_.context.has_data[member] = has_data;
  plan_.context.cleared.erase(member);
  if (plan_.context.running.empty()) { // what was found out before says nothing of what is there now
    seen_.forget(plan_.context.cluster.name);
    ++prepared_life_;
  } else if (!has_data) { // nor of this member, which has lost its data while others run
    logic::observation made;
    made.name = logic::created_observation;
    made.member = member;
    made.ok = true;
    made.answered_at = self_->clock().now();
    seen_.put(std::move(made));
  }
  const auto& data = plan_.context.has_data;
  if (all_created() && std::none_of(data.begin(), data.end(), [](const auto& row) { return row.second; }))
    plan_.context.remembered_leader.clear(); // of an earlier cluster, of which nothing is left
  answer_unadvised();
  return plan_.kind->member_dependencies(plan_.context, member);
}

void cluster_state::hear_member(const std::string& member, std::uint64_t generation, bool running) {
  const auto at = members_.find(member);
  if (at == members_.end())
    return;
  auto& entry = at->second;
  entry.service = caf::actor_cast<service_actor>(self_->current_sender());
  entry.generation = generation;
  entry.running = running;
  entry.told = {};
  if (running) {
    plan_.context.has_data[member] = true; // from now on a restart finds what it wrote
    plan_.context.running.insert(member);
  } else {
    plan_.context.running.erase(member);
  }
  admitted_.erase(member);
  seen_.forget(member);
  if (plan_.context.running.empty()) {
    seen_.forget(plan_.context.cluster.name);
    ++prepared_life_;
  }
  judge();
  answer_unadvised();
}

void cluster_state::answer_unadvised() {
  if (!all_created())
    return;
  for (auto& [waiting, promise] : std::exchange(unadvised_, {}))
    promise.deliver(advise(waiting.first, waiting.second));
}

bool cluster_state::all_created() const {
  return std::all_of(plan_.members.begin(), plan_.members.end(),
                     [this](const auto& member) { return plan_.context.has_data.contains(member); });
}

caf::result<logic::start_advice> cluster_state::hear_advise(const std::string& member) {
  const auto service = caf::actor_cast<service_actor>(self_->current_sender());
  if (all_created())
    return advise(member, service);
  // Which data there is must be known of all before anybody starts: the answer waits for that.
  auto promise = self_->make_response_promise<logic::start_advice>();
  unadvised_.emplace_back(std::make_pair(member, service), promise);
  return promise;
}

logic::start_advice cluster_state::advise(const std::string& member, const service_actor& service) {
  auto out = plan_.kind->advise(plan_.context, seen_, member);
  if (out.go)
    plan_.context.cleared.insert(member);
  if (out.go || !out.refusal.code.empty())
    held_.erase(member);
  else
    held_[member] = service;
  if (!out.go)
    prepare(); // it may be waiting for what only that finds out
  return out;
}

void cluster_state::release_held() {
  for (auto at = held_.begin(); at != held_.end();) {
    const auto advice = plan_.kind->advise(plan_.context, seen_, at->first);
    if (!advice.go && advice.refusal.code.empty()) {
      ++at;
      continue;
    }
    self_->send(at->second, own_milestones()); // it asks again
    at = held_.erase(at);
  }
}

void cluster_state::hear_tick(std::uint64_t tick) {
  if (tick != tick_)
    return;
  if (!view_.ready)
    judge();
  self_->delayed_send(self_, awaiting_interval, tick_atom_v, ++tick_);
}

void cluster_state::judge() {
  const auto before = std::exchange(view_, plan_.kind->judge(plan_.context, seen_, self_->clock().now()));
  const bool started_before = std::exchange(started_, all_started());
  if (!view_.leader.empty() && view_.leader != plan_.context.remembered_leader) {
    tell(self_, around_, logic::event_kinds::leader_changed, plan_.context.cluster.name,
         plan_.context.remembered_leader.empty()
             ? view_.leader + " leads"
             : view_.leader + " leads instead of " + plan_.context.remembered_leader,
         {{"from", plan_.context.remembered_leader}, {"to", view_.leader}});
    plan_.context.remembered_leader = view_.leader;
  }
  tell_members(before);
  tell_listeners(before, started_before);
  release_held();
  wake();
  prepare();
}

void cluster_state::tell_members(const logic::cluster_view& before) {
  for (const auto& member : view_.members) {
    const auto at = members_.find(member.name);
    if (at == members_.end() || !at->second.running)
      continue;
    member_verdict verdict{member.name, at->second.generation, member.healthy, member.role, member.why, !view_.ready};
    const auto& told = at->second.told;
    if (told.generation == verdict.generation && told.healthy == verdict.healthy && told.role == verdict.role &&
        told.why == verdict.why && told.watch_closely == verdict.watch_closely)
      continue;
    at->second.told = verdict;
    self_->send(at->second.service, verdict);
  }
  if (before.ready != view_.ready || before.quorum != view_.quorum || before.leader != view_.leader ||
      before.awaited != view_.awaited || before.status != view_.status)
    self_->send(environment_, cluster_report{plan_.context.cluster.name, view_});
}

void cluster_state::tell_listeners(const logic::cluster_view& before, bool started_before) {
  const bool changed = before.ready != view_.ready || before.quorum != view_.quorum ||
                       before.replicating != view_.replicating || started_before != started_;
  if (changed) {
    changed_us_ = now_us(self_, around_);
    const auto word = [](bool yes) { return std::string{yes ? "true" : "false"}; };
    tell(self_, around_, logic::event_kinds::cluster_state, plan_.context.cluster.name,
         view_.ready             ? "ready: " + view_.summary
         : view_.awaited.empty() ? "not ready"
                                 : "awaits: " + view_.awaited.front(),
         {{"started", word(started_)},
          {"quorum", word(view_.quorum)},
          {"replicating", word(view_.replicating)},
          {"ready", word(view_.ready)}});
  }
  const auto reason = [](const logic::cluster_view& view) {
    return view.awaited.empty() ? std::string{} : view.awaited.front();
  };
  if (!changed && reason(before) == reason(view_))
    return;
  const auto mine = own_milestones();
  for (const auto& listener : listeners_)
    self_->send(listener, mine);
}

void cluster_state::wake() {
  constexpr std::chrono::seconds again{1}; // the same reason at most once a second
  const auto now = self_->clock().now();
  if (held_by_drill_ || !view_.wake || (view_.wake_key == last_wake_key_ && now - last_wake_ < again))
    return;
  last_wake_key_ = view_.wake_key;
  last_wake_ = now;
  tell(self_, around_, logic::event_kinds::cluster_woken, plan_.context.cluster.name,
       "woke " + view_.wake->member + ": " + view_.wake_key, {{"key", view_.wake_key}});
  self_->request(around_.asker, caf::infinite, *view_.wake).then([](const logic::answer&) {}, [](const caf::error&) {});
}

void cluster_state::prepare() {
  if (plan_.kind->prepare == nullptr)
    return;
  for (auto& question : plan_.kind->prepare(plan_.context, seen_, self_->clock().now())) {
    if (!preparing_.insert(question.name).second)
      continue;
    self_->request(around_.asker, caf::infinite, question)
        .then([this, question,
               life = prepared_life_](const logic::answer& answer) { hear_prepared(question, answer, life); },
              [this, question, life = prepared_life_](const caf::error&) { hear_prepared(question, {}, life); });
  }
}

void cluster_state::hear_prepared(const logic::ask& question, const logic::answer& answer, std::uint64_t life) {
  preparing_.erase(question.name);
  if (life != prepared_life_)
    return; // about a life that is over
  logic::observation seen;
  seen.name = question.name;
  seen.member = plan_.context.cluster.name;
  seen.answered_at = self_->clock().now();
  seen.ok = answer.ok;
  seen.error = answer.error;
  seen.duration_us = answer.duration_us;
  if (answer.ok)
    seen.known = plan_.kind->interpret(question, answer);
  if (const auto told = seen.known.find("told"); told != seen.known.end())
    tell(self_, around_, logic::event_kinds::recovery_step, plan_.context.cluster.name, told->second);
  const bool answered = seen.ok;
  seen_.put(std::move(seen));
  if (answered) // else the next tick asks again, not this very instant
    judge();
}

bool cluster_state::all_started() const {
  return std::all_of(members_.begin(), members_.end(), [](const auto& row) { return row.second.running; });
}

milestones cluster_state::own_milestones() const {
  milestones out;
  out.name = plan_.context.cluster.name;
  out.started = started_;
  out.replicating = view_.replicating;
  out.quorum = view_.quorum;
  out.ready = view_.ready;
  out.why = view_.awaited.empty() ? "" : view_.awaited.front();
  out.since_us = changed_us_;
  return out;
}

caf::result<logic::component_report> cluster_state::check_health() {
  auto promise = self_->make_response_promise<logic::component_report>();
  const auto begun = self_->clock().now();
  auto finish = [this, promise, begun]() mutable {
    judge();
    logic::component_report report;
    report.name = plan_.context.cluster.name;
    report.status = view_.status;
    report.summary = view_.summary;
    report.checks = view_.checks;
    report.duration_ms = std::chrono::duration_cast<logic::milliseconds>(self_->clock().now() - begun).count();
    promise.deliver(std::move(report));
  };
  std::vector<service_actor> asked;
  for (const auto& [member, entry] : members_)
    if (entry.running && entry.service)
      asked.push_back(entry.service);
  if (asked.empty()) {
    finish();
    return promise;
  }
  auto left = std::make_shared<std::size_t>(asked.size());
  for (const auto& member : asked) {
    auto count = [left, finish]() mutable {
      if (--*left == 0)
        finish();
    };
    self_->request(member, health_patience, health_atom_v)
        .then([count](const logic::component_report&) mutable { count(); },
              [count](const caf::error&) mutable { count(); });
  }
  return promise;
}

cluster_actor::behavior_type cluster(cluster_pointer self, logic::cluster_plan plan, surroundings around,
                                     environment_actor environment) {
  self->state.init(self, std::move(plan), std::move(around), std::move(environment));
  auto& state = self->state;
  return {
      [&state](subscribe_atom, const milestone_listener& listener) { state.add_listener(listener); },
      [&state](const logic::observation& what) { state.hear_observation(what); },
      [&state](member_atom, const std::string& member, bool has_data) { return state.admit(member, has_data); },
      [&state](member_atom, const std::string& member, std::uint64_t generation, bool running) {
        state.hear_member(member, generation, running);
      },
      [&state](advise_atom, const std::string& member) { return state.hear_advise(member); },
      [&state](const renewal& what) { state.plan_.context.secrets = what.secrets; },
      [&state](hold_atom, bool on) { state.held_by_drill_ = on; },
      [&state](renew_atom, bool on) { state.plan_.context.begins_anew = on; },
      [&state](tick_atom, std::uint64_t tick) { state.hear_tick(tick); },
      [&state](health_atom) { return state.check_health(); },
      [&state](describe_atom) { return state.inspect(); },
      [self](actors_atom) {
        const auto& now = self->state;
        return own_row(self, now.plan_.context.cluster.name, "cluster", now.view_.ready ? "ready" : "not ready");
      },
  };
}

} // namespace paws
