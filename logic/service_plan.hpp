// Everything a service actor must know about its service, as a value: what to run, what to wait for, how to tell
// that it is well. Built from the topology by the cluster kinds; carried out by the actor without knowing kinds.
#pragma once

#include "logic/cluster_view.hpp"
#include "logic/environment_view.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

namespace paws::logic {

struct service_plan {
  member_spec spec;
  std::string cluster; // "" = it stands alone
  std::vector<topology::dependency> depends_on;
  topology::goal goal = topology::goal::running;
  std::vector<std::string> log_ignore;                       // RE2 patterns of errors that mean nothing
  std::vector<ask> asks;                                     // its probes
  std::function<facts(const ask&, const answer&)> interpret; // what their answers mean
  milliseconds recovery = plain_recovery; // after an awakening it recovers by itself within this, or is started anew
};

/// A stable name that follows a role, and how to tell that it leads to the right place.
struct route_plan {
  topology::route route;
  std::string service; // the service that carries it
  std::vector<ask> asks;
  facts (*interpret)(const ask&, const answer&) = nullptr;
  std::function<route_view(const observation_table&)> judge;
};

/// One cluster: what its kind needs to judge it, and its row of functions.
struct cluster_plan {
  cluster_context context;
  const cluster_kind_row* kind = nullptr;
  std::vector<std::string> members; // Sentinels included
};

/// A whole environment. Services and clusters stand in an order in which every dependency comes before whoever
/// depends on it.
struct environment_plan {
  std::string environment;
  std::string runtime;
  topology::budgets budgets;
  std::vector<cluster_plan> clusters;
  std::vector<service_plan> services;
  std::vector<route_plan> routes;
  std::vector<std::string> order; // names of clusters, services that stand alone, and routes
  std::string members_dir;        // where logs lie on the process runtime; "" elsewhere

  /// The cluster of this name, and the one with this member; nullptr = none.
  const cluster_plan* cluster_called(const std::string& name) const {
    for (const auto& each : clusters)
      if (each.context.cluster.name == name)
        return &each;
    return nullptr;
  }
  const cluster_plan* cluster_of(const std::string& member) const {
    for (const auto& each : clusters)
      if (std::find(each.members.begin(), each.members.end(), member) != each.members.end())
        return &each;
    return nullptr;
  }

  /// A command that shows the last lines of a member's log.
  std::string log_hint(const std::string& member) const {
    return members_dir.empty() ? runtime + " logs --tail 50 " + environment + "-" + member
                               : "tail -n 50 " + members_dir + "/" + member + "/log/member.log";
  }
};

} // namespace paws::logic
