// Clusters and routes: how many members, relations between their settings, roles, ports.
#include "topology/limits.hpp"
#include "topology/rules.hpp"
#include "topology/values.hpp"

#include <algorithm>
#include <map>

namespace paws::topology {

namespace {

// The place of a cluster's setting, or of the cluster when the setting is left to its default.
mark setting(const yaml_node& root, const cluster& what, std::string_view key) {
  return key_mark(root, {"clusters", what.name, "settings", key});
}

// Whether the file says of which kind the cluster is; otherwise nothing that depends on it can be said.
bool has_kind(const cluster& what, const yaml_node& root) {
  const auto* kind = root.find({"clusters", what.name, "kind"});
  return kind != nullptr && kind->text == to_string(what.kind);
}

void check_resources(const resource_limits& what, mark at, problem_list& problems) {
  if (what.memory_bytes != 0 && what.memory_reservation_bytes > what.memory_bytes)
    problems.add(at, "`memory_reservation` is larger than `memory`");
}

void check_etcd(const cluster& what, const yaml_node& root, problem_list& problems) {
  const auto least = what.etcd.heartbeat_interval * limits::heartbeats_per_election;
  if (what.etcd.election_timeout < least)
    problems.add(setting(root, what, "election_timeout"),
                 "`election_timeout` (" + spell(what.etcd.election_timeout) + ") must be at least " +
                     std::to_string(limits::heartbeats_per_election) + " heartbeat intervals (" + spell(least) + ")");
}

void check_patroni(const document& doc, const cluster& what, const yaml_node& root, problem_list& problems) {
  const auto& set = what.patroni;
  const auto needed = set.loop_wait + 2 * set.retry_timeout;
  if (needed > set.ttl)
    problems.add(setting(root, what, "ttl"), "`loop_wait` + 2 * `retry_timeout` (" + spell(needed) +
                                                 ") must not exceed `ttl` (" + spell(set.ttl) +
                                                 "): Patroni would change them silently");
  const std::pair<std::string_view, milliseconds> whole_seconds[] = {
      {"ttl", set.ttl}, {"loop_wait", set.loop_wait}, {"retry_timeout", set.retry_timeout}};
  for (const auto& [key, value] : whole_seconds)
    if (value % std::chrono::seconds{1} != milliseconds{0})
      problems.add(setting(root, what, key), "`" + std::string{key} + "`: Patroni counts whole seconds");
  if (set.synchronous_strict && what.members.size() < limits::strict_synchronous_members)
    problems.add(setting(root, what, "synchronous"),
                 "`synchronous: strict` refuses every write with a single member: add members or set it to off");
  const auto is_etcd = [&](const dependency& needs) {
    return std::ranges::any_of(
        doc.clusters, [&](const cluster& other) { return other.name == needs.on && other.kind == cluster_kind::etcd; });
  };
  if (std::ranges::count_if(what.depends_on, is_etcd) != 1)
    problems.add(key_mark(root, {"clusters", what.name, "depends_on"}),
                 quoted(what.name) + " keeps its leader in etcd: it must depend on exactly one cluster of kind etcd");
}

void check_redis(const cluster& what, const yaml_node& root, problem_list& problems) {
  if (what.sentinels.empty())
    problems.add(key_mark(root, {"clusters", what.name, "sentinels"}),
                 quoted(what.name) + " needs the key `sentinels` with at least one name");
  else if (what.redis.quorum > what.sentinels.size())
    problems.add(setting(root, what, "quorum"), "`quorum` (" + std::to_string(what.redis.quorum) +
                                                    ") is larger than the number of Sentinels (" +
                                                    std::to_string(what.sentinels.size()) + ")");
}

std::string_view role_of(cluster_kind kind) {
  switch (kind) {
  case cluster_kind::etcd:
    return "";
  case cluster_kind::patroni:
    return "leader";
  case cluster_kind::redis_sentinel:
    return "master";
  }
  return "";
}

void check_route_target(const document& doc, const route& what, const yaml_node& root, problem_list& problems) {
  if (!check_name(what.cluster).empty())
    return;
  const auto target = std::ranges::find(doc.clusters, what.cluster, &cluster::name);
  if (target == doc.clusters.end()) {
    std::vector<std::string_view> known;
    std::ranges::transform(doc.clusters, std::back_inserter(known), &cluster::name);
    problems.add(key_mark(root, {"routes", what.name, "cluster"}),
                 "there is no cluster " + quoted(what.cluster) + suggestion(what.cluster, known));
    return;
  }
  const auto role = role_of(target->kind);
  if (has_kind(*target, root) && what.role != role && (what.role == "leader" || what.role == "master"))
    problems.add(key_mark(root, {"routes", what.name, "role"}),
                 "a cluster of kind " + std::string{to_string(target->kind)} + " has no role " + quoted(what.role) +
                     (role.empty() ? "" : ", its role is `" + std::string{role} + "`"));
}

// Ports of one address: who has each.
class port_book {
public:
  port_book(std::string where, problem_list& problems) : where_{std::move(where)}, problems_{problems} {}

  void claim(std::uint16_t port, const std::string& who, mark at) {
    if (port == 0)
      return;
    const auto [owner, fresh] = owners_.emplace(port, who);
    if (!fresh)
      problems_.add(at,
                    "port " + std::to_string(port) + " " + where_ + " is already taken by " + quoted(owner->second));
  }

private:
  std::string where_;
  problem_list& problems_;
  std::map<std::uint16_t, std::string> owners_;
};

} // namespace

void check_clusters(const document& doc, const yaml_node& root, problem_list& problems) {
  for (const auto& what : doc.clusters) {
    if (!has_kind(what, root))
      continue;
    check_resources(what.resources, key_mark(root, {"clusters", what.name, "resources", "memory_reservation"}),
                    problems);
    check_resources(what.sentinel_resources,
                    key_mark(root, {"clusters", what.name, "sentinel_resources", "memory_reservation"}), problems);
    if (what.kind == cluster_kind::etcd)
      check_etcd(what, root, problems);
    if (what.kind == cluster_kind::patroni)
      check_patroni(doc, what, root, problems);
    if (what.kind == cluster_kind::redis_sentinel)
      check_redis(what, root, problems);
  }
}

void check_routes(const document& doc, const yaml_node& root, problem_list& problems) {
  check_resources(doc.routing.resources, key_mark(root, {"routing", "resources", "memory_reservation"}), problems);
  port_book inside{"inside the networks", problems};
  port_book published{"on 127.0.0.1", problems};
  published.claim(doc.control.port, "control", key_mark(root, {"control", "listen"}));
  for (const auto& what : doc.routes) {
    check_route_target(doc, what, root, problems);
    inside.claim(what.port, what.name, key_mark(root, {"routes", what.name, "port"}));
    published.claim(what.publish, what.name, key_mark(root, {"routes", what.name, "publish"}));
  }
  for (const auto& what : doc.services) {
    check_resources(what.resources, key_mark(root, {"services", what.name, "resources", "memory_reservation"}),
                    problems);
    for (const auto& [port_name, port] : what.publish)
      published.claim(port, what.name, key_mark(root, {"services", what.name, "publish", port_name}));
  }
}

} // namespace paws::topology
