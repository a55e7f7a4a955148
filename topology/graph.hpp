// Who waits for whom: the dependency graph over clusters, routes, the routing service and services. A route depends on
// its cluster and on the service that carries it; that service itself waits for nobody.
#pragma once

#include "topology/model.hpp"

#include <string>
#include <vector>

namespace paws::topology {

struct graph_node {
  std::string name;
  std::vector<dependency> depends_on;
};

/// Everything that can be waited for or waits, in file order: clusters, the routing service, routes, services.
/// Services whose profiles are not among `active_profiles` are left out.
std::vector<graph_node> dependency_graph(const document& doc, const std::vector<std::string>& active_profiles);
/// The same with every service, whatever its profiles.
std::vector<graph_node> dependency_graph(const document& doc);

/// What starts together: layer 0 waits for nobody, every other layer for something in the layer before. Names that
/// are not in the graph are no obstacle. What stands in or behind a cycle is in no layer.
std::vector<std::vector<std::string>> layers(const std::vector<graph_node>& graph);

/// Cycles, each as its names in order with the first one repeated at the end: {a, b, a}. At least one for every knot
/// of the graph; empty exactly when there is no cycle.
std::vector<std::vector<std::string>> find_cycles(const std::vector<graph_node>& graph);

/// All that `name` waits for, directly or not, without itself; sorted.
std::vector<std::string> transitive_dependencies(const std::vector<graph_node>& graph, const std::string& name);

/// "a -> b -> a"
std::string arrow_path(const std::vector<std::string>& names);

} // namespace paws::topology
