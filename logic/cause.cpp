#include "logic/cause.hpp"

#include "topology/failure.hpp"

namespace paws::logic {

std::string first_cause(const environment_plan& plan, const service_views& services, const cluster_views& clusters) {
  for (const auto& cluster : plan.clusters) {
    const auto& title = cluster.context.cluster.name;
    const auto view = clusters.find(title);
    if (!cluster_wanted(plan, services, title) || view == clusters.end() || view->second.ready)
      continue;
    for (const auto& check : view->second.checks)
      if (check.status == check_status::fail && check.error.find("] ERR_") != std::string::npos)
        return check.error;
    return "";
  }
  return "";
}

std::string flaw_of(const route_view& route) {
  if (route.state == "ready")
    return "";
  if (!route.target.empty())
    return route.why;
  return topology::to_string({"ERR_NET_002",
                              "the route " + route.name + " at " + route.address + ":" + std::to_string(route.port) +
                                  " cannot be reached: " + route.why,
                              "see what runs: paws-engine ctl status"});
}

} // namespace paws::logic
