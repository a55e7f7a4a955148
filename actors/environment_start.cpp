// A start, from what it asks for to its rollback. A resume goes the same way.
#include "actors/environment_recovery.hpp"

#include <algorithm>

namespace paws {

using logic::actual_state;
using logic::desired_state;
using logic::environment_state;

namespace {

// A health report that was not good although everything had said ready is asked for again after this.
constexpr std::chrono::milliseconds health_retry{250};
constexpr std::chrono::seconds health_patience{15}; // the whole report (requirements, FR-008)

} // namespace

void environment_state_data::begin_start(const operator_command& what) {
  const auto chosen = logic::services_named(setup_.plan, what.services);
  const auto targets = what.services.empty() ? logic::services_named(setup_.plan, logic::all_names(setup_.plan))
                                             : logic::with_dependencies(setup_.plan, chosen);
  const auto wished = [&](const std::string& title) { return wishes_.at(title) == desired_state::running; };
  if (std::all_of(targets.begin(), targets.end(), wished) && judge() == environment_state::ready &&
      setup_.rotation.pending.names.empty()) {
    command_outcome done;
    done.already = true;
    return finish(done);
  }
  doing_ = activity::starting;
  start_begun_us_ = now_us(self_, setup_.around);
  start_total_ms_ = -1;
  phases_->clear();
  phases_->begin("container_creation", start_begun_us_);
  set_state(environment_state::starting, what);
  ran_before_.clear();
  leaders_before_ = setup_.remembered.leaders;
  for (const auto& [title, view] : service_views_)
    if (!logic::is_idle(view.actual) || view.actual == actual_state::completed)
      ran_before_.insert(title);
  for (const auto& title : targets) {
    auto& view = service_views_[title];
    if (view.actual == actual_state::failed)
      view.actual = actual_state::exited; // asked again: its old failure is not this start's
    if ((logic::is_well(view) && wished(title)) || about_to_stop(title))
      continue;
    wish(title, desired_state::running, what.trace_id);
  }
  remember();
  if (!setup_.rotation.pending.names.empty())
    launch_rotator(true); // it is completed on the way
  const auto patience =
      what.wait_timeout_ms > 0 ? logic::milliseconds{what.wait_timeout_ms} : setup_.plan.budgets.total_cold;
  self_->delayed_send(self_, patience, tick_atom_v, ++tick_);
}

// Somebody asks once more: what was stopped from outside in the meantime is asked for as well.
void environment_state_data::ask_again(const operator_command& what) {
  for (const auto& [title, view] : service_views_)
    if (wishes_.at(title) == desired_state::running && !view.drift.empty())
      wish(title, desired_state::running, what.trace_id);
}

// A restart has this service still ahead of it, and starts it itself.
bool environment_state_data::about_to_stop(const std::string& service) const {
  return std::any_of(jobs_.begin(), jobs_.end(), [&](const job& each) {
    return std::any_of(each.batches.begin() + (each.starting ? 1 : 0), each.batches.end(), [&](const auto& batch) {
      return std::find(batch.begin(), batch.end(), service) != batch.end();
    });
  });
}

void environment_state_data::evaluate_start() {
  if (!jobs_.empty())
    return; // what they stopped is to run again first
  const auto culprit = logic::root_cause(setup_.plan, wished_views());
  if (!culprit.empty())
    return start_failed(topology::exit_code::unhealthy, failure_of(culprit), culprit);
  if (rotator_ || route_views_.size() < routes_.size() || judge() != environment_state::ready)
    return;
  validate_start();
}

void environment_state_data::validate_start() {
  doing_ = activity::validating;
  const auto begun = now_us(self_, setup_.around);
  if (current_.name == "start" && phases_->begin("health_validation", begun))
    tell_phase(logic::event_kinds::phase_begun, "health_validation");
  self_->request(environment_actor{self_}, health_patience, health_atom_v, line_list{})
      .then(
          [this](const logic::health_report& report) {
            if (doing_ != activity::validating)
              return; // interrupted in the meantime
            if (report.status == "healthy")
              return start_succeeded(report);
            doing_ = activity::starting;
            self_->delayed_send(self_, health_retry, tick_atom_v, std::uint64_t{0});
          },
          [this](const caf::error&) {
            if (doing_ == activity::validating)
              doing_ = activity::starting;
          });
}

void environment_state_data::start_succeeded(const logic::health_report& report) {
  command_outcome done;
  done.notes = moved_leaders();
  for (const auto& component : report.components)
    for (const auto& check : component.checks)
      if (check.status == logic::check_status::warn)
        done.notes.push_back(component.name + ": " +
                             (check.error.empty() ? check.name + " " + check.value : check.error));
  if (current_.name == "start") {
    const auto now = now_us(self_, setup_.around);
    phases_->end("health_validation", now);
    tell_phase(logic::event_kinds::phase_ended, "health_validation");
    start_total_ms_ = (now - start_begun_us_) / 1000;
  }
  doing_ = activity::idle;
  settle_recovery(*this);
  remember();
  finish(std::move(done));
  evaluate();
}

void environment_state_data::start_failed(topology::exit_code code, topology::failure why, const std::string& culprit) {
  doing_ = activity::collecting;
  end_rotator();
  tell(self_, setup_.around, logic::event_kinds::start_failed, culprit, why.message,
       traced({{"code", why.code}, {"culprit", culprit}, {"remedy", why.remedy}}, current_));
  outcome_ = {};
  outcome_.code = code;
  outcome_.what = std::move(why);
  outcome_.culprit = culprit;
  if (culprit.empty())
    return roll_back();
  with_log_of(culprit, [this](line_list lines) {
    outcome_.log = std::move(lines);
    roll_back();
  });
}

void environment_state_data::roll_back() {
  if (doing_ != activity::collecting)
    return; // a stop came in between
  if (current_.keep_on_failure || current_.name == "resume") {
    doing_ = activity::idle;
    finish(outcome_);
    return evaluate();
  }
  // A restart under way would go on wishing that its target runs. What ran before this start is to run after it.
  std::set<std::string> interrupted;
  for (const auto& each : jobs_)
    if (each.what.name == "restart")
      interrupted.insert(each.asked.begin(), each.asked.end());
  end_jobs("the failed " + current_.name);
  for (const auto& title : interrupted)
    if (ran_before_.contains(title))
      wish(title, desired_state::running, {});
  doing_ = activity::rolling_back;
  order_stop();
  evaluate_stop();
}

// Ctrl-C. Whoever only waited for somebody else's start leaves it alone, and one that is over stays as it is.
void environment_state_data::interrupt_start(const operator_command& what, outcome_promise promise) {
  if (doing_ == activity::idle || current_.name != "start" || current_.trace_id != what.trace_id) {
    command_outcome nothing;
    nothing.name = what.name;
    nothing.already = true;
    nothing.engine_ends = doing_ == activity::idle && jobs_.empty() && nothing_left(); // it came for that start only
    promise.deliver(nothing);
    if (nothing.engine_ends)
      self_->quit();
    return;
  }
  promises_.push_back(std::move(promise));
  if (doing_ == activity::rolling_back)
    return; // it failed in the same moment
  outcome_ = {};
  end_rotator();
  outcome_.code = topology::exit_code::interrupted;
  outcome_.what = {"ERR_SYS_005", "the start was interrupted; what it had started is stopped", "run: make local-start"};
  doing_ = activity::rolling_back;
  order_stop();
  evaluate_stop();
}

} // namespace paws
