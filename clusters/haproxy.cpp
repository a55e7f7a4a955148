// The service that carries the routes: HAProxy's configuration, from the topology.
//
// A route must never lead to two servers.
//   patroni: each member is asked for its role. Patroni calls itself leader only until the lease that it renewed last
//   has run out by its own clock, so a frozen leader that thaws answers no. One slow answer must not end all sessions:
//   the check is patient with silence and takes a "no" at its word.
//   redis-sentinel: a frozen master that thaws goes on saying that it is one, for seconds. So a node is used only while
//   a majority of all Sentinels names its address (the vote), and while it says so itself (its own check, which also
//   ends sessions that lead to a node which lost its role). Both are asked as a user that may ask just that.
// Nothing in its files is a secret, so a change of passwords is nothing to HAProxy: it never has to read them anew,
// which would leave sessions with a worker that no longer checks where they lead.
// Servers start down: HAProxy holds a server up until its first check failed, unless a state file says otherwise.
#include "clusters/haproxy.hpp"

#include "clusters/haproxy_text.hpp"
#include "clusters/redis_sentinel_render.hpp"
#include "clusters/tls.hpp"

#include <algorithm>

namespace paws::clusters {

namespace {

using topology::cluster;
using topology::document;
using topology::placement;
using topology::route;

constexpr std::uint16_t postgres_port = 5432, patroni_api_port = 8008, sentinel_port = 26379;
constexpr std::uint32_t stop_grace_ms = 5'000;
// A server that is down is asked more often: the route must not be what a failover waits for.
constexpr std::int64_t soonest_ms = 200;

const cluster* cluster_of(const document& doc, const route& what) {
  for (const auto& one : doc.clusters)
    if (one.name == what.cluster)
      return &one;
  return nullptr;
}

struct route_input {
  const document& doc;
  const placement& places;
  const route& what;
  const cluster& of;
};

const std::string& address(const route_input& in, const std::string& member) {
  return in.places.members.at(member).address;
}

std::string global_part(const std::string& state_file, const document& doc) {
  const auto interval = static_cast<std::int64_t>(doc.routing.check_interval.count());
  return "global\n"
         "  nbthread 1\n"
         "  maxconn 4000\n"
         "  server-state-file " +
         state_file +
         "\n"
         "\n"
         "defaults\n"
         "  mode tcp\n"
         "  load-server-state-from-file global\n"
         "  timeout connect 2s\n"
         "  timeout client 12h\n" // database sessions may idle; their ends close them
         "  timeout server 12h\n"
         "  timeout check 2s\n"
         "  default-server inter " +
         std::to_string(interval) + "ms downinter " + std::to_string(std::min<std::int64_t>(interval, soonest_ms)) +
         "ms fall 1 rise 1\n\n";
}

std::string frontend(const route_input& in, const std::string& choice) {
  std::string out = "frontend " + in.what.name + "\n";
  if (in.places.containers) // the container engine publishes it, at whichever of its addresses
    return out + "  bind 0.0.0.0:" + std::to_string(in.what.port) + "\n" + choice + "\n";
  if (in.what.publish != 0)
    out += "  bind " + in.places.publish_address + ":" + std::to_string(in.what.publish) + "\n";
  out += "  bind " + address(in, in.doc.routing.service) + ":" + std::to_string(in.what.port) + "\n";
  return out + choice + "\n";
}

// A node's backend is used while a majority votes for it; at most one majority exists.
std::string by_vote(const route_input& in) {
  std::string out;
  for (const auto& member : in.of.members)
    out += "  use_backend " + in.what.name + "-" + member + " if { nbsrv(" + in.what.name + "-vote-" + member +
           ") ge " + std::to_string(in.of.sentinels.size() / 2 + 1) + " }\n";
  return out;
}

std::string redis_backends(const route_input& in) {
  std::string out;
  const auto port = std::to_string(redis::node_port(in.of));
  // Sessions pass as they are; the checks are HAProxy's own.
  const auto trust = in.of.tls ? " check-ssl verify required ca-file " +
                                     tls_paths_of(in.places.members.at(in.doc.routing.service)).authority
                               : std::string{};
  const auto log_in = send_redis({"AUTH", std::string{redis::role_user}, "any"}) + // no password is asked of it
                      "  tcp-check expect string +OK\n";
  for (const auto& member : in.of.members) {
    out += "backend " + in.what.name + "-" + member +
           "\n"
           "  option tcp-check\n" +
           log_in + send_redis({"ROLE"}) + expect_redis("master") +
           "  tcp-check send QUIT\\r\\n\n"
           "  tcp-check expect string +OK\n"
           "  server " +
           member + " " + address(in, member) + ":" + port + " check" + trust + " on-marked-down shutdown-sessions\n\n";
    // No farewell here: a Sentinel knows no QUIT (7.0).
    out += "backend " + in.what.name + "-vote-" + member +
           "\n"
           "  option tcp-check\n" +
           log_in + send_redis({"SENTINEL", "get-master-addr-by-name", in.of.redis.master_name}) +
           expect_redis(address(in, member));
    for (const auto& sentinel : in.of.sentinels)
      out += "  server " + sentinel + " " + address(in, sentinel) + ":" + std::to_string(sentinel_port) + " check" +
             trust + "\n";
    out += "\n";
  }
  return out;
}

std::string patroni_backend(const route_input& in) {
  std::string out = "backend " + in.what.name +
                    "-servers\n"
                    "  timeout check 5s\n"
                    "  option httpchk\n"
                    "  http-check send meth OPTIONS uri /primary ver HTTP/1.1 hdr Host patroni\n"
                    "  http-check expect status 200\n";
  for (const auto& member : in.of.members)
    out += "  server " + member + " " + address(in, member) + ":" + std::to_string(postgres_port) + " check port " +
           std::to_string(patroni_api_port) + " on-marked-down shutdown-sessions\n";
  return out + "\n";
}

// Every server of every backend. The fields are those of the state file's version 1; HAProxy takes names and states,
// and checks the rest against its own configuration.
std::string state_rows(const std::string& backend, const std::vector<std::string>& servers, const placement& places,
                       std::uint16_t port) {
  std::string out;
  std::size_t id = 0;
  for (const auto& server : servers)
    out += state_row(backend, ++id, server, places.members.at(server).address, port);
  return out;
}

std::string state_text(const document& doc, const placement& places) {
  auto out = state_heading();
  for (const auto& what : doc.routes) {
    const auto* of = cluster_of(doc, what);
    if (of == nullptr)
      continue;
    if (of->kind != topology::cluster_kind::redis_sentinel) {
      out += state_rows(what.name + "-servers", of->members, places, postgres_port);
      continue;
    }
    for (const auto& member : of->members) {
      out += state_rows(what.name + "-" + member, {member}, places, redis::node_port(*of));
      out += state_rows(what.name + "-vote-" + member, of->sentinels, places, sentinel_port);
    }
  }
  return out;
}

std::string state_path(const topology::member_place& place) {
  return place.config_dir + "/servers.state";
}

} // namespace

std::vector<logic::member_spec> render_routes(const document& doc, const placement& places,
                                              const std::string& authority) {
  if (!doc.has_routing)
    return {};
  const auto& place = places.members.at(doc.routing.service);
  const auto state_file = state_path(place);
  auto config = global_part(state_file, doc);
  logic::member_spec out;
  bool encrypted = false;
  for (const auto& what : doc.routes) {
    const auto* of = cluster_of(doc, what);
    if (of == nullptr)
      continue;
    const route_input in{doc, places, what, *of};
    const bool redis = of->kind == topology::cluster_kind::redis_sentinel;
    if (redis)
      config += frontend(in, by_vote(in)) + redis_backends(in);
    else
      config += frontend(in, "  default_backend " + what.name + "-servers\n") + patroni_backend(in);
    out.ports[what.name] = what.port;
    encrypted = encrypted || (redis && of->tls);
  }
  out.name = doc.routing.service;
  out.environment = places.environment;
  out.image = doc.routing.image;
  out.user = "haproxy";
  out.package = "haproxy";
  out.stop_grace_ms = stop_grace_ms;
  out.address = place.address;
  out.config_dir = place.config_dir;
  out.data_dir = place.data_dir;
  out.run_dir = place.run_dir;
  out.limits = doc.routing.resources;
  const auto file = place.config_dir + "/haproxy.cfg";
  out.command = {"haproxy", "-db", "-f", file};
  out.files = {{file, std::move(config), 0600, false}, {state_file, state_text(doc, places), 0600, false}};
  if (encrypted)
    out.files.push_back({tls_paths_of(place).authority, authority, 0600, false});
  return {out};
}

} // namespace paws::clusters
