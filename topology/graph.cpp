#include "topology/graph.hpp"

#include "topology/placement.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace paws::topology {

namespace {

std::vector<graph_node> graph_of(const document& doc, const std::function<bool(const service&)>& wanted) {
  std::vector<graph_node> out;
  for (const auto& cluster : doc.clusters)
    out.push_back({cluster.name, cluster.depends_on});
  if (doc.has_routing)
    out.push_back({doc.routing.service, {}});
  for (const auto& route : doc.routes)
    out.push_back({route.name, {{route.cluster, condition::ready}, {doc.routing.service, condition::ready}}});
  for (const auto& service : doc.services)
    if (wanted(service))
      out.push_back({service.name, service.depends_on});
  return out;
}

using index = std::map<std::string, const graph_node*>;

index index_of(const std::vector<graph_node>& graph) {
  index out;
  for (const auto& node : graph)
    out.emplace(node.name, &node);
  return out;
}

// Depth-first search that keeps the path it came by. Depth is bounded by the number of nodes, which limits.hpp bounds.
class cycle_search {
public:
  explicit cycle_search(const std::vector<graph_node>& graph) : nodes_{index_of(graph)} {
    for (const auto& node : graph)
      visit(node);
  }

  std::vector<std::vector<std::string>> take() { return std::move(cycles_); }

private:
  void visit(const graph_node& node) {
    if (!seen_.insert(node.name).second)
      return;
    path_.push_back(node.name);
    for (const auto& dependency : node.depends_on) {
      const auto next = nodes_.find(dependency.on);
      if (next == nodes_.end())
        continue;
      const auto open = std::ranges::find(path_, dependency.on);
      if (open == path_.end()) {
        visit(*next->second);
        continue;
      }
      auto& cycle = cycles_.emplace_back(open, path_.end());
      cycle.push_back(dependency.on);
    }
    path_.pop_back();
  }

  index nodes_;
  std::set<std::string> seen_;
  std::vector<std::string> path_;
  std::vector<std::vector<std::string>> cycles_;
};

} // namespace

std::vector<graph_node> dependency_graph(const document& doc, const std::vector<std::string>& active_profiles) {
  return graph_of(doc, [&](const service& what) { return is_active(what, active_profiles); });
}

std::vector<graph_node> dependency_graph(const document& doc) {
  return graph_of(doc, [](const service&) { return true; });
}

std::vector<std::vector<std::string>> layers(const std::vector<graph_node>& graph) {
  const auto nodes = index_of(graph);
  std::set<std::string> placed;
  std::vector<std::vector<std::string>> out;
  for (;;) {
    std::vector<std::string> layer;
    for (const auto& node : graph) {
      const bool free = std::ranges::all_of(node.depends_on, [&](const dependency& needed) {
        return placed.contains(needed.on) || !nodes.contains(needed.on);
      });
      if (free && !placed.contains(node.name))
        layer.push_back(node.name);
    }
    if (layer.empty())
      return out;
    placed.insert(layer.begin(), layer.end());
    out.push_back(std::move(layer));
  }
}

std::vector<std::vector<std::string>> find_cycles(const std::vector<graph_node>& graph) {
  return cycle_search{graph}.take();
}

std::vector<std::string> transitive_dependencies(const std::vector<graph_node>& graph, const std::string& name) {
  const auto nodes = index_of(graph);
  std::set<std::string> found;
  std::vector<std::string> open{name};
  while (!open.empty()) {
    const auto node = nodes.find(open.back());
    open.pop_back();
    if (node == nodes.end())
      continue;
    for (const auto& dependency : node->second->depends_on)
      if (found.insert(dependency.on).second)
        open.push_back(dependency.on);
  }
  found.erase(name);
  return {found.begin(), found.end()};
}

std::string arrow_path(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : " -> ") + name;
  return out;
}

} // namespace paws::topology
