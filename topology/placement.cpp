#include "topology/placement.hpp"

#include "topology/limits.hpp"
#include "topology/values.hpp"

#include <algorithm>

namespace paws::topology {

namespace {

std::string join(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words)
    out += (out.empty() ? "" : ", ") + word;
  return out;
}

} // namespace

std::vector<member_offset> member_offsets(const document& doc) {
  std::vector<member_offset> out;
  std::uint32_t last = 0;
  const auto begin_group = [&] { last = (last / limits::address_step + 1) * limits::address_step; };
  const auto add_group = [&](const std::vector<std::string>& names, const std::string& cluster) {
    if (names.empty())
      return;
    begin_group();
    for (const auto& name : names)
      out.push_back({name, cluster, ++last});
  };
  for (const auto& cluster : doc.clusters) {
    add_group(cluster.members, cluster.name);
    add_group(cluster.sentinels, cluster.name);
  }
  if (doc.has_routing)
    add_group({doc.routing.service}, "");
  std::vector<std::string> services;
  std::ranges::transform(doc.services, std::back_inserter(services), &service::name);
  add_group(services, "");
  return out;
}

std::map<std::string, std::string> process_addresses(const document& doc) {
  const auto subnet = parse_subnet(doc.process_subnet).value.value_or(ipv4_network{});
  std::map<std::string, std::string> out;
  for (const auto& one : member_offsets(doc))
    out.emplace(one.name, to_dotted(subnet.base + one.offset));
  return out;
}

std::uint64_t process_addresses_needed(const document& doc) {
  const auto all = member_offsets(doc);
  return all.empty() ? 0 : std::uint64_t{all.back().offset} + 1;
}

placement place_on_process(const document& doc) {
  placement out;
  out.publish_address = limits::publish_address;
  out.environment = doc.name;
  out.environment_dir = (doc.root == "/" ? "" : doc.root) + "/.local/env/" + doc.name;
  out.control_address = doc.control.address;
  const auto addresses = process_addresses(doc);
  for (const auto& one : member_offsets(doc)) {
    const auto dir = out.environment_dir + "/members/" + one.name;
    out.members.emplace(one.name, member_place{one.name, one.cluster, addresses.at(one.name), dir + "/config",
                                               dir + "/data", dir + "/run"});
  }
  return out;
}

namespace {

bool has_one_of(const std::vector<std::string>& profiles, const std::vector<std::string>& active) {
  return profiles.empty() || std::ranges::any_of(profiles, [&](const std::string& profile) {
           return std::ranges::find(active, profile) != active.end();
         });
}

} // namespace

bool is_active(const service& what, const std::vector<std::string>& active_profiles) {
  return has_one_of(what.profiles, active_profiles);
}

bool listens(const control_listener& what, const std::vector<std::string>& active_profiles) {
  return what.port != 0 && has_one_of(what.profiles, active_profiles);
}

std::vector<std::string> active_members(const document& doc, const std::vector<std::string>& active_profiles) {
  std::vector<std::string> out;
  for (const auto& cluster : doc.clusters) {
    out.insert(out.end(), cluster.members.begin(), cluster.members.end());
    out.insert(out.end(), cluster.sentinels.begin(), cluster.sentinels.end());
  }
  if (doc.has_routing)
    out.push_back(doc.routing.service);
  for (const auto& service : doc.services)
    if (is_active(service, active_profiles))
      out.push_back(service.name);
  return out;
}

std::vector<std::string> inactive_dependencies(const document& doc, const std::vector<std::string>& active_profiles) {
  std::vector<std::string> out;
  for (const auto& service : doc.services)
    for (const auto& needed : service.depends_on) {
      const auto target = std::ranges::find(doc.services, needed.on, &service::name);
      if (is_active(service, active_profiles) && target != doc.services.end() && !is_active(*target, active_profiles))
        out.push_back(service.name + " depends on " + target->name +
                      ", which needs one of the profiles: " + join(target->profiles));
    }
  return out;
}

} // namespace paws::topology
