// plan: what a start would create, in dependency layers. Changes nothing.
#include "bin/commands/command.hpp"
#include "bin/layout.hpp"
#include "bin/preparation.hpp"
#include "bin/target.hpp"
#include "topology/graph.hpp"
#include "topology/placement.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <sstream>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::document;

struct plan_flags {
  std::string file = default_topology;
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

json entry_of(const document& doc, const topology::graph_node& node,
              const std::map<std::string, std::string>& addresses) {
  json members = json::array(), dependencies = json::array();
  for (const auto& member : members_of(doc, node.name)) {
    const auto at = addresses.find(member);
    members.push_back({{"name", member}, {"address", at == addresses.end() ? "" : at->second}});
  }
  for (const auto& one : node.depends_on)
    dependencies.push_back({{"on", one.on}, {"until", to_string(one.until)}});
  return {{"name", node.name}, {"members", members}, {"depends_on", dependencies}};
}

json plan_document(const document& doc, const std::vector<std::string>& profiles) {
  const auto graph = topology::dependency_graph(doc, profiles);
  const auto addresses = topology::process_addresses(doc);
  const auto active = topology::active_members(doc, profiles);
  const auto sum = total(doc, active);
  json layers = json::array();
  for (const auto& layer : topology::layers(graph)) {
    json entries = json::array();
    for (const auto& name : layer)
      for (const auto& node : graph)
        if (node.name == name)
          entries.push_back(entry_of(doc, node, addresses));
    layers.push_back(entries);
  }
  return {{"environment", doc.name},
          {"root", doc.root},
          {"layers", layers},
          {"members", active.size()},
          {"limits",
           {{"memory_bytes", sum.memory_bytes},
            {"memory_reservation_bytes", sum.memory_reservation_bytes},
            {"cpus", sum.cpus}}}};
}

std::string plan_text(const json& plan, std::size_t width) {
  std::ostringstream out;
  out << paragraph(plan["environment"].get<std::string>() + " in ",
                   plan["root"].get<std::string>() + ": " + plan["members"].dump() + " members", 4, width);
  std::size_t number = 0, widest = 0;
  for (const auto& layer : plan["layers"])
    for (const auto& entry : layer)
      widest = std::max(widest, entry["name"].get<std::string>().size());
  for (const auto& layer : plan["layers"]) {
    out << "layer " << ++number << "\n";
    for (const auto& entry : layer) {
      const auto name = entry["name"].get<std::string>();
      std::string what;
      for (const auto& member : entry["members"])
        what += (what.empty() ? "" : " ") + member["name"].get<std::string>();
      std::string after;
      for (const auto& one : entry["depends_on"])
        after += (after.empty() ? "after " : ", ") + one["on"].get<std::string>() + " is " +
                 (one["until"] == "quorum" ? "a quorum" : one["until"].get<std::string>());
      const auto head = "  " + name + std::string(widest - name.size() + 2, ' ');
      out << paragraph(head, what + (what.empty() || after.empty() ? "" : ", ") + after, head.size(), width);
    }
  }
  const auto& limits = plan["limits"];
  out << "limits in all: " << limits["memory_bytes"].get<std::uint64_t>() / (1024 * 1024) << " MiB memory, "
      << limits["cpus"].get<double>() << " processors\n";
  return out.str();
}

int plan(const global_flags& flags, const plan_flags& given) {
  engine_options options;
  options.topology_file = given.file;
  options.environment = flags.environment;
  const auto loaded = load_document(options);
  if (const auto* why = std::get_if<topology::failure>(&loaded))
    return fail(flags, *why);
  const auto& doc = std::get<document>(loaded);
  const auto found = plan_document(doc, given.profiles.empty() ? doc.default_profiles : given.profiles);
  if (flags.json())
    print(found);
  else
    std::cout << plan_text(found, look_of(flags).width) << std::flush;
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
