#include "logic/environment_rules.hpp"

#include <algorithm>
#include <set>

namespace paws::logic {

namespace {

// Services that stand behind a name: a cluster's members, a route's carrier, or the service itself.
std::vector<std::string> services_of(const environment_plan& plan, const std::string& name) {
  for (const auto& cluster : plan.clusters)
    if (cluster.context.cluster.name == name)
      return cluster.members;
  for (const auto& route : plan.routes)
    if (route.route.name == name)
      return {route.service};
  return {name};
}

// Must `first` be idle before `later` may stop?
bool stops_after(const std::map<std::string, std::vector<std::string>>& dependents, const std::string& later,
                 const std::string& first) {
  const auto row = dependents.find(later);
  return row != dependents.end() && std::any_of(row->second.begin(), row->second.end(), [&](const auto& next) {
           return next == first || stops_after(dependents, next, first);
         });
}

} // namespace

bool is_idle(actual_state what) {
  switch (what) {
  case actual_state::absent:
  case actual_state::created:
  case actual_state::exited:
  case actual_state::failed:
  case actual_state::completed:
    return true;
  default:
    return false;
  }
}

environment_state judge_environment(const service_views& services, const cluster_views& clusters,
                                    const route_views& routes) {
  std::size_t well = 0, paused = 0, idle = 0;
  bool failed = false;
  for (const auto& [name, view] : services) {
    idle += is_idle(view.actual) && view.actual != actual_state::completed ? 1 : 0;
    well += view.actual == actual_state::ready || view.actual == actual_state::completed ? 1 : 0;
    paused += view.actual == actual_state::paused ? 1 : 0;
    failed = failed || (view.actual == actual_state::failed && view.cluster.empty());
  }
  if (idle == services.size())
    return environment_state::stopped;
  if (paused == services.size() - idle)
    return environment_state::paused;
  bool quorum = true, ready = well == services.size();
  for (const auto& [name, view] : clusters) {
    quorum = quorum && view.quorum;
    ready = ready && view.ready;
  }
  for (const auto& [name, view] : routes)
    ready = ready && view.state == "ready";
  if (ready)
    return environment_state::ready;
  return failed || !quorum ? environment_state::failed : environment_state::degraded;
}

std::map<std::string, std::vector<std::string>> service_dependents(const environment_plan& plan) {
  std::map<std::string, std::set<std::string>> sets;
  for (const auto& service : plan.services)
    for (const auto& dependency : service.depends_on)
      for (const auto& on : services_of(plan, dependency.on))
        if (on != service.spec.name)
          sets[on].insert(service.spec.name);
  for (const auto& route : plan.routes)
    for (const auto& member : services_of(plan, route.route.cluster))
      sets[member].insert(route.service);
  std::map<std::string, std::vector<std::string>> out;
  for (const auto& service : plan.services) {
    const auto& dependents = sets[service.spec.name];
    out[service.spec.name].assign(dependents.begin(), dependents.end());
  }
  return out;
}

std::map<std::string, std::vector<std::string>> leaders_last(std::map<std::string, std::vector<std::string>> dependents,
                                                             const environment_plan& plan,
                                                             const cluster_views& clusters) {
  for (const auto& cluster : plan.clusters) {
    const auto view = clusters.find(cluster.context.cluster.name);
    if (view == clusters.end() || !dependents.contains(view->second.leader))
      continue;
    const auto& leader = view->second.leader;
    for (const auto& member : cluster.members)
      if (member != leader && !stops_after(dependents, member, leader))
        dependents[leader].push_back(member);
  }
  return dependents;
}

std::vector<std::string> stoppable(const std::map<std::string, std::vector<std::string>>& dependents,
                                   const service_views& services, const std::vector<std::string>& candidates) {
  std::vector<std::string> out;
  for (const auto& name : candidates) {
    const auto row = dependents.find(name);
    const bool free = row == dependents.end() || std::all_of(row->second.begin(), row->second.end(), [&](auto& other) {
                        const auto view = services.find(other);
                        return view == services.end() || is_idle(view->second.actual);
                      });
    if (free)
      out.push_back(name);
  }
  return out;
}

std::vector<std::string> not_ready(const environment_plan& plan, const service_views& services,
                                   const cluster_views& clusters, const route_views& routes) {
  std::vector<std::string> out;
  std::set<std::string> explained;
  for (const auto& cluster : plan.clusters) {
    const auto view = clusters.find(cluster.context.cluster.name);
    if (view == clusters.end() || view->second.ready)
      continue;
    for (const auto& reason : view->second.awaited) {
      out.push_back(cluster.context.cluster.name + ": " + reason);
      explained.insert(cluster.context.cluster.name);
    }
  }
  for (const auto& service : plan.services) {
    const auto view = services.find(service.spec.name);
    if (view == services.end() || view->second.actual == actual_state::ready ||
        view->second.actual == actual_state::completed)
      continue;
    if (view->second.actual != actual_state::failed && explained.contains(service.cluster))
      continue;
    std::string line = service.spec.name + ": " + std::string{to_string(view->second.actual)};
    if (!view->second.failure.empty())
      line += ", " + view->second.failure;
    for (const auto& thing : view->second.waiting_for)
      line += ", waits for " + thing.what + (thing.why.empty() ? "" : " (" + thing.why + ")");
    out.push_back(std::move(line));
  }
  for (const auto& [name, view] : routes)
    if (view.state != "ready")
      out.push_back(name + ": " + (view.why.empty() ? "does not answer yet" : view.why));
  return out;
}

std::string root_cause(const environment_plan& plan, const service_views& services) {
  const auto failed = [&](const std::string& name) {
    const auto view = services.find(name);
    return view != services.end() && view->second.actual == actual_state::failed;
  };
  // The plan's services stand in dependency order, so the first failed one depends on no other failed one.
  for (const auto& service : plan.services)
    if (failed(service.spec.name))
      return service.spec.name;
  return {};
}

} // namespace paws::logic
