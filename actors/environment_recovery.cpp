#include "actors/environment_recovery.hpp"

#include "actors/recovery.hpp"
#include "logic/recovery_kit.hpp"

#include <algorithm>

namespace paws {

using logic::cluster_plan;
using topology::failure;

namespace {

failure misuse(std::string message, std::string remedy) {
  return {"ERR_CLI_001", std::move(message), std::move(remedy)};
}

bool can(const cluster_plan& cluster, const std::string& verb) {
  const auto* kit = cluster.kind->recovery;
  return kit != nullptr && std::find(kit->verbs.begin(), kit->verbs.end(), verb) != kit->verbs.end();
}

// Whom `what` is about: the cluster of its target, else the only one that can do it.
const cluster_plan* subject_of(const environment_state_data& of, const operator_command& what) {
  if (const auto* owner = of.setup_.plan.cluster_of(what.target); owner != nullptr && can(*owner, what.name))
    return owner;
  for (const auto& cluster : of.setup_.plan.clusters)
    if (can(cluster, what.name))
      return &cluster;
  return nullptr;
}

std::size_t able(const environment_state_data& of, const std::string& verb) {
  const auto& all = of.setup_.plan.clusters;
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& each) { return can(each, verb); }));
}

bool runs(const environment_state_data& of, const std::string& member) {
  const auto at = of.service_views_.find(member);
  return at != of.service_views_.end() && !logic::is_idle(at->second.actual);
}

// A daemon that makes its own data anew.
bool renews_itself(const environment_state_data& of, const std::string& member) {
  const auto* owner = of.setup_.plan.cluster_of(member);
  return owner != nullptr && can(*owner, "reinit") && runs(of, member);
}

std::string reinit_targets(const environment_state_data& of) {
  std::string out = "choose from:";
  for (const auto& cluster : of.setup_.plan.clusters)
    if (cluster.kind->recovery != nullptr) {
      out += " " + cluster.context.cluster.name;
      for (const auto& member : cluster.members)
        out += " " + member;
    }
  return out;
}

// What keeps its keys must be there, to forget them.
std::optional<failure> refuses_whole(const environment_state_data& of, const cluster_plan& whole) {
  if (whole.kind->recovery->forget == nullptr)
    return std::nullopt;
  for (const auto& dependency : whole.context.cluster.depends_on) {
    const auto view = of.cluster_views_.find(dependency.on);
    if (view != of.cluster_views_.end() && !view->second.quorum)
      return failure{"ERR_REC_001",
                     dependency.on + " keeps what is known of " + whole.context.cluster.name +
                         ", and cannot be told to forget it: it has no quorum",
                     "run: paws-engine start --service " + dependency.on};
  }
  return std::nullopt;
}

std::optional<failure> refuses_reinit(const environment_state_data& of, const operator_command& what) {
  if (what.target.empty())
    return misuse("reinit needs the name of a member or a cluster", reinit_targets(of));
  if (const auto* whole = of.setup_.plan.cluster_called(what.target);
      whole != nullptr && whole->kind->recovery != nullptr)
    return refuses_whole(of, *whole);
  const auto* owner = of.setup_.plan.cluster_of(what.target);
  if (owner == nullptr || owner->kind->recovery == nullptr)
    return misuse("nothing here that has data of its own is called " + what.target, reinit_targets(of));
  const auto& title = owner->context.cluster.name;
  auto why = owner->kind->recovery->keeps_data(owner->context, of.cluster_views_.at(title), what.target);
  return why.code.empty() ? std::nullopt : std::optional{std::move(why)};
}

std::optional<failure> refuses_others(const environment_state_data& of, const operator_command& what) {
  const auto* subject = subject_of(of, what);
  if (subject == nullptr)
    return misuse("no cluster here knows a " + what.name, "see what there is: paws-engine ctl status");
  if (what.target.empty() && able(of, what.name) > 1)
    return misuse("several clusters know a " + what.name,
                  what.name == "defragment" ? "name a member: POST /v1/commands/defragment with `target`"
                                            : "say which, by its new leader: --candidate NODE");
  const auto& title = subject->context.cluster.name;
  if (std::none_of(subject->members.begin(), subject->members.end(), [&](const auto& each) { return runs(of, each); }))
    return failure{"ERR_ENG_005", "nothing of " + title + " runs", "run: paws-engine start"};
  return std::nullopt;
}

} // namespace

bool is_recovery(const operator_command& what) {
  return what.name == "failover" || what.name == "switchover" || what.name == "reinit" || what.name == "defragment";
}

bool is_wiping(const environment_state_data& of, const operator_command& what) {
  return what.name == "reinit" && !renews_itself(of, what.target);
}

std::optional<failure> refuses_recovery(const environment_state_data& of, const operator_command& what) {
  if (std::any_of(of.wishes_.begin(), of.wishes_.end(),
                  [](const auto& row) { return row.second == logic::desired_state::paused; }))
    return failure{"ERR_ENG_004", "cannot " + what.name + " now: everything stands still",
                   "run: paws-engine ctl resume"};
  return what.name == "reinit" ? refuses_reinit(of, what) : refuses_others(of, what);
}

void begin_recovery(environment_state_data& of, const operator_command& what) {
  const auto* subject = subject_of(of, what);
  const auto& title = subject->context.cluster.name;
  recovery_setup setup;
  setup.request = {what.name, what.target, what.force};
  setup.kit = subject->kind->recovery;
  setup.context = subject->context;
  setup.view = of.cluster_views_.at(title);
  for (const auto& route : of.setup_.plan.routes)
    if (route.route.cluster == title && of.route_views_.contains(route.route.name) &&
        logic::is_wanted(of.wished_views().at(route.service)))
      setup.route = of.route_views_.at(route.route.name);
  setup.patience =
      what.wait_timeout_ms > 0 ? logic::milliseconds{what.wait_timeout_ms} : of.setup_.plan.budgets.total_cold;
  setup.around = of.setup_.around;
  setup.around.trace_id = what.trace_id;
  setup.environment = environment_actor{of.self_};
  of.doing_ = environment_activity::recovering;
  of.recovery_.actor = of.self_->spawn<caf::monitored>(recovery, std::move(setup));
}

bool hear_recovered(environment_state_data& of, const command_outcome& outcome) {
  if (!of.recovery_.actor ||
      caf::actor_cast<caf::actor_addr>(of.self_->current_sender()) != of.recovery_.actor.address())
    return false;
  end_recovery(of);
  if (of.doing_ == environment_activity::recovering) {
    of.doing_ = environment_activity::idle;
    of.finish(outcome);
    of.evaluate();
  }
  return true;
}

void end_recovery(environment_state_data& of) {
  if (!of.recovery_.actor)
    return;
  of.self_->demonitor(of.recovery_.actor.address());
  of.self_->send_exit(of.recovery_.actor, caf::exit_reason::user_shutdown);
  of.recovery_.actor = recovery_actor{};
}

void pass_on(environment_state_data& of, const cluster_report& report) {
  if (of.recovery_.actor)
    of.self_->send(of.recovery_.actor, report);
}

void pass_on(environment_state_data& of, const logic::route_view& view) {
  if (of.recovery_.actor)
    of.self_->send(of.recovery_.actor, view);
}

} // namespace paws
