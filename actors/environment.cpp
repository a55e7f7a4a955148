#include "actors/environment_recovery.hpp"
#include "actors/environment_wake.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace paws {

using logic::actual_state;

namespace {

constexpr std::chrono::seconds child_patience{2}; // to tell its row, and those of its probes
// What the saved state says of members whose data an engine set out to destroy.
const std::string destroyed = "destroyed";

} // namespace

void environment_state_data::init(environment_pointer self, environment_setup setup) {
  self_ = self;
  setup_ = std::move(setup);
  born_us_ = since_us_ = now_us(self_, setup_.around);
  phases_.emplace(setup_.plan.budgets);
  self_->set_down_handler([this](const caf::down_msg& down) { hear_down(down); });
  self_->monitor(setup_.around.journal);
  self_->monitor(setup_.around.runtime);
  self_->monitor(setup_.around.asker);
  if (setup_.store)
    self_->monitor(setup_.store);
  self_->send(setup_.around.runtime, subscribe_atom_v, reach_listener{environment_actor{self_}});
  keep_to_data(setup_);
  spawn_tree();
  read_recovery(*this);
  adopt();
}

// -- what it is told ---------------------------------------------------------------------------------------------

void environment_state_data::hear_service(const logic::service_view& view) {
  if (!view.name.empty()) {
    service_views_[view.name] = view;
    if (view.actual != actual_state::absent)
      adopting_.erase(view.name);
    note_started(view);
    note_phases();
  }
  if (doing_ == activity::adopting && adopting_.empty()) {
    doing_ = activity::idle;
    start_broken();
    for (const auto& question : std::exchange(after_adoption_, {}))
      question();
    const auto& known = setup_.remembered.desired;
    if (std::any_of(known.begin(), known.end(), [](const auto& row) { return row.second == destroyed; })) {
      begin_clearing();
    } else {
      resume_recovery(*this);
      admit_queued();
    }
  }
  evaluate();
}

void environment_state_data::hear_cluster(const cluster_report& report) {
  const auto leader = cluster_views_[report.cluster].leader;
  if (report.view.ready && !cluster_views_[report.cluster].ready)
    healthy_since_[report.cluster] = now_us(self_, setup_.around);
  cluster_views_[report.cluster] = report.view;
  pass_on(*this, report);
  note_phases();
  if (leader != report.view.leader && !report.view.leader.empty()) {
    setup_.remembered.leaders[report.cluster] = report.view.leader;
    remember();
  }
  evaluate();
}

void environment_state_data::hear_route(const logic::route_view& view) {
  route_views_[view.name] = view;
  pass_on(*this, view);
  evaluate();
}

// What is known of the members is as old as this; they themselves go on without their engine.
void environment_state_data::hear_reach(const std::string& why_not) {
  // What runs has not been seen yet: until then nothing is known to be well.
  if (why_not.empty() == unreachable_.empty() || (why_not.empty() && unseen_))
    return;
  unreachable_ = why_not;
  if (why_not.empty())
    return tell(self_, setup_.around, logic::event_kinds::runtime_reachable, setup_.plan.runtime,
                setup_.plan.runtime + " answers again");
  tell(self_, setup_.around, logic::event_kinds::runtime_unreachable, setup_.plan.runtime,
       "runtime unreachable: " + why_not, {{"reason", why_not}});
  for (const auto& question : std::exchange(after_adoption_, {}))
    question();
}

// Before it is known what runs already, every answer would be wrong; while that cannot be known, the answer says so.
caf::result<logic::environment_view> environment_state_data::hear_status() {
  auto promise = self_->make_response_promise<logic::environment_view>();
  if (doing_ == activity::adopting && unreachable_.empty())
    after_adoption_.emplace_back([this, promise]() mutable { promise.deliver(status()); });
  else
    promise.deliver(status());
  return promise;
}

logic::environment_view environment_state_data::status() {
  const auto now = now_us(self_, setup_.around);
  logic::environment_view out;
  out.environment = setup_.plan.environment;
  out.runtime = setup_.plan.runtime;
  out.state = state_;
  out.since_us = since_us_;
  out.engine_pid = setup_.engine_pid;
  out.engine_version = setup_.engine_version;
  out.engine_uptime_ms = (now - born_us_) / 1000;
  for (const auto& service : setup_.plan.services)
    out.services.push_back(service_views_.at(service.spec.name));
  for (auto& service : out.services)
    service.desired = wishes_.at(service.name);
  for (const auto& route : setup_.plan.routes)
    if (const auto at = route_views_.find(route.route.name); at != route_views_.end())
      out.routes.push_back(at->second);
  out.phases = phases_->phases();
  out.start_total_ms = start_total_ms_;
  out.profiles = setup_.remembered.profiles;
  out.engine_temporary = setup_.temporary;
  out.in_progress = in_progress();
  for (const auto& [title, info] : unknown_)
    if (lives(info))
      out.unknown_members.push_back(title);
  out.runtime_unreachable = unreachable_;
  for (const auto* faults : {&drills_.open, &drills_.held})
    for (const auto& fault : *faults)
      out.open_faults.push_back(fault.member + ": " + std::string{to_string(fault.kind)});
  return out;
}

