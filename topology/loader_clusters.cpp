// Clusters, routes and what carries them.
#include "topology/fields.hpp"

namespace paws::topology {

namespace {

cluster_kind to_kind(std::string_view word) {
  for (const auto kind : {cluster_kind::patroni, cluster_kind::redis_sentinel})
    if (to_string(kind) == word)
      return kind;
  return cluster_kind::etcd;
}

void read_settings(const fields& settings, cluster& into) {
  switch (into.kind) {
  case cluster_kind::etcd:
    settings.read("heartbeat_interval", into.etcd.heartbeat_interval);
    settings.read("election_timeout", into.etcd.election_timeout);
    break;
  case cluster_kind::patroni: {
    std::string synchronous = "strict";
    settings.read("ttl", into.patroni.ttl);
    settings.read("loop_wait", into.patroni.loop_wait);
    settings.read("retry_timeout", into.patroni.retry_timeout);
    settings.read("synchronous", synchronous);
    settings.read("max_connections", into.patroni.max_connections);
    into.patroni.synchronous_strict = synchronous != "off";
    break;
  }
  case cluster_kind::redis_sentinel:
    settings.read("master_name", into.redis.master_name);
    settings.read("quorum", into.redis.quorum);
    settings.read("down_after", into.redis.down_after);
    settings.read("failover_timeout", into.redis.failover_timeout);
    settings.read("appendonly", into.redis.appendonly);
    break;
  }
}

} // namespace

void read_clusters(const fields& top, document& doc) {
  top.each("clusters", [&](const std::string& name, const fields& entry) {
    cluster out;
    std::string kind;
    out.name = name;
    out.at = position_of(doc, entry);
    entry.read("kind", kind);
    out.kind = to_kind(kind);
    entry.read("members", out.members);
    entry.read("sentinels", out.sentinels);
    entry.read("networks", out.networks);
    entry.read("depends_on", out.depends_on);
    entry.read("image", out.image);
    entry.read("tls", out.tls);
    entry.read("resources", out.resources);
    entry.read("sentinel_resources", out.sentinel_resources);
    entry.section("database").read("name", out.db.name);
    entry.section("database").read("user", out.db.user);
    entry.read("extra_args", out.extra_args);
    read_settings(entry.section("settings"), out);
    doc.clusters.push_back(std::move(out));
  });
}

void read_routes(const fields& top, document& doc) {
  const auto carrier = top.section("routing");
  doc.routing.at = position_of(doc, carrier);
  carrier.read("kind", doc.routing.kind);
  carrier.read("image", doc.routing.image);
  carrier.read("check_interval", doc.routing.check_interval);
  carrier.read("resources", doc.routing.resources);
  top.each("routes", [&](const std::string& name, const fields& entry) {
    route out;
    out.name = name;
    entry.read("cluster", out.cluster);
    entry.read("role", out.role);
    entry.read("port", out.port);
    entry.read("publish", out.publish);
    entry.read("networks", out.networks);
    doc.routes.push_back(std::move(out));
  });
  doc.has_routing = !doc.routes.empty();
}

} // namespace paws::topology
