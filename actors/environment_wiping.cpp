// Data that is destroyed so that a member, or a whole cluster, begins anew; and what an earlier engine has left of it.
// The intent is durable before anything goes. Of a whole cluster half of the data is worth less than none: the next
// engine goes on with it. One member's data may be the last by then: the next engine only says so.
#include "actors/environment_recovery.hpp"

#include "logic/recovery_kit.hpp"

#include <algorithm>

namespace paws {

using logic::actual_state;
using logic::desired_state;

namespace {

// Clusters that keep what they know of themselves in `title`.
std::vector<const logic::cluster_plan*> kept_in(const environment_state_data& of, const std::string& title) {
  std::vector<const logic::cluster_plan*> out;
  for (const auto& cluster : of.setup_.plan.clusters)
    for (const auto& dependency : cluster.context.cluster.depends_on)
      if (dependency.on == title && cluster.kind->recovery != nullptr && cluster.kind->recovery->forget != nullptr)
        out.push_back(&cluster);
  return out;
}

const logic::cluster_plan* keeper_of(const environment_state_data& of, const logic::cluster_plan& cluster) {
  for (const auto& dependency : cluster.context.cluster.depends_on)
    if (const auto* other = of.setup_.plan.cluster_called(dependency.on))
      return other;
  return nullptr;
}

void tell_anew(environment_state_data& of, bool on) {
  std::set<std::string> emptied;
  for (const auto& member : of.recovery_.anew)
    emptied.insert(of.service_views_.at(member).cluster);
  for (const auto& title : emptied)
    for (const auto* cluster : kept_in(of, title))
      of.self_->send(of.clusters_.at(cluster->context.cluster.name), renew_atom_v, on);
}

void forget_next(environment_state_data& of, std::uint64_t id, std::size_t index) {
  const auto at = std::find_if(of.jobs_.begin(), of.jobs_.end(), [&](const auto& each) { return each.id == id; });
  if (at == of.jobs_.end() || at->over)
    return;
  if (index >= at->forgets.size()) {
    command_outcome failed;
    failed.code = topology::exit_code::unhealthy;
    failed.what = {"ERR_REC_002", "the data is gone, but what is known of it elsewhere could not be deleted",
                   "bring that back, then try again: paws-engine ctl reinit " + at->what.target};
    of.end_job(*at, std::move(failed));
    return of.evaluate();
  }
  const auto question = at->forgets[index];
  of.self_->request(of.setup_.around.asker, question.timeout + std::chrono::seconds{2}, question)
      .then(
          [&of, id, index](const logic::answer& got) {
            if (!got.ok || got.status != 200)
              return forget_next(of, id, index + 1);
            for (auto& each : of.jobs_)
              if (each.id == id)
                each.emptying = emptying_stage::over;
            of.evaluate();
          },
          [&of, id, index](const caf::error&) { forget_next(of, id, index + 1); });
}

std::string lost_with(const environment_state_data& of, const environment_job& job) {
  const auto* whole = of.setup_.plan.cluster_called(job.what.target);
  if (whole == nullptr)
    return job.what.target + "'s own copy is destroyed; the others keep theirs";
  if (!kept_in(of, job.what.target).empty())
    return "all keys of " + job.what.target + " are destroyed; the data of what kept its state there is not touched";
  return "all data of " + job.what.target + " is destroyed";
}

} // namespace

void plan_wiping(environment_state_data& of, environment_job& made) {
  const auto& target = made.what.target;
  std::vector<std::string> batch{target};
  made.emptied = {target};
  if (const auto* whole = of.setup_.plan.cluster_called(target)) {
    batch = whole->members;
    made.emptied = {batch.begin(), batch.end()};
    for (const auto* cluster : kept_in(of, target))
      for (const auto& member : cluster->members)
        if (!logic::is_idle(of.service_views_.at(member).actual) || of.wishes_.at(member) == desired_state::running)
          batch.push_back(member);
    const auto* store = keeper_of(of, *whole);
    if (whole->kind->recovery->forget != nullptr && store != nullptr && !of.all_idle())
      made.forgets = whole->kind->recovery->forget(whole->context, &store->context);
  }
  made.batches.push_back(std::move(batch));
  made.starts_again = !of.all_idle();
  made.emptying = emptying_stage::recording;
  made.begun_us = now_us(of.self_, of.setup_.around);
  of.recovery_.renewing.insert(made.emptied.begin(), made.emptied.end());
  tell(of.self_, of.setup_.around, logic::event_kinds::recovery_step, target, lost_with(of, made),
       traced({{"command", made.what.name}}, made.what));
}

void record_wiping(environment_state_data& of, std::uint64_t id) {
  of.remember([&of, id] {
    for (auto& each : of.jobs_)
      if (each.id == id && each.emptying == emptying_stage::recording)
        each.emptying = emptying_stage::recorded;
    of.evaluate();
  });
}

bool emptied(environment_state_data& of, environment_job& job) {
  if (job.emptied.empty() || job.emptying == emptying_stage::over)
    return true;
  if (job.emptying == emptying_stage::recording || job.emptying == emptying_stage::forgetting)
    return false;
  if (job.emptying == emptying_stage::recorded) {
    job.emptying = emptying_stage::removing;
    for (const auto& title : job.emptied)
      of.wish(title, desired_state::removed, job.what.trace_id, true);
    return false;
  }
  for (const auto& title : job.emptied) {
    const auto& view = of.service_views_.at(title);
    if (view.desired == desired_state::removed && view.actual == actual_state::failed) {
      of.fail_job(job, title);
      return false;
    }
    if (view.desired != desired_state::removed || view.actual != actual_state::absent)
      return false;
  }
  // Nothing is left to destroy: whoever comes next has nothing to go on with.
  for (const auto& title : job.emptied)
    of.recovery_.renewing.erase(title);
  if (!kept_in(of, job.what.target).empty())
    of.recovery_.anew = job.emptied;
  tell_anew(of, true);
  for (const auto& title : job.emptied)
    of.wishes_[title] = desired_state::stopped; // absent, and not to be removed again
  of.remember();
  if (job.forgets.empty()) {
    job.emptying = emptying_stage::over;
    return true;
  }
  job.emptying = emptying_stage::forgetting;
  forget_next(of, job.id, 0);
  return false;
}

void note_wiped(environment_state_data& of, const environment_job& job, command_outcome& outcome) {
  if (job.emptied.empty())
    return;
  const auto* whole = of.setup_.plan.cluster_called(job.what.target);
  outcome.recovery.cluster = whole != nullptr ? job.what.target : of.service_views_.at(job.what.target).cluster;
  outcome.recovery.member = whole != nullptr ? "" : job.what.target;
  outcome.duration_ms = (now_us(of.self_, of.setup_.around) - job.begun_us) / 1000;
  if (whole == nullptr)
    of.recovery_.renewing.erase(job.what.target); // nothing that another engine would go on with
  if (!outcome.what.code.empty())
    return of.remember();
  outcome.notes.push_back(lost_with(of, job));
  if (job.starts_again)
    settle_recovery(of);
  else
    outcome.notes.emplace_back("nothing runs: it begins anew with the next start");
  outcome.engine_ends = !job.starts_again;
  of.remember();
}

void read_recovery(environment_state_data& of) {
  for (const auto& [title, word] : of.setup_.remembered.desired) {
    if (!of.services_.contains(title))
      continue;
    if (word == reinitialized_word)
      of.recovery_.renewing.insert(title);
    if (word == anew_word)
      of.recovery_.anew.insert(title);
  }
  tell_anew(of, true);
}

void resume_recovery(environment_state_data& of) {
  for (const auto& cluster : of.setup_.plan.clusters) {
    const auto& title = cluster.context.cluster.name;
    std::vector<std::string> marked;
    for (const auto& member : cluster.members)
      if (of.recovery_.renewing.contains(member))
        marked.push_back(member);
    if (marked.size() == cluster.members.size() && marked.size() > 1) {
      tell(of.self_, of.setup_.around, logic::event_kinds::recovery_step, title,
           "the reinit of " + title + ", which an earlier engine had begun, is finished first");
      operator_command what;
      what.name = "reinit";
      what.target = title;
      what.destroy_data = true;
      of.recovery_.finishing = true;
      of.begin_job(what, outcome_promise{}); // nobody waits for it
      continue;
    }
    for (const auto& member : marked) {
      of.recovery_.renewing.erase(member);
      tell(of.self_, of.setup_.around, logic::event_kinds::recovery_step, member,
           "the reinit of " + member +
               " was interrupted: it may still have its old data | do it again: paws-engine ctl "
               "reinit " +
               member);
    }
  }
}

void settle_recovery(environment_state_data& of) {
  tell_anew(of, false);
  of.recovery_.anew.clear();
}

std::string recovery_word(const environment_state_data& of, const std::string& member) {
  return of.recovery_.renewing.contains(member) ? reinitialized_word
         : of.recovery_.anew.contains(member)   ? anew_word
                                                : "";
}

} // namespace paws
