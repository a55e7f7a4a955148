// Stop, down and reset: dependents first, whoever leads last; and a destruction is finished that was begun.
#include "actors/environment_recovery.hpp"
#include "actors/environment_wake.hpp"

#include <algorithm>

namespace paws {

using logic::actual_state;
using logic::desired_state;
using logic::environment_state;

namespace {

bool removes(const operator_command& what) {
  return what.name == "down" || what.name == "reset";
}

} // namespace

void environment_state_data::begin_stop(const operator_command& what) {
  end_rotator();
  end_jobs(what.name);
  waking::interrupt(*this, what.name);
  if (destroys())
    recovery_.renewing = recovery_.anew = {};
  set_state(environment_state::stopping, what);
  if (!destroys()) {
    begin_thaw();
    return;
  }
  doing_ = activity::recording;
  remember([this] {
    begin_thaw();
    evaluate();
  });
}

// Who leads may have to tell others when it goes, and they must not stand still then.
void environment_state_data::begin_thaw() {
  doing_ = activity::thawing;
  for (const auto& [title, view] : logic::service_views{service_views_})
    if (view.actual == actual_state::paused) {
      service_views_[title].failure.clear(); // of an earlier attempt
      wish(title, desired_state::running, current_.trace_id);
    }
}

void environment_state_data::evaluate_thaw() {
  for (const auto& [title, view] : service_views_)
    if (view.actual == actual_state::paused && view.failure.empty()) // one that fails to go on is stopped as it is
      return;
  doing_ = activity::stopping;
  order_stop();
  stop_unknown();
  evaluate_stop();
}

// An earlier engine was to destroy data and died over it: half of a cluster's data is worth less than none.
void environment_state_data::begin_clearing() {
  doing_ = activity::clearing;
  current_ = {};
  current_.name = "reset";
  current_.destroy_data = true;
  outcome_ = {};
  tell(self_, setup_.around, logic::event_kinds::command_begun, current_.name,
       "reset of " + setup_.plan.environment + ", which an earlier engine had begun, is finished first");
  set_state(environment_state::stopping, current_);
  order_stop();
  stop_unknown();
}

bool environment_state_data::destroys() const {
  return removes(current_) && current_.destroy_data;
}

// What came while nothing could be answered, in its order.
void environment_state_data::admit_queued() {
  for (auto& [what, waiting] : std::exchange(queued_, {}))
    admit(what, waiting); // anew: the second may not fit the first
}

// Whoever leads now goes last, also when its going makes another one lead.
void environment_state_data::order_stop() {
  asked_to_stop_.clear();
  stop_order_ = logic::leaders_last(logic::service_dependents(setup_.plan), setup_.plan, cluster_views_);
}

void environment_state_data::evaluate_stop() {
  const bool rollback = doing_ == activity::rolling_back;
  const auto wanted = !rollback && removes(current_) ? desired_state::removed : desired_state::stopped;
  auto views = service_views_;
  if (rollback) // what ran before this start is left alone, and keeps nothing else from stopping
    std::erase_if(views, [this](const auto& row) { return ran_before_.contains(row.first); });
  std::vector<std::string> candidates;
  std::string broken;
  bool done = true;
  for (const auto& [title, view] : views) {
    if (!asked_to_stop_.contains(title))
      candidates.push_back(title);
    const bool heard = view.desired == wanted; // the service says so itself
    if (heard && view.actual == actual_state::failed)
      broken = title;
    const bool over =
        wanted == desired_state::removed ? view.actual == actual_state::absent : logic::is_idle(view.actual);
    done = done && heard && (over || title == broken);
  }
  for (const auto& title : logic::stoppable(stop_order_, views, candidates)) {
    asked_to_stop_.insert(title);
    wish(title, wanted, current_.trace_id, current_.destroy_data);
    done = false;
  }
  if (!done || unknown_leaving_ > 0)
    return;
  if (outcome_.what.code.empty() && !broken.empty()) {
    const auto& view = service_views_.at(broken);
    outcome_.name = current_.name;
    outcome_.code = topology::exit_code::general;
    outcome_.what = {view.failure_code.empty() ? "ERR_RUN_002" : view.failure_code,
                     broken + " could not be stopped: " + view.failure, "run: make local-down"};
  }
  const bool was_clearing = doing_ == activity::clearing;
  doing_ = activity::idle;
  remember();
  set_state(judge(), current_);
  if (was_clearing) {
    outcome_.name = current_.name;
    tell_end(current_, outcome_);
    return admit_queued();
  }
  finish(outcome_);
}

} // namespace paws
