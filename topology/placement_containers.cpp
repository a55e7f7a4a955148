// Where members live that run in containers: every container has the same directories, and an address in each of its
// networks.
#include "topology/limits.hpp"
#include "topology/placement.hpp"
#include "topology/problem.hpp"
#include "topology/references.hpp"
#include "topology/values.hpp"

#include <algorithm>

namespace paws::topology {

namespace {

constexpr const char* config_dir = "/paws/config";
constexpr const char* run_dir = "/paws/run";
constexpr const char* data_dir = "/data/member";
// Of a /24: neither the network's own address nor its broadcast address.
constexpr std::uint64_t most_offset = 254;
constexpr std::uint32_t gateway_offset = 1; // this machine

using name_list = std::vector<std::string>;

void add_new(name_list& to, const name_list& from) {
  for (const auto& each : from)
    if (std::ranges::find(to, each) == to.end())
      to.push_back(each);
}

const cluster* find_cluster(const document& doc, const std::string& name) {
  const auto at = std::ranges::find(doc.clusters, name, &cluster::name);
  return at == doc.clusters.end() ? nullptr : &*at;
}

name_list carrier_networks(const document& doc) {
  name_list out;
  for (const auto& route : doc.routes)
    add_new(out, route.networks);
  for (const auto& route : doc.routes)
    if (const auto* of = find_cluster(doc, route.cluster))
      add_new(out, of->networks.empty() ? name_list{default_network} : of->networks);
  return out;
}

name_list networks_of(const document& doc, const std::string& member, const std::string& of_cluster) {
  name_list out;
  if (const auto* of = find_cluster(doc, of_cluster))
    out = of->networks;
  else if (doc.has_routing && member == doc.routing.service)
    out = carrier_networks(doc);
  else if (const auto at = std::ranges::find(doc.services, member, &service::name); at != doc.services.end())
    out = at->networks;
  return out.empty() ? name_list{default_network} : out;
}

// "172.31.4.0/24" and 11 -> "172.31.4.11"; "" for what is no network.
std::string address_in(const std::string& cidr, std::uint32_t offset) {
  std::uint32_t base = 0;
  auto rest = std::string_view{cidr}.substr(0, cidr.find('/'));
  for (int part = 0; part < 4; ++part) {
    const auto end = std::min(rest.find('.'), rest.size());
    const auto number = parse_whole(rest.substr(0, end), 0, 255);
    if (!number)
      return "";
    base = base << 8U | static_cast<std::uint32_t>(*number.value);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return to_dotted(base + offset);
}

bool shares(const name_list& one, const name_list& other) {
  return std::ranges::any_of(one, [&](const auto& each) { return std::ranges::find(other, each) != other.end(); });
}

} // namespace

std::vector<std::string> member_place::addresses() const {
  std::vector<std::string> out{address};
  for (const auto& each : networks)
    if (each.address != address)
      out.push_back(each.address);
  return out;
}

std::vector<std::string> joined_networks(const document& doc) {
  name_list joined;
  for (const auto& cluster : doc.clusters)
    if (!cluster.members.empty())
      add_new(joined, networks_of(doc, cluster.members.front(), cluster.name));
  if (doc.has_routing)
    add_new(joined, networks_of(doc, doc.routing.service, ""));
  for (const auto& service : doc.services)
    add_new(joined, networks_of(doc, service.name, ""));
  const auto rank = [&](const std::string& name) {
    return std::ranges::find(doc.networks, name) - doc.networks.begin();
  };
  std::ranges::stable_sort(joined, {}, rank);
  return joined;
}

namespace {

bool asks_for_control(const service& what) {
  return std::ranges::any_of(what.environment, [](const auto& variable) {
    const auto split = split_references(variable.second);
    const auto* pieces = std::get_if<std::vector<text_piece>>(&split);
    return pieces != nullptr && std::ranges::find(*pieces, "control", &text_piece::kind) != pieces->end();
  });
}

// The engine's address in the network where a member looks for it.
std::string control_address_for(const placement& places, const document& doc,
                                const std::map<std::string, std::string>& subnets) {
  const auto asking = std::ranges::find_if(doc.services, asks_for_control);
  if (doc.control.port == 0 || asking == doc.services.end())
    return "";
  const auto& networks = places.members.at(asking->name).networks;
  return networks.empty() ? "" : address_in(subnets.at(networks.front().network), gateway_offset);
}

} // namespace

placement place_on_containers(const document& doc, const std::map<std::string, std::string>& subnets) {
  placement out;
  out.publish_address = limits::publish_address;
  out.environment = doc.name;
  out.environment_dir = (doc.root == "/" ? "" : doc.root) + "/.local/env/" + doc.name;
  out.containers = true;
  for (const auto& one : member_offsets(doc)) {
    member_place place{one.name, one.cluster, "", config_dir, data_dir, run_dir};
    auto joined = networks_of(doc, one.name, one.cluster);
    std::rotate(joined.begin(), joined.end() - 1, joined.end());
    for (const auto& network : joined)
      if (const auto at = subnets.find(network); at != subnets.end())
        place.networks.push_back({network, address_in(at->second, one.offset)});
    if (!place.networks.empty())
      place.address = place.networks.front().address;
    out.members.emplace(one.name, std::move(place));
  }
  out.control_address = control_address_for(out, doc, subnets);
  return out;
}

std::vector<std::string> container_problems(const document& doc, const std::vector<std::string>& active_profiles) {
  name_list out;
  const auto lacks_image = [&](const std::string& at, const std::string& name) {
    out.push_back(at + ": " + quoted(name) + " needs an `image` to run in a container");
  };
  for (const auto& cluster : doc.clusters) {
    if (cluster.image.empty())
      lacks_image(cluster.at, cluster.name);
    const auto own = networks_of(doc, "", cluster.name);
    for (const auto& needed : cluster.depends_on)
      if (const auto* other = find_cluster(doc, needed.on);
          other != nullptr && !shares(own, {networks_of(doc, "", other->name).back()}))
        out.push_back(cluster.at + ": " + quoted(cluster.name) + " cannot reach " + quoted(needed.on) +
                      ": it must join its network " + quoted(networks_of(doc, "", other->name).back()));
  }
  if (doc.has_routing && doc.routing.image.empty())
    lacks_image(doc.routing.at, doc.routing.service);
  for (const auto& service : doc.services)
    if (service.image.empty() && is_active(service, active_profiles))
      lacks_image(service.at, service.name);
  if (process_addresses_needed(doc) > most_offset + 1)
    out.push_back(doc.file + ":1:1: a container network has room for " + std::to_string(most_offset) +
                  " addresses, and this topology needs " + std::to_string(process_addresses_needed(doc) - 1));
  return out;
}

} // namespace paws::topology