caf::result<actor_list> environment_state_data::actors() {
  auto promise = self_->make_response_promise<actor_list>();
  std::vector<mailbox_source> below;
  for (const auto& [title, actor] : clusters_)
    below.emplace_back(actor);
  for (const auto& [title, actor] : services_)
    below.emplace_back(actor);
  for (const auto& [title, actor] : routes_)
    below.emplace_back(actor);
  if (rotator_)
    below.emplace_back(rotator_);
  if (recovery_.actor)
    below.emplace_back(recovery_.actor);
  if (drills_.actor)
    below.emplace_back(drills_.actor);
  if (clocks_)
    below.emplace_back(clocks_);
  auto mine = own_row(self_, "environment", "environment", std::string{to_string(state_)});
  gather_rows(self_, below, child_patience, [promise, mine](actor_list rows) mutable {
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    rows.insert(rows.begin(), mine.begin(), mine.end());
    promise.deliver(std::move(rows));
  });
  return promise;
}

caf::result<inspection_list> environment_state_data::inspect(const std::string& kind) {
  auto promise = self_->make_response_promise<inspection_list>();
  auto found = std::make_shared<inspection_list>();
  std::vector<std::string> asked;
  for (const auto& cluster : setup_.plan.clusters)
    if (cluster.kind->name == kind)
      asked.push_back(cluster.context.cluster.name);
  auto left = std::make_shared<std::size_t>(asked.size());
  if (asked.empty())
    promise.deliver(inspection_list{});
  for (const auto& title : asked) {
    auto take = [found, left, promise](const logic::inspection& what) mutable {
      found->push_back(what);
      if (--*left == 0)
        promise.deliver(*found);
    };
    self_->request(clusters_.at(title), std::chrono::seconds(8), describe_atom_v)
        .then(take, [take, title, kind](const caf::error& why) mutable {
          take({title, kind, {{"error", {"error"}, {{to_failure(why).message}}}}});
        });
  }
  return promise;
}

// -- bookkeeping -------------------------------------------------------------------------------------------------

void environment_state_data::set_state(logic::environment_state next, const operator_command& cause) {
  if (next == state_)
    return;
  tell(self_, setup_.around, logic::event_kinds::environment_state, setup_.plan.environment,
       std::string{to_string(state_)} + " -> " + std::string{to_string(next)},
       traced({{"from", std::string{to_string(state_)}}, {"to", std::string{to_string(next)}}}, cause));
  state_ = next;
  since_us_ = now_us(self_, setup_.around);
}

void environment_state_data::remember(std::function<void()> then) {
  if (!then)
    then = [] {};
  if (!setup_.store)
    return then();
  setup_.remembered.version = 1;
  const bool destroying = destroys() && (doing_ == activity::recording || doing_ == activity::thawing ||
                                         doing_ == activity::stopping || doing_ == activity::clearing);
  setup_.remembered.desired.clear();
  if (destroying)
    setup_.remembered.leaders.clear(); // whoever comes next has led nothing yet
  for (const auto& [title, wanted] : wishes_) {
    const auto word = recovery_word(*this, title);
    setup_.remembered.desired[title] = destroying ? destroyed : word.empty() ? std::string{to_string(wanted)} : word;
  }
  self_->request(setup_.store, caf::infinite, save_atom_v, setup_.remembered).then(then, [then](const caf::error&) {
    then();
  }); // the store itself reports a disk that refuses
}

// A phase is of the start that is under way; one that a failed start left open ends later by itself.
void environment_state_data::tell_phase(std::string_view kind, const std::string& phase) {
  const bool starting = current_.name == "start" && doing_ != activity::idle && doing_ != activity::adopting;
  const auto& cause = starting ? current_ : operator_command{};
  if (kind == logic::event_kinds::phase_begun)
    return tell(self_, setup_.around, kind, phase, phase + " begins", traced({}, cause));
  const auto* span = phases_->find(phase);
  tell(self_, setup_.around, kind, phase, phase + " took " + std::to_string(span->duration_ms) + " ms",
       traced({{"duration_ms", std::to_string(span->duration_ms)}, {"target_ms", std::to_string(span->target_ms)}},
              cause));
}

