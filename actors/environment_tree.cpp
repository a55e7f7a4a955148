// How the environment builds its tree and takes over what runs already.
#include "actors/environment.hpp"

#include "actors/cluster.hpp"
#include "actors/route.hpp"
#include "actors/service.hpp"

#include <algorithm>

namespace paws {

using logic::desired_state;

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
  spec_list specs;
  for (const auto& service : setup_.plan.services)
    specs.push_back(service.spec);
  self_->request(setup_.around.runtime, caf::infinite, adopt_atom_v, std::move(specs))
      .then([this](const container_list& found) { adopted(found); },
            [this](const caf::error& why) { self_->quit(why); });
}

void environment_state_data::adopted(const container_list& found) {
  const auto lives = [](const container_info& info) {
    return info.status == container_status::running || info.status == container_status::paused;
  };
  const auto& known = setup_.remembered.desired;
  const bool anything = std::any_of(found.begin(), found.end(),
                                    [&](const auto& info) { return services_.contains(info.name) && lives(info); });
  // What the last engine wanted is still wanted, also of members that ended while nobody watched.
  if (anything)
    for (auto& [title, wanted] : wishes_)
      if (const auto at = known.find(title); known.empty() || (at != known.end() && at->second == "running"))
        wanted = desired_state::running;
  for (const auto& info : found) {
    if (!services_.contains(info.name))
      continue;
    const auto at = known.find(info.name);
    if (lives(info)) {
      adopting_.insert(info.name);
      wish(info.name,
           info.stop_requested                       ? desired_state::stopped
           : info.status == container_status::paused ? desired_state::paused
                                                     : desired_state::running,
           {});
    } else if (anything && info.status == container_status::exited && info.exit_code == 0 && info.exit_signal == 0 &&
               at != known.end() && at->second == "running" && is_one_shot(info.name)) {
      adopting_.insert(info.name); // it has done its work
      self_->send(services_.at(info.name), adopt_atom_v, info);
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
