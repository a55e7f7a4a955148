// How the environment carries out commands: it changes what services should be and watches what becomes of it.
#include "actors/environment.hpp"

#include "logic/log_excerpt.hpp"

#include <algorithm>

namespace paws {

using logic::actual_state;
using logic::desired_state;
using logic::environment_state;

namespace {

constexpr std::uint32_t shown_log_lines = 12; // of the culprit, when a start fails
constexpr std::uint32_t searched_log_lines = 200;
// A health report that was not good although everything had said ready is asked for again after this.
constexpr std::chrono::milliseconds health_retry{250};
constexpr std::chrono::seconds health_patience{15}; // the whole report (requirements, FR-008)

command_outcome refusal(const operator_command& what, topology::exit_code code, topology::failure why) {
  command_outcome out;
  out.name = what.name;
  out.code = code;
  out.what = std::move(why);
  return out;
}

bool is_well(const logic::service_view& view) {
  return view.actual == actual_state::ready || view.actual == actual_state::completed;
}

} // namespace

caf::result<command_outcome> environment_state_data::command(const operator_command& what) {
  const bool stops = what.name == "stop" || what.name == "down";
  if (what.name != "start" && !stops)
    return refusal(what, topology::exit_code::invalid,
                   {"ERR_CLI_001", "unknown command " + what.name, "run: paws-engine ctl --help"});
  const bool starting =
      doing_ == activity::starting || doing_ == activity::validating || doing_ == activity::collecting;
  const bool free = doing_ == activity::adopting || doing_ == activity::idle || (starting && stops);
  if (!free && current_.name != what.name)
    return refusal(what, topology::exit_code::invalid,
                   {"ERR_ENG_004", "cannot " + what.name + " now: " + current_.name + " is in progress",
                    "wait until it ends, then try again"});
  auto promise = self_->make_response_promise<command_outcome>(); // from here on it is the only answer
  if (doing_ == activity::adopting) {
    queued_.emplace_back(what, promise);
    return promise;
  }
  if (doing_ == activity::idle || (starting && stops)) {
    if (starting) // the start ends here; whoever waits for it is told
      finish(refusal(current_, topology::exit_code::interrupted,
                     {"ERR_SYS_005", "the start was interrupted by " + what.name, "start again: make local-start"}));
    promises_.push_back(promise);
    stops ? begin_stop(what) : begin_start(what);
    evaluate();
    return promise;
  }
  promises_.push_back(promise); // the same again: it waits with the others
  return promise;
}

// -- start -------------------------------------------------------------------------------------------------------

void environment_state_data::begin_start(const operator_command& what) {
  current_ = what;
  outcome_ = {};
  tell(self_, setup_.around, logic::event_kinds::command_begun, what.name, "start of " + setup_.plan.environment);
  if (logic::judge_environment(service_views_, cluster_views_, route_views_) == environment_state::ready) {
    command_outcome done;
    done.already = true;
    return finish(done);
  }
  doing_ = activity::starting;
  start_begun_us_ = now_us(self_, setup_.around);
  start_total_ms_ = -1;
  phases_->clear();
  phases_->begin("container_creation", start_begun_us_);
  set_state(environment_state::starting);
  for (const auto& [title, actor] : services_) {
    auto& view = service_views_[title];
    view.desired = desired_state::running;
    if (view.actual == actual_state::failed)
      view.actual = actual_state::exited; // asked again: its old failure is not this start's
    if (!is_well(view))
      self_->send(actor, desire_atom_v, desired_state::running, false);
  }
  remember();
  const auto patience =
      what.wait_timeout_ms > 0 ? logic::milliseconds{what.wait_timeout_ms} : setup_.plan.budgets.total_cold;
  self_->delayed_send(self_, patience, tick_atom_v, ++tick_);
}

void environment_state_data::evaluate() {
  switch (doing_) {
  case activity::adopting:
  case activity::validating:
  case activity::collecting:
    return;
  case activity::idle:
    return set_state(logic::judge_environment(service_views_, cluster_views_, route_views_));
  case activity::starting:
    return evaluate_start();
  case activity::rolling_back:
  case activity::stopping:
    return evaluate_stop();
  }
}

void environment_state_data::evaluate_start() {
  const auto culprit = logic::root_cause(setup_.plan, service_views_);
  if (!culprit.empty()) {
    const auto& view = service_views_.at(culprit);
    const auto code = view.failure_code.empty() ? "ERR_ENG_003" : view.failure_code;
    return start_failed(
        topology::exit_code::unhealthy,
        {code, culprit + " failed: " + view.failure, "look at its log: " + setup_.plan.log_hint(culprit)}, culprit);
  }
  if (route_views_.size() < routes_.size() ||
      logic::judge_environment(service_views_, cluster_views_, route_views_) != environment_state::ready)
    return;
  validate_start();
}

void environment_state_data::validate_start() {
  doing_ = activity::validating;
  const auto begun = now_us(self_, setup_.around);
  if (phases_->begin("health_validation", begun))
    tell(self_, setup_.around, logic::event_kinds::phase_begun, "health_validation", "health_validation begins");
  self_->request(environment_actor{self_}, health_patience, health_atom_v, line_list{})
      .then(
          [this](const logic::health_report& report) {
            if (doing_ != activity::validating)
              return; // interrupted in the meantime
            if (report.status == "healthy")
              return start_succeeded();
            doing_ = activity::starting;
            self_->delayed_send(self_, health_retry, tick_atom_v, std::uint64_t{0});
          },
          [this](const caf::error&) {
            if (doing_ == activity::validating)
              doing_ = activity::starting;
          });
}

void environment_state_data::start_succeeded() {
  const auto now = now_us(self_, setup_.around);
  phases_->end("health_validation", now);
  const auto* span = phases_->find("health_validation");
  tell(self_, setup_.around, logic::event_kinds::phase_ended, "health_validation",
       "health_validation took " + std::to_string(span->duration_ms) + " ms",
       {{"duration_ms", std::to_string(span->duration_ms)}, {"target_ms", std::to_string(span->target_ms)}});
  start_total_ms_ = (now - start_begun_us_) / 1000;
  doing_ = activity::idle;
  finish({});
  evaluate();
}

void environment_state_data::start_failed(topology::exit_code code, topology::failure why, const std::string& culprit) {
  doing_ = activity::collecting;
  tell(self_, setup_.around, logic::event_kinds::start_failed, culprit, why.message,
       {{"code", why.code}, {"culprit", culprit}, {"remedy", why.remedy}});
  outcome_ = {};
  outcome_.code = code;
  outcome_.what = std::move(why);
  outcome_.culprit = culprit;
  if (culprit.empty())
    return roll_back();
  self_->request(setup_.around.runtime, std::chrono::seconds(2), tail_atom_v, culprit, searched_log_lines)
      .then(
          [this](const line_list& lines) {
            outcome_.log = logic::log_excerpt(lines, shown_log_lines);
            roll_back();
          },
          [this](const caf::error&) { roll_back(); });
}

void environment_state_data::roll_back() {
  if (doing_ != activity::collecting)
    return; // a stop came in between
  if (current_.keep_on_failure) {
    doing_ = activity::idle;
    finish(outcome_);
    return evaluate();
  }
  doing_ = activity::rolling_back;
  order_stop();
  evaluate_stop();
}

// -- stop --------------------------------------------------------------------------------------------------------

void environment_state_data::begin_stop(const operator_command& what) {
  current_ = what;
  outcome_ = {};
  doing_ = activity::stopping;
  order_stop();
  tell(self_, setup_.around, logic::event_kinds::command_begun, what.name,
       what.name + " of " + setup_.plan.environment);
  set_state(environment_state::stopping);
}

// Whoever leads now goes last, also when its going makes another one lead.
void environment_state_data::order_stop() {
  asked_to_stop_.clear();
  stop_order_ = logic::leaders_last(logic::service_dependents(setup_.plan), setup_.plan, cluster_views_);
}

void environment_state_data::evaluate_stop() {
  const bool rollback = doing_ == activity::rolling_back;
  const auto wish = !rollback && current_.name == "down" ? desired_state::removed : desired_state::stopped;
  auto views = service_views_;
  if (rollback) // what ran before this start is left alone, and keeps nothing else from stopping
    std::erase_if(views, [](const auto& row) { return row.second.adopted; });
  std::vector<std::string> candidates;
  std::string broken;
  bool done = true;
  for (const auto& [title, view] : views) {
    if (!asked_to_stop_.contains(title))
      candidates.push_back(title);
    const bool heard = view.desired == wish; // the service says so itself
    if (heard && view.actual == actual_state::failed)
      broken = title;
    const bool over =
        wish == desired_state::removed ? view.actual == actual_state::absent : logic::is_idle(view.actual);
    done = done && heard && (over || title == broken);
  }
  for (const auto& title : logic::stoppable(stop_order_, views, candidates)) {
    asked_to_stop_.insert(title);
    self_->send(services_.at(title), desire_atom_v, wish, current_.destroy_data);
    done = false;
  }
  if (!done)
    return;
  if (outcome_.what.code.empty() && !broken.empty()) {
    const auto& view = service_views_.at(broken);
    outcome_ = refusal(current_, topology::exit_code::general,
                       {view.failure_code.empty() ? "ERR_RUN_002" : view.failure_code,
                        broken + " could not be stopped: " + view.failure, "run: make local-down"});
  }
  remember();
  doing_ = activity::idle;
  set_state(environment_state::stopped);
  finish(outcome_);
}

void environment_state_data::finish(command_outcome outcome) {
  outcome.name = current_.name;
  tell(self_, setup_.around, logic::event_kinds::command_ended, current_.name,
       outcome.what.code.empty() ? current_.name + " done" : topology::to_string(outcome.what),
       {{"outcome", outcome.what.code.empty() ? "success" : outcome.what.code},
        {"exit_code", std::to_string(static_cast<int>(outcome.code))}});
  ++tick_; // the deadline of this command means nothing any more
  for (auto& waiting : std::exchange(promises_, {}))
    waiting.deliver(outcome);
  // Nothing left to supervise and nothing more to do: the engine ends with its environment.
  const bool over = current_.name != "start" || !outcome.what.code.empty();
  if (doing_ == activity::idle && over && all_idle())
    self_->quit();
}

void environment_state_data::hear_tick(std::uint64_t tick) {
  if (tick == 0)
    return evaluate();
  if (tick != tick_ || (doing_ != activity::starting && doing_ != activity::validating))
    return;
  const auto lacking = logic::not_ready(setup_.plan, service_views_, cluster_views_, route_views_);
  std::string message = "not ready in time";
  for (std::size_t i = 0; i < lacking.size() && i < 3; ++i)
    message += (i == 0 ? ": " : "; ") + lacking[i];
  std::string culprit;
  for (const auto& service : setup_.plan.services)
    if (culprit.empty() && !is_well(service_views_.at(service.spec.name)))
      culprit = service.spec.name;
  start_failed(
      topology::exit_code::network,
      {"ERR_ENG_002", message, "give it more time with --wait-timeout, or look at: " + setup_.plan.log_hint(culprit)},
      culprit);
}

} // namespace paws
