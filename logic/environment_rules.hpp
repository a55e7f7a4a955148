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

/// True for a service that does what it is for: ready, or done.
bool is_well(const service_view& view);

/// True when the service should run, or stand still until it runs again.
bool is_wanted(const service_view& view);
/// True when any member of `cluster` is wanted.
bool cluster_wanted(const environment_plan& plan, const service_views& services, const std::string& cluster);
/// True when the service that carries the route and the cluster that it follows are wanted.
bool route_wanted(const environment_plan& plan, const service_views& services, const route_plan& route);

/// The environment's state when no command is under way: ready only when everything that is wanted is ready, every
/// cluster of it could lose its leader now, and every route of it leads to its role.
environment_state judge_environment(const environment_plan& plan, const service_views& services,
                                    const cluster_views& clusters, const route_views& routes);

/// The services that `names` mean: a member or a service that stands alone itself, a cluster's members, the service
/// that carries a route. In the plan's order. Nothing for a name that the plan does not have: see unknown_name.
std::vector<std::string> services_named(const environment_plan& plan, const std::vector<std::string>& names);
/// The first of `names` that the plan does not have; "" when it has all.
std::string unknown_name(const environment_plan& plan, const std::vector<std::string>& names);
/// Everything that can be named: clusters, services, routes, in the plan's order.
std::vector<std::string> all_names(const environment_plan& plan);
/// `services`, and everything that one of them needs to become ready: whole clusters, and what carries routes.
std::vector<std::string> with_dependencies(const environment_plan& plan, const std::vector<std::string>& services);
/// `services`, and everything that needs one of them, directly or not.
std::vector<std::string> with_dependents(const environment_plan& plan, const std::vector<std::string>& services);

/// The services behind one name: see services_named; in the order of their cluster.
std::vector<std::string> services_behind(const environment_plan& plan, const std::string& name);

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
