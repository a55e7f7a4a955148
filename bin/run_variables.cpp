#include "bin/run_variables.hpp"

#include "clusters/etcd_users.hpp"
#include "topology/limits.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace paws::bin {

namespace {

using topology::cluster_kind;
using secret_map = std::map<std::string, std::string>;

constexpr std::string_view each_route = "PAWS_ROUTE_<ROUTE>", route_prefix = "PAWS_ROUTE_",
                           each_service = "PAWS_SERVICE_<SERVICE>_<PORT>", service_prefix = "PAWS_SERVICE_";

constexpr std::array known_variables{
    variable_row{"PAWS_ENVIRONMENT", "name of the run's environment"},
    variable_row{"PAWS_FILE", "its topology; `paws-engine ctl …` means it unless `--env` or `--file` say otherwise"},
    variable_row{"PAWS_ENGINE", "path of `paws-engine`"},
    variable_row{"PAWS_SOCKET", "path of the control socket"},
    variable_row{"PAWS_ROUTE_<ROUTE>", "`host:port` of each published route: `PAWS_ROUTE_PATRONI_LEADER`"},
    variable_row{"PAWS_SERVICE_<SERVICE>_<PORT>",
                 "`host:port` of each port that a service of the run publishes: `PAWS_SERVICE_BACKEND_HTTP`"},
    variable_row{"DATABASE_URL", "PostgreSQL's leader, with user, password, and how to check who answers"},
    variable_row{"PGHOST", "the leader's host, as libpq and `psql` read it"},
    variable_row{"PGPORT", "its port"},
    variable_row{"PGUSER", "the application's user"},
    variable_row{"PGPASSWORD", "its password"},
    variable_row{"PGDATABASE", "its database"},
    variable_row{"PGSSLMODE", "`verify-full`, where the cluster has `tls`"},
    variable_row{"PGSSLROOTCERT", "path of the authority's certificate, where it has `tls`"},
    variable_row{"REDIS_URL", "Redis' master, with its password (`rediss://` where the cluster has `tls`)"},
    variable_row{"REDIS_HOST", "the master's host"},
    variable_row{"REDIS_PORT", "its port"},
    variable_row{"REDIS_PASSWORD", "its password"},
    variable_row{"REDIS_CACERT", "path of the authority's certificate, where the cluster has `tls`"},
    variable_row{"REDIS_SENTINELS", "`host:port,…` of every Sentinel"},
    variable_row{"REDIS_SENTINEL_MASTER", "the name by which Sentinels know the master"},
    variable_row{"REDIS_SENTINEL_PASSWORD", "their password"},
    variable_row{"ETCD_ENDPOINTS", "`https://host:port,…` of every member (`http://` without `tls`)"},
    variable_row{"ETCD_CACERT", "path of the authority's certificate, where the cluster has `tls`"},
    variable_row{"ETCD_USERNAME", "`root`, where the cluster has `tls`: other clusters know no users"},
    variable_row{"ETCD_PASSWORD", "its password"},
    variable_row{"ETCDCTL_API", "`3`"},
    variable_row{"ETCDCTL_ENDPOINTS", "the same for `etcdctl`"},
    variable_row{"ETCDCTL_CACERT", "the same for `etcdctl`"},
    variable_row{"ETCDCTL_USER", "`user:password`, as `etcdctl` reads it"},
};

std::string value_of(const secret_map& secrets, const std::string& name) {
  const auto at = secrets.find(name);
  return at == secrets.end() ? "" : at->second;
}

// Within a URL; characters of `also` stay as they are.
std::string percent_encoded(const std::string& text, std::string_view also = "") {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
        c == '.' || also.find(c) != std::string_view::npos)
      out += c;
    else
      out += {'%', digits[byte >> 4U], digits[byte & 0xFU]};
  }
  return out;
}

// "patroni-leader" -> "PATRONI_LEADER"
std::string as_variable(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '-' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return name;
}

const topology::cluster* first_of(const topology::document& doc, cluster_kind kind) {
  const auto found = std::ranges::find(doc.clusters, kind, &topology::cluster::kind);
  return found == doc.clusters.end() ? nullptr : &*found;
}

std::uint16_t published_port(const topology::document& doc, const topology::cluster& of) {
  for (const auto& route : doc.routes)
    if (route.cluster == of.name && route.publish != 0)
      return route.publish;
  return 0;
}

// "<before>host:port,…" of `members`, as far as they have that port.
std::string addresses(const logic::environment_view& seen, const std::vector<std::string>& members,
                      const std::string& port, const std::string& before) {
  std::string out;
  for (const auto& name : members)
    for (const auto& service : seen.services)
      if (const auto at = service.ports.find(port); service.name == name && at != service.ports.end())
        out += (out.empty() ? "" : ",") + before + service.address + ":" + std::to_string(at->second);
  return out;
}

