#include "bin/plan_view.hpp"

#include "actors/view_json.hpp"
#include "bin/layout.hpp"
#include "topology/graph.hpp"
#include "topology/placement.hpp"

#include <algorithm>
#include <sstream>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::document;

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

const logic::member_spec* spec_of(const prepared& from, const std::string& member) {
  for (const auto& service : from.plan.services)
    if (service.spec.name == member)
      return &service.spec;
  return nullptr;
}

// As the container engine calls them.
json volumes_of(const logic::member_spec& spec) {
  const auto own = spec.environment + "_" + spec.name;
  json out = json::array({own + "_files", own + "_data"});
  for (const auto& mount : spec.mounts)
    if (!mount.volume.empty())
      out.push_back(spec.environment + "_" + mount.volume);
  return out;
}

json member_of(const logic::member_spec& spec) {
  json out{{"name", spec.name}, {"address", spec.address}};
  if (spec.networks.empty())
    return out;
  json networks = json::object(), published = json::array(), mounts = json::array();
  for (const auto& place : spec.networks)
    networks[place.network] = place.address;
  for (const auto& port : spec.published)
    published.push_back({{"address", "127.0.0.1"}, {"port", port.host_port}, {"to", port.port}});
  for (const auto& mount : spec.mounts)
    mounts.push_back({{"from", mount.source.empty() ? spec.environment + "_" + mount.volume : mount.source},
                      {"target", mount.target},
                      {"mode", mount.read_only ? "ro" : "rw"}});
  out.update({{"image", spec.image},
              {"container", spec.environment + "-" + spec.name},
              {"networks", networks},
              {"published", published},
              {"volumes", volumes_of(spec)},
              {"mounts", mounts}});
  return out;
}

json entry_of(const prepared& from, const topology::graph_node& node) {
  json members = json::array(), dependencies = json::array();
  for (const auto& member : members_of(from.document, node.name))
    if (const auto* spec = spec_of(from, member))
      members.push_back(member_of(*spec));
  for (const auto& one : node.depends_on)
    dependencies.push_back({{"on", one.on}, {"until", to_string(one.until)}});
  return {{"name", node.name}, {"members", members}, {"depends_on", dependencies}};
}

} // namespace

json plan_document(const prepared& from) {
  const auto& doc = from.document;
  const auto graph = topology::dependency_graph(doc, from.profiles);
  const auto active = topology::active_members(doc, from.profiles);
  const auto sum = total(doc, active);
  json layers = json::array();
  for (const auto& layer : topology::layers(graph)) {
    json entries = json::array();
    for (const auto& name : layer)
      for (const auto& node : graph)
        if (node.name == name)
          entries.push_back(entry_of(from, node));
    layers.push_back(entries);
  }
  json networks = json::array();
  for (const auto& [name, subnet] : from.networks)
    networks.push_back({{"name", name},
                        {"network", doc.name + "_" + name},
                        {"subnet", subnet.cidr},
                        {"gateway", subnet.gateway},
                        {"exists", subnet.exists}});
  return {{"environment", doc.name},
          {"root", doc.root},
          {"runtime",
           {{"name", from.runtime.name},
            {"about", from.runtime.about},
            {"why", from.runtime.why},
            {"passed_over", from.runtime.passed_over}}},
          {"networks", networks},
          {"layers", layers},
          {"members", active.size()},
          {"limits",
           {{"memory_bytes", sum.memory_bytes},
            {"memory_reservation_bytes", sum.memory_reservation_bytes},
            {"cpus", sum.cpus}}}};
}

namespace {

// "  etcd1  172.31.4.11 in infra" and so on: what a container engine is to make.
std::string containers_text(const json& plan, std::size_t width) {
  if (plan["networks"].empty())
    return "";
  std::ostringstream out;
  out << "networks\n";
  for (const auto& one : plan["networks"])
    out << paragraph("  " + one["network"].get<std::string>() + "  ",
                     one["subnet"].get<std::string>() + (one["exists"].get<bool>() ? ", exists" : ", to be made"), 4,
                     width);
  out << "containers\n";
  for (const auto& layer : plan["layers"])
    for (const auto& entry : layer)
      for (const auto& member : entry["members"]) {
        std::string what = "from " + member["image"].get<std::string>() + ",";
        for (const auto& [network, address] : member["networks"].items())
          what += " " + address.get<std::string>() + " in " + network + ",";
        for (const auto& port : member["published"])
          what += " 127.0.0.1:" + port["port"].dump() + " to its port " + port["to"].dump() + ",";
        what += " volumes";
        for (const auto& volume : member["volumes"])
          what += " " + volume.get<std::string>();
        for (const auto& mount : member["mounts"])
          what += ", " + mount["target"].get<std::string>() + " (" + mount["mode"].get<std::string>() + ") is " +
                  mount["from"].get<std::string>();
        out << paragraph("  " + member["container"].get<std::string>() + "  ", what, 4, width);
      }
  return out.str();
}

} // namespace

std::string plan_text(const json& plan, std::size_t width) {
  std::ostringstream out;
  out << paragraph(plan["environment"].get<std::string>() + " in ",
                   plan["root"].get<std::string>() + ": " + plan["members"].dump() + " members", 4, width);
  const auto& runtime = plan["runtime"];
  std::string why = runtime["about"].get<std::string>() + ": " + runtime["why"].get<std::string>();
  for (const auto& each : runtime["passed_over"])
    why += "; not " + each.get<std::string>();
  out << paragraph("runtime " + runtime["name"].get<std::string>() + ", ", why, 4, width);
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
  out << containers_text(plan, width);
  const auto& limits = plan["limits"];
  out << "limits in all: " << limits["memory_bytes"].get<std::uint64_t>() / (1024 * 1024) << " MiB memory, "
      << limits["cpus"].get<double>() << " processors\n";
  return out.str();
}

} // namespace paws::bin
