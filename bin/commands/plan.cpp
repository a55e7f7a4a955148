// plan: what a start would create, in dependency layers. Changes nothing.
#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/render.hpp"
#include "topology/graph.hpp"
#include "topology/loader.hpp"
#include "topology/placement.hpp"

#include <algorithm>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::document;

struct plan_flags {
  std::string file = "config/paws360.yaml";
  std::vector<std::string> profiles;
};

std::vector<std::string> members_of(const document& doc, const std::string& name) {
  for (const auto& cluster : doc.clusters)
    if (cluster.name == name) {
      auto out = cluster.members;
      out.insert(out.end(), cluster.sentinels.begin(), cluster.sentinels.end());
      return out;
    }
  for (const auto& route : doc.routes)
    if (route.name == name)
      return {};
  return {name};
}

std::string waits_for(const std::vector<topology::graph_node>& graph, const std::string& name) {
  std::string out;
  for (const auto& node : graph)
    if (node.name == name)
      for (const auto& dependency : node.depends_on)
        out += (out.empty() ? "" : ", ") + dependency.on + " " + std::string{to_string(dependency.until)};
  return out;
}

// Sums of what is given; a member without a limit counts nothing.
topology::resource_limits total(const document& doc, const std::vector<std::string>& active) {
  topology::resource_limits out;
  const auto add = [&](const topology::resource_limits& one, std::size_t times) {
    out.memory_bytes += one.memory_bytes * times;
    out.memory_reservation_bytes += one.memory_reservation_bytes * times;
    out.cpus += one.cpus * static_cast<double>(times);
  };
  for (const auto& cluster : doc.clusters) {
    add(cluster.resources, cluster.members.size());
    add(cluster.sentinel_resources, cluster.sentinels.size());
  }
  if (doc.has_routing)
    add(doc.routing.resources, 1);
  for (const auto& service : doc.services)
    if (std::find(active.begin(), active.end(), service.name) != active.end())
      add(service.resources, 1);
  return out;
}

int plan(const global_flags& flags, const plan_flags& given) {
  const auto loaded = topology::load_topology(given.file);
  if (!loaded.ok())
    return fail(flags, topology::as_failure(loaded));
  const auto& doc = loaded.doc;
  const auto profiles = given.profiles.empty() ? doc.default_profiles : given.profiles;
  const auto graph = topology::dependency_graph(doc, profiles);
  const auto addresses = topology::process_addresses(doc);
  const auto active = topology::active_members(doc, profiles);
  const auto sum = total(doc, active);
  json layers = json::array();
  std::vector<std::vector<std::string>> rows{{"LAYER", "WHAT", "MEMBERS", "WAITS FOR"}};
  std::size_t number = 0;
  for (const auto& layer : topology::layers(graph)) {
    json entries = json::array();
    ++number;
    for (const auto& name : layer) {
      json members = json::array();
      std::string list;
      for (const auto& member : members_of(doc, name)) {
        const auto at = addresses.find(member);
        const auto address = at == addresses.end() ? "" : at->second;
        members.push_back({{"name", member}, {"address", address}});
        list += (list.empty() ? "" : " ") + member;
      }
      const auto waits = waits_for(graph, name);
      rows.push_back({std::to_string(number), name, list.empty() ? "-" : list, waits.empty() ? "-" : waits});
      json dependencies = json::array();
      for (const auto& node : graph)
        if (node.name == name)
          for (const auto& one : node.depends_on)
            dependencies.push_back({{"on", one.on}, {"until", to_string(one.until)}});
      entries.push_back({{"name", name}, {"members", members}, {"depends_on", dependencies}});
    }
    layers.push_back(entries);
  }
  if (flags.json()) {
    print({{"environment", doc.name},
           {"root", doc.root},
           {"layers", layers},
           {"members", active.size()},
           {"limits",
            {{"memory_bytes", sum.memory_bytes},
             {"memory_reservation_bytes", sum.memory_reservation_bytes},
             {"cpus", sum.cpus}}}});
    return 0;
  }
  std::cout << doc.name << " in " << doc.root << ": " << active.size() << " members\n" << columns(rows);
  std::cout << "limits in all: " << sum.memory_bytes / (1024 * 1024) << " MiB memory, " << sum.cpus << " processors"
            << std::endl;
  return 0;
}

} // namespace

void add_plan(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<plan_flags>();
  auto* sub = parent.add_subcommand("plan", "What would be created, in dependency layers; changes nothing");
  sub->add_option("TOPOLOGY", given->file, "Topology file")->capture_default_str();
  sub->add_option("--profile", given->profiles, "Services of this profile run as well (repeatable)");
  sub->footer("Example:\n  paws-engine plan --format json");
  sub->callback([&line, given] { line.action = [&line, given] { return plan(line.flags, *given); }; });
}

} // namespace paws::bin
