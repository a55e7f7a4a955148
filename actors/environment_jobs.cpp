// Jobs: a stop of some services, or a restart. They go on beside each other and beside a start; each ends by itself.
#include "actors/environment_recovery.hpp"

#include <algorithm>

namespace paws {

using logic::actual_state;
using logic::desired_state;

// A cluster is restarted member by member, what is not well first and its leader last, so that it never loses its
// quorum; what does not run goes together before that, since members may wait for each other; with --cascade what is
// named and all that needs it goes together, and comes back together.
void environment_state_data::begin_job(const operator_command& what, const outcome_promise& promise) {
  for (auto& other : jobs_)
    if (other.what.name == what.name && other.what.services == what.services && other.what.cascade == what.cascade &&
        other.what.target == what.target) {
      other.promises.push_back(promise); // the same again: one instance, two who wait
      return tell_joined(what, other.what);
    }
  auto targets = logic::services_named(setup_.plan, what.services);
  job made;
  made.id = ++last_job_;
  made.what = what;
  made.promises.push_back(promise);
  if (what.cascade)
    targets = logic::with_dependents(setup_.plan, targets);
  if (what.name == "reinit") {
    plan_wiping(*this, made);
  } else if (what.name == "stop" || what.cascade || targets.size() == 1) {
    made.batches.push_back(std::move(targets));
  } else {
    const auto leads = [this](const std::string& title) {
      return std::any_of(cluster_views_.begin(), cluster_views_.end(),
                         [&](const auto& row) { return row.second.leader == title; });
    };
    std::stable_partition(targets.begin(), targets.end(), [&](const auto& title) { return !leads(title); });
    std::stable_partition(targets.begin(), targets.end(),
                          [this](const auto& title) { return !logic::is_well(service_views_.at(title)); });
    const auto running = std::stable_partition(targets.begin(), targets.end(), [this](const auto& title) {
      return logic::is_idle(service_views_.at(title).actual);
    });
    if (running != targets.begin())
      made.batches.emplace_back(targets.begin(), running);
    std::for_each(running, targets.end(), [&](auto& title) { made.batches.push_back({std::move(title)}); });
  }
  std::string names = what.target;
  for (const auto& title : what.services)
    names += (names.empty() ? "" : ", ") + title;
  tell(self_, setup_.around, logic::event_kinds::command_begun, what.name, what.name + " of " + names,
       traced({{"services", names}}, what));
  const auto patience =
      what.wait_timeout_ms > 0 ? logic::milliseconds{what.wait_timeout_ms} : setup_.plan.budgets.total_cold;
  self_->delayed_send(self_, patience, tick_atom_v, job_tick | made.id);
  const bool wipes = !made.emptied.empty();
  jobs_.push_back(std::move(made));
  if (wipes)
    record_wiping(*this, last_job_);
  evaluate();
}

void environment_state_data::evaluate_jobs() {
  for (auto& each : jobs_)
    evaluate_job(each);
  if (std::erase_if(jobs_, [](const job& each) { return each.over; }) == 0)
    return;
  if (jobs_.empty() && std::exchange(recovery_.finishing, false))
    return admit_queued();
  if (jobs_.empty() && doing_ == activity::idle && nothing_left())
    self_->quit(); // the last service was stopped by name
}

void environment_state_data::evaluate_job(job& of) {
  if (of.over)
    return;
  if (!of.starting) {
    if (of.emptying < emptying_stage::removing && !batch_stopped(of)) // after that they are to be removed
      return;
    if (of.what.name == "stop") {
      remember();
      return end_job(of, {});
    }
    if (!emptied(*this, of))
      return;
    if (!of.starts_again)
      return end_job(of, {});
    of.starting = true;
    for (const auto& title : of.batches.front())
      wish(title, desired_state::running, of.what.trace_id);
    remember();
    return;
  }
  for (const auto& title : of.batches.front())
    if (service_views_.at(title).desired == desired_state::running &&
        service_views_.at(title).actual == actual_state::failed)
      return fail_job(of, title);
  if (!batch_ready(of))
    return;
  of.batches.erase(of.batches.begin());
  if (of.batches.empty())
    return end_job(of, {});
  of.starting = false;
  of.asked.clear();
  evaluate_job(of);
}

// Dependents first, as far as they are of the batch.
bool environment_state_data::batch_stopped(job& of) {
  const auto& batch = of.batches.front();
  logic::service_views views;
  std::vector<std::string> candidates;
  bool done = true;
  for (const auto& title : batch) {
    const auto& view = service_views_.at(title);
    views[title] = view;
    if (!of.asked.contains(title))
      candidates.push_back(title);
    const bool heard = of.asked.contains(title) && view.desired == desired_state::stopped;
    done = done && heard && logic::is_idle(view.actual);
  }
  if (of.asked.empty())
    of.was_ready = std::all_of(batch.begin(), batch.end(), [this](const std::string& title) {
      const auto cluster = cluster_views_.find(service_views_.at(title).cluster);
      return cluster == cluster_views_.end() || cluster->second.ready;
    });
  const auto order = logic::leaders_last(logic::service_dependents(setup_.plan), setup_.plan, cluster_views_);
  for (const auto& title : logic::stoppable(order, views, candidates)) {
    of.asked.insert(title);
    wish(title, desired_state::stopped, of.what.trace_id);
    done = false;
  }
  return done;
}

bool environment_state_data::batch_ready(const job& of) const {
  return std::all_of(of.batches.front().begin(), of.batches.front().end(), [&](const std::string& title) {
    const auto& view = service_views_.at(title);
    if (view.desired != desired_state::running || !logic::is_well(view))
      return false;
    // A rolling restart goes on when the cluster could lose its leader again, unless something else keeps it from that.
    const auto cluster = cluster_views_.find(view.cluster);
    return cluster == cluster_views_.end() || cluster->second.ready || (!of.was_ready && of.emptied.size() <= 1) ||
           (of.batches.size() == 1 && of.emptied.empty());
  });
}

void environment_state_data::end_job(job& of, command_outcome outcome) {
  of.over = true;
  outcome.name = of.what.name;
  note_wiped(*this, of, outcome);
  tell_end(of.what, outcome);
  for (auto& waiting : std::exchange(of.promises, {}))
    waiting.deliver(outcome);
}

void environment_state_data::fail_job(job& of, const std::string& culprit) {
  command_outcome outcome;
  outcome.name = of.what.name;
  outcome.culprit = culprit;
  outcome.code = topology::exit_code::unhealthy;
  outcome.what = failure_of(culprit);
  of.over = true;
  tell_end(of.what, outcome);
  with_log_of(culprit, [outcome, promises = std::exchange(of.promises, {})](line_list lines) mutable {
    outcome.log = std::move(lines);
    for (auto& waiting : promises)
      waiting.deliver(outcome);
  });
}

void environment_state_data::end_jobs(const std::string& because) {
  for (auto& each : jobs_) {
    command_outcome outcome;
    outcome.code = topology::exit_code::interrupted;
    outcome.what = {"ERR_SYS_005", each.what.name + " was interrupted by " + because, "try again afterwards"};
    end_job(each, std::move(outcome));
  }
  jobs_.clear();
}

void environment_state_data::hear_job_deadline(std::uint64_t id) {
  for (auto& each : jobs_)
    if (each.id == id && !each.over) {
      std::string culprit = each.batches.front().front();
      for (const auto& title : each.batches.front())
        if (!logic::is_well(service_views_.at(title)))
          culprit = title;
      end_job(each, not_in_time(each.what, culprit));
    }
  evaluate();
}

} // namespace paws
