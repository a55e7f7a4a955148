// How a route is asked through its own port, and what the answers say about where it leads.
#include "clusters/haproxy.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace paws::clusters {

namespace {

constexpr const char* postgres_ask = "route.postgres";
constexpr const char* role_ask = "route.redis.role";
constexpr const char* address_ask = "route.redis.address";

std::string secret(const std::map<std::string, std::string>& secrets, const std::string& name) {
  const auto at = secrets.find(name);
  return at == secrets.end() ? "" : at->second;
}

topology::cluster_kind kind_of(const topology::document& doc, const topology::route& route) {
  for (const auto& cluster : doc.clusters)
    if (cluster.name == route.cluster)
      return cluster.kind;
  return topology::cluster_kind::patroni;
}

std::string member_at(const topology::document& doc, const topology::placement& places, const topology::route& route,
                      const std::string& address) {
  for (const auto& cluster : doc.clusters)
    if (cluster.name == route.cluster)
      for (const auto& member : cluster.members)
        if (const auto at = places.members.find(member); at != places.members.end() && at->second.address == address)
          return member;
  return "";
}

std::string fact(const logic::observation& from, const std::string& key) {
  const auto at = from.known.find(key);
  return at == from.known.end() ? "" : at->second;
}

// What all asks of one route say together.
struct route_sight {
  bool heard = false;
  std::string why = "has not answered yet";
  std::string role, address;
};

route_sight look(const topology::route& route, const logic::observation_table& seen,
                 const std::vector<std::string>& asks) {
  route_sight out;
  out.heard = true;
  for (const auto& name : asks) {
    const auto* found = seen.find(route.name, name);
    if (found == nullptr || !found->ok) {
      out.heard = false;
      out.why = found == nullptr ? out.why : found->error;
      return out;
    }
    if (const auto role = fact(*found, "role"); !role.empty())
      out.role = role;
    if (const auto address = fact(*found, "address"); !address.empty())
      out.address = address;
  }
  out.why.clear();
  return out;
}

} // namespace

std::vector<logic::ask> route_asks(const topology::document& doc, const topology::placement& places,
                                   const std::map<std::string, std::string>& secrets, const topology::route& route,
                                   const logic::tls_check& tls) {
  logic::ask out;
  out.member = route.name;
  const bool published = route.publish != 0;
  out.address = published ? places.publish_address : places.members.at(doc.routing.service).address;
  out.port = published ? route.publish : route.port;
  if (kind_of(doc, route) == topology::cluster_kind::patroni) {
    out.name = postgres_ask;
    out.channel = logic::channel::postgres;
    out.user = "postgres";
    out.password = secret(secrets, "POSTGRES_PASSWORD");
    out.database = "postgres";
    out.tls = tls;
    out.sql = "SELECT CASE WHEN pg_is_in_recovery() THEN 'replica' ELSE 'leader' END, host(inet_server_addr())";
    return {out};
  }
  out.tls = tls;
  out.name = role_ask;
  out.channel = logic::channel::redis;
  out.password = secret(secrets, "REDIS_PASSWORD");
  out.command = {"ROLE"};
  auto second = out;
  second.name = address_ask;
  second.command = {"CONFIG", "GET", "replica-announce-ip"}; // the only thing a node says of who it is
  return {out, second};
}

logic::facts interpret_route(const logic::ask& ask, const logic::answer& answer) {
  const auto cell = [&](std::size_t row, std::size_t column) {
    return row < answer.rows.size() && column < answer.rows[row].size() ? answer.rows[row][column] : std::string{};
  };
  if (!answer.ok)
    return {};
  if (ask.name == postgres_ask)
    return {{"role", cell(0, 0)}, {"address", cell(0, 1)}};
  if (ask.name == role_ask)
    return {{"role", cell(0, 0) == "slave" ? "replica" : cell(0, 0)}};
  if (ask.name == address_ask)
    return {{"address", cell(1, 0)}};
  return {};
}

logic::route_view judge_route(const topology::document& doc, const topology::placement& places,
                              const topology::route& route, const logic::observation_table& seen) {
  logic::route_view out;
  out.name = route.name;
  const bool published = route.publish != 0;
  out.address = published ? places.publish_address : places.members.at(doc.routing.service).address;
  out.port = published ? route.publish : route.port;
  const bool patroni = kind_of(doc, route) == topology::cluster_kind::patroni;
  const auto sight = look(
      route, seen, patroni ? std::vector<std::string>{postgres_ask} : std::vector<std::string>{role_ask, address_ask});
  out.state = "unready";
  out.why = sight.why;
  if (!sight.heard)
    return out;
  out.target = member_at(doc, places, route, sight.address);
  if (out.target.empty())
    out.why =
        "leads to " + (sight.address.empty() ? "somebody unknown" : sight.address) + ", no member of " + route.cluster;
  else if (sight.role != route.role)
    out.why = "leads to " + out.target + ", which is no " + route.role;
  else
    out.state = "ready";
  return out;
}

logic::ask endpoint_ask(const topology::service& service, const std::string& address) {
  logic::ask out;
  out.name = "service.health";
  out.member = service.name;
  out.channel = logic::channel::http;
  out.address = address;
  if (const auto at = service.publish.find(service.probe.port); at != service.publish.end())
    out.port = at->second;
  out.path = service.probe.path;
  out.timeout = service.probe.timeout;
  return out;
}

logic::facts interpret_endpoint(const topology::service& service, const logic::ask&, const logic::answer& answer) {
  if (!answer.ok)
    return {};
  const auto no = [](const std::string& why) { return logic::facts{{"healthy", "false"}, {"why", why}}; };
  const auto& probe = service.probe;
  if (answer.status != probe.expect_status)
    return no(probe.path + " answers HTTP " + std::to_string(answer.status) + " instead of " +
              std::to_string(probe.expect_status));
  if (probe.expect_json.empty())
    return {{"healthy", "true"}};
  const auto body = nlohmann::json::parse(answer.text, nullptr, false);
  for (const auto& [key, wanted] : probe.expect_json) {
    const auto at = body.is_object() ? body.find(key) : body.end();
    if (!body.is_object() || at == body.end())
      return no(probe.path + " says nothing about " + key);
    const auto got =
        at->is_string() ? at->get<std::string>() : at->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (got != wanted)
      return no(probe.path + " says " + key + " is " + got + " instead of " + wanted);
  }
  return {{"healthy", "true"}};
}

} // namespace paws::clusters
