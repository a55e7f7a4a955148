#include "bin/database_way.hpp"

#include "store/certificates.hpp"
#include "store/secrets.hpp"
#include "topology/limits.hpp"

#include <algorithm>

namespace paws::bin {

namespace {

using logic::actual_state;
using logic::desired_state;
using topology::failure;

constexpr const char* password_name = "POSTGRES_APP_PASSWORD";

const topology::cluster* database_of(const topology::document& doc) {
  const auto found = std::ranges::find(doc.clusters, topology::cluster_kind::patroni, &topology::cluster::kind);
  return found == doc.clusters.end() ? nullptr : &*found;
}

failure not_ready(const std::string& why) {
  return {"ERR_SQL_005", why, "see what it waits for: paws-engine ctl health; start it: paws-engine start"};
}

// Why it cannot be used now; "" when it can.
std::string awaited(const topology::cluster& cluster, const topology::route& route,
                    const logic::environment_view& seen) {
  const auto leads = std::ranges::any_of(seen.services, [&](const logic::service_view& each) {
    return each.cluster == cluster.name && each.role == "leader" && each.actual == actual_state::ready;
  });
  if (!leads)
    return cluster.name + " of " + seen.environment + " has no leader that is ready";
  const auto view = std::ranges::find(seen.routes, route.name, &logic::route_view::name);
  if (view == seen.routes.end() || view->state != "ready")
    return "the route " + route.name + " of " + seen.environment + " leads nowhere" +
           (view == seen.routes.end() || view->why.empty() ? "" : ": " + view->why);
  return "";
}

} // namespace

std::variant<database_way, failure> way_to_database(const topology::document& doc, const target& at,
                                                    const logic::environment_view& seen) {
  const auto* cluster = database_of(doc);
  if (cluster == nullptr)
    return failure{"ERR_SQL_005", "the topology " + doc.file + " has no PostgreSQL",
                   "add a cluster of the kind patroni, then run: paws-engine start"};
  const auto route = std::ranges::find_if(
      doc.routes, [&](const topology::route& each) { return each.cluster == cluster->name && each.publish != 0; });
  if (route == doc.routes.end())
    return failure{"ERR_SQL_005", "no published route leads to " + cluster->name + " in " + doc.file,
                   "give one `publish`, then run: paws-engine start"};
  if (const auto why = awaited(*cluster, *route, seen); !why.empty())
    return not_ready(why);
  const auto secrets = store::load_secrets(doc.root + "/" + doc.secrets.file);
  if (const auto* why = std::get_if<failure>(&secrets))
    return *why;
  const auto& known = std::get<store::secret_map>(secrets);
  const auto password = known.find(password_name);
  if (password == known.end())
    return failure{"ERR_SEC_001", std::string{password_name} + " is not in " + doc.root + "/" + doc.secrets.file,
                   "run: paws-engine secrets validate"};
  database_way out;
  out.cluster = cluster->name;
  out.route.channel = logic::channel::postgres;
  out.route.address = topology::limits::publish_address;
  out.route.port = route->publish;
  out.route.user = cluster->db.user;
  out.route.password = password->second;
  out.route.database = cluster->db.name;
  out.route.tls.on = cluster->tls;
  if (cluster->tls)
    out.route.tls.ca_file = store::authority_file(at.paths.directory + "/certificates");
  for (const auto& service : seen.services) {
    const auto port = service.ports.find("postgres");
    if (service.cluster != cluster->name || port == service.ports.end())
      continue;
    if (service.desired != desired_state::running) {
      out.resting.push_back(service.name);
      continue;
    }
    auto& member = out.members.emplace_back(out.route);
    member.member = service.name;
    member.address = service.address;
    member.port = port->second;
  }
  return out;
}

} // namespace paws::bin
