// Names: one namespace, networks and secrets that are used are declared, the subnet holds everybody.
#include "topology/limits.hpp"
#include "topology/placement.hpp"
#include "topology/rules.hpp"
#include "topology/values.hpp"

#include <algorithm>
#include <map>

namespace paws::topology {

namespace {

struct claim {
  std::string name;
  std::string what; // "network", "member of etcd"
  mark at;
};

std::vector<claim> claims_of(const document& doc, const yaml_node& root) {
  std::vector<claim> out;
  for (const auto& name : doc.networks)
    out.push_back({name, "a network", key_mark(root, {"networks", name})});
  for (const auto& cluster : doc.clusters) {
    out.push_back({cluster.name, "a cluster", key_mark(root, {"clusters", cluster.name})});
    const auto claim_list = [&](std::string_view key, const std::vector<std::string>& names, const std::string& what) {
      for (std::size_t i = 0; i < names.size(); ++i)
        out.push_back({names[i], what + " of " + cluster.name, entry_mark(root, {"clusters", cluster.name, key}, i)});
    };
    claim_list("members", cluster.members, "a member");
    claim_list("sentinels", cluster.sentinels, "a Sentinel");
  }
  if (doc.has_routing)
    out.push_back({doc.routing.service, "the service that carries the routes", key_mark(root, {"routing"})});
  for (const auto& route : doc.routes)
    out.push_back({route.name, "a route", key_mark(root, {"routes", route.name})});
  for (const auto& service : doc.services)
    out.push_back({service.name, "a service", key_mark(root, {"services", service.name})});
  return out;
}

void check_namespace(const document& doc, const yaml_node& root, problem_list& problems) {
  std::map<std::string, const claim*> owners;
  const auto claims = claims_of(doc, root);
  for (const auto& one : claims) {
    if (one.name.empty())
      continue;
    const auto [owner, fresh] = owners.emplace(one.name, &one);
    // Within one list, check_shape said it already.
    if (!fresh && owner->second->what != one.what)
      problems.add(one.at, "the name " + quoted(one.name) + " is already taken: " + owner->second->what + ", line " +
                               std::to_string(owner->second->at.line));
  }
}

void check_networks(const document& doc, const yaml_node& root, std::string_view section, const std::string& name,
                    const std::vector<std::string>& used, problem_list& problems) {
  const std::vector<std::string_view> known{doc.networks.begin(), doc.networks.end()};
  for (std::size_t i = 0; i < used.size(); ++i)
    if (check_name(used[i]).empty() && std::ranges::find(doc.networks, used[i]) == doc.networks.end())
      problems.add(entry_mark(root, {section, name, "networks"}, i),
                   "there is no network " + quoted(used[i]) + suggestion(used[i], known));
}

void check_secret_lists(const document& doc, const yaml_node& root, problem_list& problems) {
  const auto& provided = doc.secrets.user_provided;
  for (std::size_t i = 0; i < provided.size(); ++i)
    if (!provided[i].empty() && std::ranges::find(doc.secrets.generate, provided[i]) != doc.secrets.generate.end())
      problems.add(entry_mark(root, {"secrets", "user_provided"}, i),
                   quoted(provided[i]) + " is both generated and provided by the user");
}

void check_subnet_room(const document& doc, const yaml_node& root, problem_list& problems) {
  const auto subnet = parse_subnet(doc.process_subnet);
  if (!subnet)
    return;
  const auto needed = process_addresses_needed(doc);
  if (needed >= subnet.value->size()) // its last address stays free
    problems.add(key_mark(root, {"runtime", "process", "subnet"}),
                 quoted(doc.process_subnet) + " is too small: this topology needs addresses up to the " +
                     std::to_string(needed - 1) + "th");
}

std::size_t most_members(cluster_kind kind) {
  switch (kind) {
  case cluster_kind::etcd:
    return limits::etcd_members;
  case cluster_kind::patroni:
    return limits::patroni_members;
  case cluster_kind::redis_sentinel:
    return limits::redis_members;
  }
  return 0;
}

} // namespace

bool check_counts(const document& doc, const yaml_node& root, problem_list& problems) {
  bool good = true;
  const auto count = [&](std::size_t here, std::size_t most, std::string_view what, mark at) {
    if (here <= most)
      return;
    good = false;
    problems.add(at,
                 "at most " + std::to_string(most) + " " + std::string{what} + ", here are " + std::to_string(here));
  };
  count(doc.networks.size(), limits::networks, "networks", key_mark(root, {"networks"}));
  count(doc.clusters.size(), limits::clusters, "clusters", key_mark(root, {"clusters"}));
  count(doc.routes.size(), limits::routes, "routes", key_mark(root, {"routes"}));
  count(doc.services.size(), limits::services, "services", key_mark(root, {"services"}));
  if (!good)
    return false;
  for (const auto& cluster : doc.clusters) {
    const auto kind = std::string{to_string(cluster.kind)};
    count(cluster.members.size(), most_members(cluster.kind), "members in a cluster of kind " + kind,
          key_mark(root, {"clusters", cluster.name, "members"}));
    count(cluster.sentinels.size(), limits::sentinels, "Sentinels",
          key_mark(root, {"clusters", cluster.name, "sentinels"}));
  }
  return good;
}

void check_names(const document& doc, const yaml_node& root, problem_list& problems) {
  check_namespace(doc, root, problems);
  for (const auto& cluster : doc.clusters)
    check_networks(doc, root, "clusters", cluster.name, cluster.networks, problems);
  for (const auto& route : doc.routes)
    check_networks(doc, root, "routes", route.name, route.networks, problems);
  for (const auto& service : doc.services)
    check_networks(doc, root, "services", service.name, service.networks, problems);
  check_secret_lists(doc, root, problems);
  check_subnet_room(doc, root, problems);
}

void check_rules(const document& doc, const yaml_node& root, problem_list& problems) {
  if (!check_counts(doc, root, problems))
    return;
  check_names(doc, root, problems);
  check_clusters(doc, root, problems);
  check_routes(doc, root, problems);
  check_services(doc, root, problems);
  check_dependencies(doc, root, problems);
}

} // namespace paws::topology
