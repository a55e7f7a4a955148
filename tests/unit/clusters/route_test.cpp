#include "clusters/haproxy.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>

using namespace paws;

namespace {

// The default topology and its two routes.
struct route_world {
  topology::document doc;
  topology::placement places;
  std::map<std::string, std::string> secrets{{"POSTGRES_PASSWORD", "hush-pg"}, {"REDIS_PASSWORD", "hush-redis"}};
  logic::observation_table seen;

  route_world() {
    auto loaded = topology::load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml");
    REQUIRE(loaded.ok());
    doc = std::move(loaded.doc);
    places = topology::place_on_process(doc);
  }
  const topology::route& route(const std::string& name) const {
    for (const auto& one : doc.routes)
      if (one.name == name)
        return one;
    FAIL("no route " + name);
    return doc.routes[0];
  }
  std::string config() const { return file("haproxy.cfg"); }
  std::string file(const std::string& name) const {
    for (const auto& spec : clusters::render_routes(doc, places, "the authority"))
      for (const auto& each : spec.files)
        if (each.path.ends_with("/" + name))
          return each.content;
    FAIL("no file " + name);
    return "";
  }
  void hears(const std::string& name, const std::string& ask, logic::facts known) {
    logic::observation out;
    out.name = ask;
    out.member = name;
    out.ok = true;
    out.known = std::move(known);
    seen.put(std::move(out));
  }
  logic::route_view judge(const std::string& name) const {
    return clusters::judge_route(doc, places, route(name), seen);
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string section(const std::string& config, const std::string& heading) {
  const auto begin = config.find("\n" + heading + "\n");
  REQUIRE(begin != std::string::npos);
  return config.substr(begin, config.find("\n\n", begin + 1) - begin);
}

} // namespace

TEST_CASE("the PostgreSQL route follows Patroni's own word, and ends old sessions when it changes") {
  route_world w;
  const auto config = w.config();
  CHECK(has(section(config, "frontend patroni-leader"), "bind 127.0.0.1:5432"));
  const auto servers = section(config, "backend patroni-leader-servers");
  CHECK(has(servers, "uri /primary"));
  for (int i = 1; i <= 3; ++i)
    CHECK(has(servers, "server patroni" + std::to_string(i) + " 127.36.0.2" + std::to_string(i) +
                           ":5432 check port 8008 on-marked-down shutdown-sessions"));
}

TEST_CASE("the Redis route needs the role and a majority of Sentinels, so that two nodes are never up") {
  route_world w;
  const auto config = w.config();
  const auto front = section(config, "frontend redis-master");
  for (int i = 1; i <= 3; ++i) {
    const auto node = "redis" + std::to_string(i);
    CHECK(has(front, "use_backend redis-master-" + node + " if { nbsrv(redis-master-vote-" + node + ") ge 2 }"));
    const auto own = section(config, "backend redis-master-" + node);
    CHECK(has(own, "tcp-check expect binary 24360D0A6D61737465720D0A")); // $6 master
    CHECK(has(own, "on-marked-down shutdown-sessions"));
    const auto vote = section(config, "backend redis-master-vote-" + node);
    CHECK(has(vote, "redis-sentinel3"));
    CHECK_FALSE(has(vote, "QUIT")); // a Sentinel knows no such command
  }
}

TEST_CASE("the checks of an encrypted Redis are encrypted, and trust the environment's authority alone") {
  route_world w;
  CHECK_FALSE(has(w.config(), "check-ssl"));
  for (auto& cluster : w.doc.clusters)
    cluster.tls = true;
  const auto trust =
      " check check-ssl verify required ca-file " + w.places.members.at("haproxy").config_dir + "/ca.crt";
  CHECK(has(w.config(), "server redis2 127.36.0.32:6380" + trust + " on-marked-down shutdown-sessions\n"));
  CHECK(has(w.config(), "server redis-sentinel3 127.36.0.43:26379" + trust + "\n"));
  CHECK(w.file("ca.crt") == "the authority");
  CHECK(has(w.file("servers.state"), "redis-master-redis2 1 redis2 127.36.0.32 0 0 1 1 1 6 2 0 6 0 0 0 - 6380 "));
}

TEST_CASE("the configuration is private, though nothing in it is secret") {
  route_world w;
  for (const auto& spec : clusters::render_routes(w.doc, w.places, "the authority"))
    for (const auto& file : spec.files)
      CHECK((file.mode & 0077U) == 0);
}

TEST_CASE("every server begins down, until a check says otherwise") {
  route_world w;
  const auto state = w.file("servers.state");
  CHECK(has(state, "patroni-leader-servers 1 patroni1 127.36.0.21 0 0 "));
  CHECK(has(state, "redis-master-vote-redis3 3 redis-sentinel3 127.36.0.43 0 0 "));
}

TEST_CASE("a route is ready when the right member answers through it") {
  route_world w;
  CHECK(w.judge("patroni-leader").state == "unready");
  w.hears("patroni-leader", "route.postgres", {{"role", "leader"}, {"address", "127.36.0.22"}});
  CHECK(w.judge("patroni-leader").state == "ready");
  CHECK(w.judge("patroni-leader").target == "patroni2");
  w.hears("patroni-leader", "route.postgres", {{"role", "replica"}, {"address", "127.36.0.22"}});
  CHECK(w.judge("patroni-leader").state == "unready");
  w.hears("patroni-leader", "route.postgres", {{"role", "leader"}, {"address", "10.0.0.9"}});
  CHECK(w.judge("patroni-leader").state == "unready");
  CHECK(w.judge("patroni-leader").target.empty());
}

TEST_CASE("the Redis route needs both of its answers") {
  route_world w;
  w.hears("redis-master", "route.redis.role", {{"role", "master"}});
  CHECK(w.judge("redis-master").state == "unready");
  w.hears("redis-master", "route.redis.address", {{"address", "127.36.0.31"}});
  CHECK(w.judge("redis-master").state == "ready");
  CHECK(w.judge("redis-master").target == "redis1");
  w.hears("redis-master", "route.redis.role", {{"role", "replica"}});
  CHECK(w.judge("redis-master").state == "unready");
}

TEST_CASE("answers through a route are taken as they come, also when nothing is in them") {
  route_world w;
  for (const auto* name : {"patroni-leader", "redis-master"})
    for (const auto& ask : clusters::route_asks(w.doc, w.places, w.secrets, w.route(name))) {
      CHECK(ask.address == "127.0.0.1");
      logic::answer answer;
      CHECK(clusters::interpret_route(ask, answer).empty());
      answer.ok = true;
      CHECK_NOTHROW(clusters::interpret_route(ask, answer));
      answer.rows = {{}, {}};
      CHECK_NOTHROW(clusters::interpret_route(ask, answer));
    }
}
