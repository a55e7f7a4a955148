// How the environment builds its tree and takes over what runs already.
#include "actors/environment_recovery.hpp"

#include "actors/cluster.hpp"
#include "actors/route.hpp"
#include "actors/service.hpp"

#include <algorithm>

namespace paws {

using logic::desired_state;

namespace {

// Until what runs is looked for again that could not be seen.
constexpr std::chrono::seconds adopt_interval{1};

} // namespace

void environment_state_data::spawn_tree() {
  const auto& plan = setup_.plan;
  for (const auto& wanted : plan.order) {
    for (const auto& cluster : plan.clusters)
      if (cluster.context.cluster.name == wanted)
        spawn_cluster(cluster);
    for (const auto& service : plan.services)
      if (service.spec.name == wanted)
        spawn_service(service, {});
    for (const auto& route : plan.routes)
      if (route.route.name == wanted)
        spawn_route(route);
  }
  // However the environment ends, nobody below it stays.
  std::vector<caf::actor> children;
  if (setup_.clocks.read) {
    clocks_ = self_->spawn<caf::monitored>(clock_watch, setup_.clocks, setup_.around, environment_actor{self_});
    children.push_back(caf::actor_cast<caf::actor>(clocks_));
  }
  for (const auto& [title, actor] : clusters_)
    children.push_back(caf::actor_cast<caf::actor>(actor));
  for (const auto& [title, actor] : services_)
    children.push_back(caf::actor_cast<caf::actor>(actor));
  for (const auto& [title, actor] : routes_)
    children.push_back(caf::actor_cast<caf::actor>(actor));
  self_->attach_functor([children = std::move(children)](const caf::error&) {
    for (const auto& child : children)
      caf::anon_send_exit(child, caf::exit_reason::kill);
  });
}

void environment_state_data::spawn_cluster(const logic::cluster_plan& plan) {
  const auto& title = plan.context.cluster.name;
  auto actor = self_->spawn<caf::monitored>(cluster, plan, setup_.around, environment_actor{self_});
  clusters_[title] = actor;
  cluster_views_[title] = {};
  for (const auto& service : setup_.plan.services)
    if (service.cluster == title)
      spawn_service(service, actor);
  sources_[title] = actor;
}

void environment_state_data::spawn_service(const logic::service_plan& plan, const cluster_actor& owner) {
  service_kin kin{environment_actor{self_}, owner, {}};
  for (const auto& dependency : plan.depends_on)
    if (const auto at = sources_.find(dependency.on); at != sources_.end())
      kin.sources[dependency.on] = at->second;
  auto actor = self_->spawn<caf::monitored>(service, plan, setup_.around, std::move(kin));
  services_[plan.spec.name] = actor;
  sources_[plan.spec.name] = actor;
  auto& view = service_views_[plan.spec.name];
  view.name = plan.spec.name;
  view.cluster = plan.cluster;
  view.address = plan.spec.address;
  view.ports = plan.spec.ports;
  view.since_us = born_us_;
  wishes_[plan.spec.name] = desired_state::stopped;
}

void environment_state_data::spawn_route(const logic::route_plan& plan) {
  auto actor =
      self_->spawn<caf::monitored>(route, plan, setup_.around, environment_actor{self_}, sources_.at(plan.service));
  routes_[plan.route.name] = actor;
  sources_[plan.route.name] = actor;
}

void environment_state_data::adopt() {
  auto failed = [this](const caf::error& why) {
    const auto what = to_failure(why);
    if (what.code != "ERR_RUN_004")
      return self_->quit(why);
    unseen_ = true;
    hear_reach(what.message);
    self_->delayed_send(environment_actor{self_}, adopt_interval, tick_atom_v, adopt_tick);
  };
  spec_list specs;
  for (const auto& service : setup_.plan.services)
    specs.push_back(service.spec);
  self_->request(setup_.around.runtime, caf::infinite, adopt_atom_v, std::move(specs))
      .then(
          [this, failed](const container_list& found) {
            // What an earlier engine has broken goes first: what stands still for a drill is not to be taken for an
            // operator's pause.
            if (!drills_.looked) {
              drills_.looked = true;
              return take_back_faults([this, found](const topology::failure& why) {
                if (!why.code.empty())
                  tell(self_, setup_.around, logic::event_kinds::fault_stays, setup_.plan.environment,
                       topology::to_string(why), {{"code", why.code}});
                adopt();
              });
            }
            self_->request(setup_.around.runtime, caf::infinite, list_atom_v)
                .then(
                    [this, found](const container_list& all) {
                      unseen_ = false;
                      hear_reach("");
                      note_unknown(all);
                      adopted(found);
                    },
                    failed);
          },
          failed);
}

// What another profile or an older topology has left here belongs to this environment all the same.
void environment_state_data::note_unknown(const container_list& all) {
  for (const auto& info : all) {
    if (services_.contains(info.name))
      continue;
    unknown_[info.name] = info;
    if (lives(info))
      tell(self_, setup_.around, logic::event_kinds::drift_seen, info.name,
           "runs, and the topology with these profiles does not have it: a stop ends it",
           {{"actual", std::string{to_string(info.status)}}, {"desired", "unknown"}});
  }
}

// They depend on nothing that is known here, and nothing known depends on them: they need no order.
void environment_state_data::stop_unknown() {
  const bool removes = current_.name != "stop";
  for (const auto& [title, info] : unknown_) {
    if (!removes && !lives(info))
      continue;
    ++unknown_leaving_;
    auto gone = [this, name = title] {
      unknown_.erase(name);
      --unknown_leaving_;
      evaluate();
    };
    auto stays = [this, name = title](const caf::error& why) {
      const auto what = to_failure(why);
      outcome_.code = topology::exit_code::general;
      outcome_.what = {what.code, name + " could not be stopped: " + what.message, what.remedy};
      --unknown_leaving_;
      evaluate();
    };
    self_->request(setup_.around.runtime, caf::infinite, stop_atom_v, title)
        .then(
            [this, removes, gone, stays, name = title](const container_info&) {
              if (!removes)
                return gone();
              self_->request(setup_.around.runtime, caf::infinite, remove_atom_v, name, current_.destroy_data)
                  .then([gone](const container_info&) { gone(); }, stays);
            },
            stays);
  }
}

void environment_state_data::adopted(const container_list& found) {
  const auto& known = setup_.remembered.desired;
  const bool anything = std::any_of(found.begin(), found.end(),
                                    [&](const auto& info) { return services_.contains(info.name) && lives(info); });
  // What the last engine wanted is still wanted, also of members that ended while nobody watched.
  if (anything)
    for (auto& [title, wanted] : wishes_)
      if (const auto at = known.find(title);
          known.empty() || (at != known.end() && (at->second == "running" || !recovery_word(*this, title).empty())))
        wanted = desired_state::running;
  for (const auto& info : found) {
    if (!services_.contains(info.name))
      continue;
    const auto at = known.find(info.name);
    if (lives(info)) {
      adopting_.insert(info.name);
      // Who was being emptied comes back once it has stopped: that stop was the last engine's own.
      wish(info.name,
           info.stop_requested && recovery_word(*this, info.name).empty() ? desired_state::stopped
           : info.status == container_status::paused                      ? desired_state::paused
                                                                          : desired_state::running,
           {});
    } else if (info.status == container_status::exited) {
      const bool done = anything && info.exit_code == 0 && info.exit_signal == 0 && at != known.end() &&
                        at->second == "running" && is_one_shot(info.name);
      adopting_.insert(info.name);
      self_->send(services_.at(info.name), adopt_atom_v, info, done);
    }
  }
  if (adopting_.empty())
    hear_service({}); // nothing to wait for
}

bool environment_state_data::is_one_shot(const std::string& service) const {
  return std::any_of(setup_.plan.services.begin(), setup_.plan.services.end(), [&](const auto& row) {
    return row.spec.name == service && row.goal == topology::goal::completed;
  });
}

} // namespace paws
