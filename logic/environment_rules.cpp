#include "logic/environment_rules.hpp"

#include <algorithm>
#include <set>

namespace paws::logic {

namespace {

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

bool is_well(const service_view& view) {
  return view.actual == actual_state::ready || view.actual == actual_state::completed;
}

bool is_wanted(const service_view& view) {
  return view.desired == desired_state::running || view.desired == desired_state::paused;
}

bool cluster_wanted(const environment_plan& plan, const service_views& services, const std::string& cluster) {
  const auto members = services_behind(plan, cluster);
  return std::any_of(members.begin(), members.end(), [&](const auto& member) {
    const auto view = services.find(member);
    return view != services.end() && is_wanted(view->second);
  });
}

bool route_wanted(const environment_plan& plan, const service_views& services, const route_plan& route) {
  const auto carrier = services.find(route.service);
  return carrier != services.end() && is_wanted(carrier->second) && cluster_wanted(plan, services, route.route.cluster);
}

environment_state judge_environment(const environment_plan& plan, const service_views& services,
                                    const cluster_views& clusters, const route_views& routes) {
  std::size_t wanted = 0, well = 0, active = 0, paused = 0, completed = 0;
  bool failed = false;
  for (const auto& [name, view] : services) {
    active += is_idle(view.actual) ? 0U : 1U;
    paused += view.actual == actual_state::paused ? 1U : 0U;
    if (!is_wanted(view))
      continue;
    ++wanted;
    completed += view.actual == actual_state::completed ? 1U : 0U;
    well += is_well(view) ? 1U : 0U;
    failed = failed || (view.actual == actual_state::failed && view.cluster.empty());
  }
  if (active == 0 && completed == 0)
    return environment_state::stopped;
  if (wanted == 0)
    return environment_state::stopping; // what still runs is on its way out
  if (active > 0 && paused == active)
    return environment_state::paused;
  bool quorum = true, ready = well == wanted;
  for (const auto& cluster : plan.clusters) {
    const auto& name = cluster.context.cluster.name;
    const auto view = clusters.find(name);
    if (view == clusters.end() || !cluster_wanted(plan, services, name))
      continue;
    quorum = quorum && view->second.quorum;
    ready = ready && view->second.ready;
  }
  for (const auto& route : plan.routes) {
    const auto view = routes.find(route.route.name);
    if (view != routes.end() && route_wanted(plan, services, route))
      ready = ready && view->second.state == "ready";
  }
  if (ready)
    return environment_state::ready;
  return failed || !quorum ? environment_state::failed : environment_state::degraded;
}

std::map<std::string, std::vector<std::string>> service_dependents(const environment_plan& plan) {
  std::map<std::string, std::set<std::string>> sets;
  for (const auto& service : plan.services)
    for (const auto& dependency : service.depends_on)
      for (const auto& on : services_behind(plan, dependency.on))
        if (on != service.spec.name)
          sets[on].insert(service.spec.name);
  for (const auto& route : plan.routes)
    for (const auto& member : services_behind(plan, route.route.cluster))
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
    if (view == clusters.end() || view->second.ready || !cluster_wanted(plan, services, cluster.context.cluster.name))
      continue;
    for (const auto& reason : view->second.awaited) {
      out.push_back(cluster.context.cluster.name + ": " + reason);
      explained.insert(cluster.context.cluster.name);
    }
  }
  for (const auto& service : plan.services) {
    const auto view = services.find(service.spec.name);
    if (view == services.end() || !is_wanted(view->second) || is_well(view->second))
      continue;
    if (view->second.actual != actual_state::failed && explained.contains(service.cluster))
      continue;
    std::string line = service.spec.name + ": " + std::string{to_string(view->second.actual)};
    if (!view->second.failure.empty())
      line += ", " + view->second.failure;
    if (!view->second.drift.empty())
      line += ", " + view->second.drift;
    for (const auto& thing : view->second.waiting_for)
      line += ", waits for " + thing.what + (thing.why.empty() ? "" : " (" + thing.why + ")");
    out.push_back(std::move(line));
  }
  for (const auto& route : plan.routes) {
    const auto view = routes.find(route.route.name);
    if (view != routes.end() && view->second.state != "ready" && route_wanted(plan, services, route))
      out.push_back(route.route.name + ": " + (view->second.why.empty() ? "does not answer yet" : view->second.why));
  }
  return out;
}

std::string root_cause(const environment_plan& plan, const service_views& services) {
  const auto failed = [&](const std::string& name) {
    const auto view = services.find(name);
    return view != services.end() && is_wanted(view->second) && view->second.actual == actual_state::failed;
  };
  // The plan's services stand in dependency order, so the first failed one depends on no other failed one.
  for (const auto& service : plan.services)
    if (failed(service.spec.name))
      return service.spec.name;
  return {};
}

} // namespace paws::logic
