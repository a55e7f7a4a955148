#include "bin/connections.hpp"

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

} // namespace paws::bin