void add_postgres(const topology::document& doc, const secret_map& secrets, const run_place& at, variable_map& out) {
  const auto* cluster = first_of(doc, cluster_kind::patroni);
  const auto port = cluster == nullptr ? std::uint16_t{0} : published_port(doc, *cluster);
  if (port == 0)
    return;
  const auto password = value_of(secrets, "POSTGRES_APP_PASSWORD");
  const std::string host{topology::limits::publish_address};
  out["PGHOST"] = host;
  out["PGPORT"] = std::to_string(port);
  out["PGUSER"] = cluster->db.user;
  out["PGPASSWORD"] = password;
  out["PGDATABASE"] = cluster->db.name;
  auto url = "postgresql://" + percent_encoded(cluster->db.user) + ":" + percent_encoded(password) + "@" + host + ":" +
             std::to_string(port) + "/" + percent_encoded(cluster->db.name);
  if (cluster->tls) {
    out["PGSSLMODE"] = "verify-full";
    out["PGSSLROOTCERT"] = at.authority;
    url += "?sslmode=verify-full&sslrootcert=" + percent_encoded(at.authority, "/");
  }
  out["DATABASE_URL"] = url;
}

void add_redis(const topology::document& doc, const logic::environment_view& seen, const secret_map& secrets,
               const run_place& at, variable_map& out) {
  const auto* cluster = first_of(doc, cluster_kind::redis_sentinel);
  if (cluster == nullptr)
    return;
  const auto password = value_of(secrets, "REDIS_PASSWORD");
  out["REDIS_PASSWORD"] = password;
  out["REDIS_SENTINELS"] = addresses(seen, cluster->sentinels, "sentinel", "");
  out["REDIS_SENTINEL_MASTER"] = cluster->redis.master_name;
  out["REDIS_SENTINEL_PASSWORD"] = value_of(secrets, "REDIS_SENTINEL_PASSWORD");
  if (cluster->tls)
    out["REDIS_CACERT"] = at.authority;
  const auto port = published_port(doc, *cluster);
  if (port == 0)
    return;
  const std::string host{topology::limits::publish_address};
  out["REDIS_HOST"] = host;
  out["REDIS_PORT"] = std::to_string(port);
  out["REDIS_URL"] = std::string{cluster->tls ? "rediss" : "redis"} + "://default:" + percent_encoded(password) + "@" +
                     host + ":" + std::to_string(port) + "/0";
}

void add_etcd(const topology::document& doc, const logic::environment_view& seen, const secret_map& secrets,
              const run_place& at, variable_map& out) {
  const auto* cluster = first_of(doc, cluster_kind::etcd);
  if (cluster == nullptr)
    return;
  const auto endpoints = addresses(seen, cluster->members, "client", cluster->tls ? "https://" : "http://");
  out["ETCD_ENDPOINTS"] = endpoints;
  out["ETCDCTL_API"] = "3";
  out["ETCDCTL_ENDPOINTS"] = endpoints;
  if (!cluster->tls)
    return;
  const std::string user = clusters::etcd::root_user;
  const auto password = value_of(secrets, "ETCD_ROOT_PASSWORD");
  out["ETCD_CACERT"] = out["ETCDCTL_CACERT"] = at.authority;
  out["ETCD_USERNAME"] = user;
  out["ETCD_PASSWORD"] = password;
  out["ETCDCTL_USER"] = user + ":" + password;
}

bool is_ours(std::string_view name) {
  return name.starts_with(route_prefix) || name.starts_with(service_prefix) ||
         std::any_of(known_variables.begin(), known_variables.end(), [&](const variable_row& row) {
           return name == row.name && name != each_route && name != each_service;
         });
}

} // namespace

std::span<const variable_row> variable_table() {
  return known_variables;
}

variable_map run_variables(const topology::document& doc, const logic::environment_view& seen,
                           const secret_map& secrets, const run_place& at) {
  variable_map out{{"PAWS_ENVIRONMENT", doc.name},
                   {"PAWS_FILE", at.topology},
                   {"PAWS_ENGINE", at.program},
                   {"PAWS_SOCKET", at.socket}};
  for (const auto& route : doc.routes)
    if (route.publish != 0)
      out[std::string{route_prefix} + as_variable(route.name)] =
          std::string{topology::limits::publish_address} + ":" + std::to_string(route.publish);
  for (const auto& service : doc.services)
    if (std::ranges::find(seen.services, service.name, &logic::service_view::name) != seen.services.end())
      for (const auto& [title, port] : service.publish)
        out[std::string{service_prefix} + as_variable(service.name) + "_" + as_variable(title)] =
            std::string{topology::limits::publish_address} + ":" + std::to_string(port);
  add_postgres(doc, secrets, at, out);
  add_redis(doc, seen, secrets, at, out);
  add_etcd(doc, seen, secrets, at, out);
  return out;
}

variable_map with_inherited(const variable_map& own, const char* const* inherited) {
  auto out = own;
  for (auto at = inherited; at != nullptr && *at != nullptr; ++at) {
    const std::string_view text{*at};
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || is_ours(text.substr(0, equals)))
      continue;
    out.try_emplace(std::string{text.substr(0, equals)}, text.substr(equals + 1));
  }
  return out;
}

} // namespace paws::bin
