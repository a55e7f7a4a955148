// Services, and who waits for whom.
#include "topology/graph.hpp"
#include "topology/limits.hpp"
#include "topology/placement.hpp"
#include "topology/references.hpp"
#include "topology/rules.hpp"
#include "topology/values.hpp"

#include <algorithm>

namespace paws::topology {

namespace {

bool is_listed(const std::vector<std::string>& list, const std::string& name) {
  return std::ranges::find(list, name) != list.end();
}

void check_command(const document& doc, const service& what, const yaml_node& root, problem_list& problems) {
  for (std::size_t i = 0; i < what.command.size(); ++i) {
    const auto at = entry_mark(root, {"services", what.name, "process", "command"}, i);
    if (i == 0 && what.command[i].empty())
      problems.add(at, "`command`: the program is missing");
    if (const auto wrong = check_references(doc, what.command[i]); !wrong.empty())
      problems.add(at, "`command`: " + wrong);
    else if (what.command[i].find("${secret:") != std::string::npos)
      problems.add(at, "`command`: every user of the machine can see command lines: hand the secret over with the "
                       "service's key `secrets`");
  }
}

void check_environment(const document& doc, const service& what, const yaml_node& root, problem_list& problems) {
  for (const auto& [variable, text] : what.environment) {
    const auto* node = root.find({"services", what.name, "environment", variable});
    if (const auto wrong = check_references(doc, text); !wrong.empty() && node != nullptr)
      problems.add(node->at, quoted(variable) + ": " + wrong);
    if (what.secrets.contains(variable))
      problems.add(key_mark(root, {"services", what.name, "environment", variable}),
                   quoted(variable) + " is given by `secrets`, too");
  }
  for (const auto& [variable, secret] : what.secrets) {
    if (secret.empty())
      continue;
    if (const auto wrong = check_reference(doc, {"secret", secret}); !wrong.empty()) {
      const auto* node = root.find({"services", what.name, "secrets", variable});
      std::vector<std::string_view> known{doc.secrets.generate.begin(), doc.secrets.generate.end()};
      known.insert(known.end(), doc.secrets.user_provided.begin(), doc.secrets.user_provided.end());
      problems.add(node->at,
                   "the secret " + quoted(secret) + " is not listed in `secrets`" + suggestion(secret, known));
    }
  }
}

void check_probe(const service& what, const yaml_node& root, problem_list& problems) {
  if (!what.has_probe || what.probe.port.empty() || what.publish.contains(what.probe.port))
    return;
  std::vector<std::string_view> known;
  for (const auto& [name, port] : what.publish)
    known.push_back(name);
  problems.add(key_mark(root, {"services", what.name, "probe", "http", "port"}),
               "`publish` has no port " + quoted(what.probe.port) + suggestion(what.probe.port, known));
}

void check_kind(const service& what, const yaml_node& root, problem_list& problems) {
  const auto* node = root.find({"services", what.name});
  if (node != nullptr && node->is_map() && node->find("image") == nullptr && node->find("process") == nullptr)
    problems.add(key_mark(root, {"services", what.name}),
                 quoted(what.name) + " needs `image` (docker, podman) or `process`, or both");
}

// A build without sources would know nothing of what has changed.
void check_build(const service& what, const yaml_node& root, problem_list& problems) {
  if (what.build_command.empty() || !what.sources.empty())
    return;
  problems.add(key_mark(root, {"services", what.name, "process", "build"}),
               "`process.build` needs `build: { context: … }`: the directory of what it makes the service from");
}

// True when one of the paths is the other, or lies below it.
bool overlap(std::string_view one, std::string_view other) {
  const auto below = [](std::string_view path, std::string_view above) {
    return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
  };
  return below(one, other) || below(other, one);
}

bool overlaps_local(const std::string& source, const std::string& root) {
  return source == root || overlap(source, (root == "/" ? "" : root) + "/.local");
}

void check_mounts(const document& doc, const service& what, const yaml_node& root, problem_list& problems) {
  for (std::size_t i = 0; i < what.mounts.size(); ++i) {
    const auto& one = what.mounts[i];
    const auto at = entry_mark(root, {"services", what.name, "mounts"}, i);
    if (one.volume.empty() == one.source.empty())
      problems.add(at, "a mount names either a `volume` or a `source`");
    // What lies there is secret: passwords, keys, and the data of all members.
    if (!one.source.empty() && (overlaps_local(one.source, doc.root) || overlaps_local(one.source, doc.project)))
      problems.add(at, "`source`: .local holds secrets and what the engine remembers: mount what the service needs");
    if (std::any_of(what.mounts.begin(), what.mounts.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const mount& other) { return !one.target.empty() && overlap(one.target, other.target); }))
      problems.add(at, "`target`: another mount of " + quoted(what.name) + " is there already");
  }
}

// What a name is, for those who depend on it.
enum class target_type : std::uint8_t { nothing, cluster, route, one_shot, service, member, carrier, network };

target_type type_of(const document& doc, const std::string& name) {
  for (const auto& cluster : doc.clusters)
    if (cluster.name == name)
      return target_type::cluster;
  if (std::ranges::find(doc.routes, name, &route::name) != doc.routes.end())
    return target_type::route;
  if (const auto found = std::ranges::find(doc.services, name, &service::name); found != doc.services.end())
    return found->goal == goal::completed ? target_type::one_shot : target_type::service;
  for (const auto& cluster : doc.clusters)
    if (is_listed(cluster.members, name) || is_listed(cluster.sentinels, name))
      return target_type::member;
  if (doc.has_routing && doc.routing.service == name)
    return target_type::carrier;
  return is_listed(doc.networks, name) ? target_type::network : target_type::nothing;
}

std::vector<std::string_view> targets(const document& doc) {
  std::vector<std::string_view> out;
  std::ranges::transform(doc.clusters, std::back_inserter(out), &cluster::name);
  std::ranges::transform(doc.routes, std::back_inserter(out), &route::name);
  std::ranges::transform(doc.services, std::back_inserter(out), &service::name);
  return out;
}

std::string check_dependency(const document& doc, const dependency& needed) {
  const auto type = type_of(doc, needed.on);
  switch (type) {
  case target_type::nothing:
    return "there is no cluster, route or service " + quoted(needed.on) + suggestion(needed.on, targets(doc));
  case target_type::member:
    return quoted(needed.on) + " is a member of a cluster: depend on the cluster";
  case target_type::carrier:
    return quoted(needed.on) + " carries the routes: depend on a route";
  case target_type::network:
    return quoted(needed.on) + " is a network: depend on a cluster, route or service";
  default:
    break;
  }
  if (needed.until == condition::quorum && type != target_type::cluster)
    return "only a cluster has a quorum, " + quoted(needed.on) + " is none";
  if (needed.until == condition::completed && type != target_type::one_shot)
    return "only a service with `goal: completed` completes, " + quoted(needed.on) + " is none";
  return "";
}

void check_all(const document& doc, const std::vector<dependency>& needs, std::string_view section,
               const std::string& name, const yaml_node& root, problem_list& problems) {
  for (const auto& needed : needs)
    if (const auto wrong = check_name(needed.on).empty() ? check_dependency(doc, needed) : ""; !wrong.empty())
      problems.add(key_mark(root, {section, name, "depends_on", needed.on}), wrong);
}

// Where `from` says that it waits for `on`.
mark edge_mark(const document& doc, const std::string& from, const std::string& on, const yaml_node& root) {
  if (std::ranges::find(doc.routes, from, &route::name) != doc.routes.end())
    return key_mark(root, {"routes", from, "cluster"});
  const bool is_cluster = std::ranges::find(doc.clusters, from, &cluster::name) != doc.clusters.end();
  return key_mark(root, {is_cluster ? "clusters" : "services", from, "depends_on", on});
}

} // namespace

void check_services(const document& doc, const yaml_node& root, problem_list& problems) {
  for (const auto& what : doc.services) {
    check_command(doc, what, root, problems);
    check_environment(doc, what, root, problems);
    check_probe(what, root, problems);
    check_kind(what, root, problems);
    check_build(what, root, problems);
    check_mounts(doc, what, root, problems);
  }
}

void check_dependencies(const document& doc, const yaml_node& root, problem_list& problems) {
  for (const auto& cluster : doc.clusters)
    check_all(doc, cluster.depends_on, "clusters", cluster.name, root, problems);
  for (const auto& service : doc.services)
    check_all(doc, service.depends_on, "services", service.name, root, problems);
  for (const auto& cycle : find_cycles(dependency_graph(doc)))
    problems.add(edge_mark(doc, cycle[cycle.size() - 2], cycle.back(), root),
                 "these wait for each other: " + arrow_path(cycle));
  for (const auto& sentence : inactive_dependencies(doc, doc.default_profiles))
    problems.add(key_mark(root, {"default_profiles"}), "with the default profiles, " + sentence);
}

} // namespace paws::topology