void environment_state_data::note_phases() {
  if (start_begun_us_ == 0 || doing_ == activity::stopping || doing_ == activity::rolling_back)
    return;
  const auto now = now_us(self_, setup_.around);
  const auto begin = [&](const std::string& phase) {
    if (phases_->begin(phase, now))
      tell_phase(logic::event_kinds::phase_begun, phase);
  };
  const auto end = [&](const std::string& phase) {
    if (phases_->end(phase, now))
      tell_phase(logic::event_kinds::phase_ended, phase);
  };
  if (std::none_of(service_views_.begin(), service_views_.end(),
                   [](const auto& row) { return row.second.actual == actual_state::absent; }))
    end("container_creation");
  bool applications = false, applications_ready = true;
  for (const auto& service : setup_.plan.services) {
    const auto& view = service_views_.at(service.spec.name);
    const bool begun = !logic::is_idle(view.actual) || view.actual == actual_state::completed;
    if (service.cluster.empty()) {
      const bool carries = std::any_of(setup_.plan.routes.begin(), setup_.plan.routes.end(),
                                       [&](const auto& route) { return route.service == service.spec.name; });
      applications = applications || (begun && !carries);
      applications_ready = applications_ready &&
                           (carries || view.actual == actual_state::ready || view.actual == actual_state::completed);
      continue;
    }
    for (const auto& cluster : setup_.plan.clusters)
      if (begun && cluster.context.cluster.name == service.cluster)
        begin(std::string{cluster.kind->phase});
  }
  for (const auto& cluster : setup_.plan.clusters)
    if (cluster_views_.at(cluster.context.cluster.name).ready)
      end(std::string{cluster.kind->phase});
  if (applications)
    begin("application_startup");
  if (applications && applications_ready)
    end("application_startup");
}

logic::service_views environment_state_data::wished_views() const {
  auto out = service_views_;
  for (auto& [title, view] : out)
    view.desired = wishes_.at(title);
  return out;
}

logic::environment_state environment_state_data::judge() const {
  return logic::judge_environment(setup_.plan, wished_views(), cluster_views_, route_views_);
}

bool environment_state_data::all_idle() const {
  return std::all_of(service_views_.begin(), service_views_.end(),
                     [](const auto& row) { return logic::is_idle(row.second.actual); });
}

std::string environment_state_data::in_progress() const {
  if (doing_ != activity::idle && doing_ != activity::adopting)
    return current_.name;
  if (jobs_.empty())
    return wake_.under_way ? "resume-after-sleep" : "";
  return jobs_.front().what.name;
}

// All that is wished is done: nothing runs, and nothing waits for its next attempt.
bool environment_state_data::nothing_left() const {
  return std::all_of(service_views_.begin(), service_views_.end(), [this](const auto& row) {
    const auto wanted = wishes_.at(row.first);
    const bool wished = wanted == logic::desired_state::running || wanted == logic::desired_state::paused;
    return logic::is_idle(row.second.actual) && (!wished || row.second.actual == actual_state::completed);
  });
}

// Whoever the tree works with ended unasked: a defect. Deaf or blind nobody supervises. What runs keeps running: the
// engine ends, and the next one adopts.
void environment_state_data::hear_down(const caf::down_msg& down) {
  if (!down.reason)
    return; // a rotator or a drill that has told its end, and is over
  const auto is = [&](const auto& actor) { return actor && actor.address() == down.source; };
  const auto& around = setup_.around;
  const std::string who = is(around.runtime)   ? "the runtime"
                          : is(around.asker)   ? "the asker"
                          : is(setup_.store)   ? "the store"
                          : is(around.journal) ? "the journal"
                                               : "an actor of the tree";
  tell(self_, around, logic::event_kinds::engine_stopping, setup_.plan.environment,
       who + " ended unexpectedly (" + to_string(down.reason) + "): the engine ends, members keep running",
       {{"reason", to_string(down.reason)}});
  self_->quit(down.reason);
}

environment_actor::behavior_type environment(environment_pointer self, environment_setup setup) {
  self->state.init(self, std::move(setup));
  auto& state = self->state;
  return {
      [&state](status_atom) { return state.hear_status(); },
      [&state](health_atom, const line_list& only) { return state.health(only); },
      [&state](const operator_command& what) { return state.command(what); },
      [&state](actors_atom) { return state.actors(); },
      [&state](renew_atom) { state.renew(); },
      [&state](restart_atom, const std::string& service) { return state.restart_for_rotation(service); },
      [&state](const command_outcome& outcome) { state.hear_rotated(outcome); },
      [&state](const logic::drill_report& report) { state.hear_drill(report); },
      [&state](undo_atom, const fault_list& held) { state.drills_.held = held; },
      [&state](describe_atom, const std::string& kind) { return state.inspect(kind); },
      [&state](const logic::service_view& view) { state.hear_service(view); },
      [&state](const logic::route_view& view) { state.hear_route(view); },
      [&state](const cluster_report& report) { state.hear_cluster(report); },
      [&state](const logic::clock_gap& gap) { waking::hear_gap(state, gap); },
      [&state](const awakened& what) { waking::hear_awakened(state, what); },
      [&state](tick_atom, std::uint64_t tick) { state.hear_tick(tick); },
      [&state](reach_atom, const std::string& why_not) { state.hear_reach(why_not); },
  };
}

} // namespace paws
