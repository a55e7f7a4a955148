// What the kinds render for containers: they listen on every address that they have, and name the one that counts.
#include "clusters/haproxy.hpp"
#include "clusters/kinds.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>

using namespace paws;

namespace {

struct container_world {
  topology::document doc;
  topology::placement places;

  container_world() {
    auto loaded = topology::load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml");
    REQUIRE(loaded.ok());
    doc = std::move(loaded.doc);
    place();
  }
  void place() {
    places = topology::place_on_containers(doc, {{"infra", "172.31.4.0/24"}, {"bridge", "172.31.5.0/24"}});
  }
  logic::member_spec spec(const std::string& cluster, const std::string& member) const {
    logic::cluster_context context;
    for (const auto& one : doc.clusters)
      if (one.name == cluster)
        context.cluster = one;
    context.places = places;
    for (auto& one : clusters::kind_row(context.cluster.kind).render(context))
      if (one.name == member)
        return one;
    FAIL("no member " + member);
    return {};
  }
  static std::string file(const logic::member_spec& spec, const std::string& path) {
    for (const auto& each : spec.files)
      if (each.path == path)
        return each.content;
    FAIL("no file " + path);
    return "";
  }
};

bool holds(const std::vector<std::string>& words, const std::string& wanted) {
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

bool holds(const std::string& text, const std::string& wanted) {
  return text.find(wanted) != std::string::npos;
}

} // namespace

TEST_CASE_METHOD(container_world, "etcd in a container listens on all its addresses and advertises one") {
  const auto alone = spec("etcd", "etcd1").command;
  CHECK(holds(alone, "--data-dir=/data/member/etcd"));
  CHECK(holds(alone, "--listen-client-urls=https://172.31.4.11:2379"));
  CHECK(holds(alone, "--initial-cluster=etcd1=https://172.31.4.11:2380,etcd2=https://172.31.4.12:2380,"
                     "etcd3=https://172.31.4.13:2380"));
  doc.clusters[0].networks = {"infra", "bridge"};
  place();
  const auto both = spec("etcd", "etcd1").command;
  CHECK(holds(both, "--listen-client-urls=https://172.31.5.11:2379,https://172.31.4.11:2379"));
  CHECK(holds(both, "--listen-peer-urls=https://172.31.5.11:2380,https://172.31.4.11:2380"));
  CHECK(holds(both, "--advertise-client-urls=https://172.31.5.11:2379"));
}

TEST_CASE_METHOD(container_world, "Patroni in a container writes into its volumes only") {
  const auto made = spec("patroni", "patroni2");
  CHECK(made.command == std::vector<std::string>{"patroni", "/paws/config/patroni.yml"});
  const auto config = file(made, "/paws/config/patroni.yml");
  CHECK(holds(config, "\"data_dir\": \"/data/member/postgresql\""));
  CHECK(holds(config, "\"pgpass\": \"/paws/run/pgpass\""));
  CHECK(holds(config, "\"listen\": \"172.31.4.22:5432\""));
  CHECK(holds(config, "\"listen\": \"172.31.4.22:8008\""));
  CHECK(holds(config, "\"unix_socket_directories\": \"\""));
  doc.clusters[1].networks = {"infra", "bridge"};
  place();
  const auto both = file(spec("patroni", "patroni2"), "/paws/config/patroni.yml");
  CHECK(holds(both, "\"listen\": \"172.31.5.22,172.31.4.22:5432\""));
  CHECK(holds(both, "\"connect_address\": \"172.31.5.22:5432\""));
  CHECK(holds(both, "\"listen\": \"0.0.0.0:8008\""));
}

TEST_CASE_METHOD(container_world, "Redis and Sentinel in containers announce the address that applications reach") {
  const auto node = file(spec("redis", "redis2"), "/paws/run/redis.conf");
  CHECK(holds(node, "bind 172.31.5.32 172.31.4.32\n"));
  CHECK(holds(node, "replica-announce-ip 172.31.5.32\n"));
  CHECK(holds(node, "replicaof 172.31.5.31 6379\n"));
  CHECK(holds(node, "dir \"/data/member\"\n"));
  const auto sentinel = file(spec("redis", "redis-sentinel1"), "/paws/run/sentinel.conf");
  CHECK(holds(sentinel, "bind 172.31.5.41 172.31.4.41\n"));
  CHECK(holds(sentinel, "sentinel announce-ip 172.31.5.41\n"));
  CHECK(holds(sentinel, "sentinel monitor mymaster 172.31.5.31 6379 2\n"));
}

TEST_CASE_METHOD(container_world, "the carrier binds its routes' ports once, publishing them is not its business") {
  const auto made = clusters::render_routes(doc, places, "").at(0);
  const auto config = file(made, "/paws/config/haproxy.cfg");
  CHECK(holds(config, "frontend patroni-leader\n  bind 0.0.0.0:5432\n  default_backend"));
  CHECK(holds(config, "frontend redis-master\n  bind 0.0.0.0:6379\n  use_backend"));
  CHECK_FALSE(holds(config, "127.0.0.1"));
  CHECK(holds(config, "server patroni1 172.31.4.21:5432 check port 8008"));
  CHECK(holds(config, "server redis1 172.31.5.31:6379 check"));
  CHECK(made.address == "172.31.5.51");
  const auto asks = clusters::route_asks(doc, places, {}, doc.routes[0]);
  REQUIRE_FALSE(asks.empty());
  CHECK(asks[0].address == "127.0.0.1");
}
