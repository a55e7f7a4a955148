// Pausing and resuming everything, all or nothing.
#include "actors/environment_wake.hpp"

#include <algorithm>

namespace paws {

using logic::actual_state;
using logic::desired_state;

// Everything that should run is to stand still. What does not run now (waiting, between two attempts) stays as it is
// until it is resumed.
void environment_state_data::begin_pause(const operator_command& what) {
  if (judge() == logic::environment_state::paused) {
    command_outcome done;
    done.already = true;
    return finish(done);
  }
  if (all_idle()) {
    outcome_.code = topology::exit_code::invalid;
    outcome_.what = {"ERR_ENG_004", "nothing runs that could be paused", "start it: make local-start"};
    return finish(outcome_);
  }
  waking::interrupt(*this, what.name);
  doing_ = activity::pausing;
  for (const auto& [title, wanted] : std::map{wishes_})
    if (wanted == desired_state::running ||
        (wanted == desired_state::paused &&
         service_views_.at(title).actual != actual_state::paused)) // continued outside
      wish(title, desired_state::paused, what.trace_id);
  remember();
}

void environment_state_data::evaluate_pause() {
  bool done = true;
  for (const auto& [title, view] : service_views_) {
    if (doing_ == activity::unpausing) {
      done = done && (view.actual != actual_state::paused || !view.failure.empty());
      continue;
    }
    if (wishes_.at(title) != desired_state::paused || view.actual == actual_state::paused)
      continue;
    const bool heard = view.desired == desired_state::paused;
    if (heard && !view.failure.empty() && view.actual != actual_state::failed)
      return undo_pause({view.failure_code, title + " could not be paused: " + view.failure, view.failure_remedy});
    done = done && heard && logic::is_idle(view.actual);
  }
  if (!done)
    return;
  doing_ = activity::idle;
  set_state(judge(), current_);
  finish(outcome_);
}

void environment_state_data::undo_pause(topology::failure why) {
  outcome_.code = topology::exit_code::general;
  outcome_.what = std::move(why);
  outcome_.what.message += "; the others run again";
  doing_ = activity::unpausing;
  for (const auto& [title, wanted] : std::map{wishes_})
    if (wanted == desired_state::paused) {
      service_views_[title].failure.clear(); // said above
      wish(title, desired_state::running, current_.trace_id);
    }
  remember();
  evaluate_pause();
}

// A resume is a start of what stands still: it ends when health, asked anew, is good.
void environment_state_data::begin_resume(const operator_command& what) {
  const bool stands_still = std::any_of(wishes_.begin(), wishes_.end(),
                                        [](const auto& row) { return row.second == desired_state::paused; }) ||
                            std::any_of(service_views_.begin(), service_views_.end(),
                                        [](const auto& row) { return row.second.actual == actual_state::paused; });
  if (!stands_still) {
    command_outcome done;
    done.already = !all_idle();
    if (!done.already) {
      done.code = topology::exit_code::invalid;
      done.what = {"ERR_ENG_004", "nothing is paused", "start it: make local-start"};
    }
    return finish(done);
  }
  doing_ = activity::starting;
  leaders_before_ = setup_.remembered.leaders;
  set_state(logic::environment_state::starting, what);
  for (const auto& [title, view] : logic::service_views{service_views_})
    if (wishes_.at(title) == desired_state::paused || view.actual == actual_state::paused)
      wish(title, desired_state::running, what.trace_id);
  remember();
  const auto patience =
      what.wait_timeout_ms > 0 ? logic::milliseconds{what.wait_timeout_ms} : setup_.plan.budgets.total_warm;
  self_->delayed_send(self_, patience, tick_atom_v, ++tick_);
}

std::vector<std::string> environment_state_data::moved_leaders() const {
  std::vector<std::string> out;
  for (const auto& [cluster, before] : leaders_before_) {
    const auto now = cluster_views_.find(cluster);
    if (now != cluster_views_.end() && !before.empty() && !now->second.leader.empty() && now->second.leader != before)
      out.push_back(cluster + ": " + now->second.leader + " leads instead of " + before);
  }
  return out;
}

} // namespace paws
