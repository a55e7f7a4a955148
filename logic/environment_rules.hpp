// Decisions about a whole environment: its state, who may stop now, what readiness still lacks, whose failure is
// the root cause. Pure functions over the plan and the latest views.
#pragma once

#include "logic/service_plan.hpp"

#include <map>
#include <string>
#include <vector>

namespace paws::logic {

using service_views = std::map<std::string, service_view>;
using cluster_views = std::map<std::string, cluster_view>;
using route_views = std::map<std::string, route_view>;

/// True for a service that has nothing running: absent, created, exited, failed, completed.
bool is_idle(actual_state what);

/// The environment's state when no command is under way: ready only when everything that should run is ready, every
/// cluster could lose its leader now, and every route leads to its role.
environment_state judge_environment(const service_views& services, const cluster_views& clusters,
                                    const route_views& routes);

/// Direct dependents of each service among the services: a member's dependents are all services that wait for its
/// cluster, for a route to that cluster, or for itself. The service that carries a route depends on the cluster.
std::map<std::string, std::vector<std::string>> service_dependents(const environment_plan& plan);

/// `dependents` with the leaders that `clusters` name behind the other members of their clusters: nobody is elected
/// while everything goes, and no member is left to wait for a quorum that will not come. A leader that others already
/// wait for, by the plan, stays where it is.
std::map<std::string, std::vector<std::string>> leaders_last(std::map<std::string, std::vector<std::string>> dependents,
                                                             const environment_plan& plan,
                                                             const cluster_views& clusters);

/// Services of `candidates` whose dependents are all idle: these may be stopped now.
std::vector<std::string> stoppable(const std::map<std::string, std::vector<std::string>>& dependents,
                                   const service_views& services, const std::vector<std::string>& candidates);

/// Plain sentences naming everything that is not ready and why, root causes first; empty when all is ready.
std::vector<std::string> not_ready(const environment_plan& plan, const service_views& services,
                                   const cluster_views& clusters, const route_views& routes);

/// The service whose failure explains the others: a failed one none of whose own dependencies failed. "" = none.
std::string root_cause(const environment_plan& plan, const service_views& services);

} // namespace paws::logic
