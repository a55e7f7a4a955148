#include "bin/connections.hpp"

#include <algorithm>

namespace paws::bin {

std::vector<connection> connections_of(const topology::document& doc) {
  std::vector<connection> out;
  for (const auto& route : doc.routes)
    for (const auto& cluster : doc.clusters) {
      if (cluster.name != route.cluster || route.publish == 0)
        continue;
      const auto where = "127.0.0.1:" + std::to_string(route.publish);
      if (cluster.kind == topology::cluster_kind::patroni)
        out.push_back({route.name, "postgresql://" + cluster.db.user + "@" + where + "/" + cluster.db.name,
                       "POSTGRES_APP_PASSWORD"});
      else
        out.push_back({route.name, (cluster.tls ? "rediss://" : "redis://") + where, "REDIS_PASSWORD"});
    }
  return out;
}

std::vector<web_address> web_addresses_of(const topology::document& doc, const logic::environment_view& view) {
  std::vector<web_address> out;
  for (const auto& service : doc.services) {
    const auto port = service.publish.find(service.probe.port);
    const bool ready = std::any_of(view.services.begin(), view.services.end(), [&](const logic::service_view& one) {
      return one.name == service.name && one.actual == logic::actual_state::ready;
    });
    if (service.has_probe && ready && port != service.publish.end())
      out.push_back({service.name, "http://127.0.0.1:" + std::to_string(port->second)});
  }
  return out;
}

} // namespace paws::bin
