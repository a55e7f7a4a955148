#include "logic/drill_plan.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::logic;
using std::chrono::milliseconds;

namespace {

cluster_kind_row row_of(std::string_view name) {
  return {name, "phase", nullptr, nullptr, nullptr, nullptr, nullptr, nullptr};
}

const cluster_kind_row etcd = row_of("etcd"), patroni = row_of("patroni"), redis = row_of("redis-sentinel");

// The shape of the default topology.
struct world {
  world() {
    add(etcd, "etcd", {"etcd1", "etcd2", "etcd3"}, {});
    add(patroni, "patroni", {"patroni1", "patroni2", "patroni3"}, {});
    add(redis, "redis", {"redis1", "redis2", "redis3"}, {"sentinel1", "sentinel2", "sentinel3"});
    views["etcd"].leader = "etcd2";
    views["patroni"].leader = "patroni3";
    views["patroni"].members.resize(2);
    views["patroni"].members[0].name = "patroni3";
    views["patroni"].members[0].role = "leader";
    views["patroni"].members[1].name = "patroni1";
    views["patroni"].members[1].role = "sync_standby";
    views["redis"].leader = "redis1";
    for (const auto& [name, cluster, role] :
         {std::tuple{"patroni-leader", "patroni", "leader"}, std::tuple{"redis-master", "redis", "master"}}) {
      route_plan route;
      route.route.name = name;
      route.route.cluster = cluster;
      route.route.role = role;
      route.asks.resize(1);
      plan.routes.push_back(route);
    }
  }

  void add(const cluster_kind_row& kind, const std::string& name, std::vector<std::string> members,
           std::vector<std::string> sentinels) {
    cluster_plan out;
    out.kind = &kind;
    out.context.cluster.name = name;
    out.context.cluster.members = members;
    out.context.cluster.sentinels = sentinels;
    out.members = members;
    out.members.insert(out.members.end(), sentinels.begin(), sentinels.end());
    for (const auto& member : out.members) {
      service_plan service;
      service.spec.name = member;
      service.cluster = name;
      plan.services.push_back(service);
    }
    plan.clusters.push_back(out);
  }

  drill_plan made(drill_request what) const {
    const auto out = plan_drill(what, plan, views, no_partition);
    if (const auto* why = std::get_if<topology::failure>(&out))
      FAIL(topology::to_string(*why));
    return std::get<drill_plan>(out);
  }
  topology::failure refused(drill_request what) const {
    const auto out = plan_drill(what, plan, views, no_partition);
    REQUIRE(std::holds_alternative<topology::failure>(out));
    return std::get<topology::failure>(out);
  }

  environment_plan plan;
  cluster_views views;
  std::string no_partition;
};

} // namespace

TEST_CASE("A drill breaks whoever plays the part now") {
  const world in;
  const auto leader = in.made({"patroni-leader", "", "", {}, true});
  CHECK(leader.victims == std::vector<std::string>{"patroni3"});
  CHECK(leader.fault == fault_kind::kill);
  CHECK(leader.goal == drill_goal::failover);
  CHECK(leader.route == "patroni-leader");
  CHECK(leader.target == milliseconds{60'000});
  CHECK(in.made({"sync-standby", "", "", {}, true}).victims == std::vector<std::string>{"patroni1"});
  CHECK(in.made({"sentinel-member", "", "", {}, true}).victims == std::vector<std::string>{"sentinel1"});
  const auto master = in.made({"redis-master", "pause", "", {}, true});
  CHECK(master.victims == std::vector<std::string>{"redis1"});
  CHECK(master.route == "redis-master");
  CHECK(master.target == milliseconds{30'000});
}

TEST_CASE("etcd's drills write through PostgreSQL, and a majority is two of three") {
  const world in;
  const auto member = in.made({"etcd-member", "", "", {}, true});
  CHECK(member.victims == std::vector<std::string>{"etcd2"});
  CHECK(member.cluster == "etcd");
  CHECK(member.watched == "patroni");
  CHECK(member.route == "patroni-leader");
  CHECK(member.goal == drill_goal::ride_through);
  const auto quorum = in.made({"etcd-quorum", "", "", {}, true});
  CHECK(quorum.victims.size() == 2);
  CHECK(quorum.goal == drill_goal::refuse);
  // Long enough for the lease to run out and for Patroni to notice: ttl, a loop, and its attempts.
  CHECK(quorum.hold == milliseconds{50'000});
}

TEST_CASE("A fault of PostgreSQL alone need not lead to a failover, and a pause lasts longer than the lease") {
  const world in;
  CHECK(in.made({"patroni-leader", "postmaster-kill", "", {}, true}).goal == drill_goal::settle);
  CHECK(in.made({"patroni-leader", "postmaster-freeze", "", {}, true}).goal == drill_goal::settle);
  const auto pause = in.made({"patroni-leader", "pause", "", {}, true});
  CHECK(pause.hold > in.plan.clusters[1].context.cluster.patroni.ttl);
}

TEST_CASE("Whoever is asked for by name is broken, and must be of the right cluster") {
  const world in;
  CHECK(in.made({"etcd-member", "stop", "etcd3", {}, true}).victims == std::vector<std::string>{"etcd3"});
  CHECK(in.refused({"patroni-leader", "", "etcd1", {}, true}).code == "ERR_CLI_001");
  CHECK(in.refused({"nothing", "", "", {}, true}).remedy.find("etcd-quorum") != std::string::npos);
  CHECK(in.refused({"redis-master", "postmaster-kill", "", {}, true}).remedy.find("pause") != std::string::npos);
  CHECK(in.refused({"backend", "", "", {}, true}).code == "ERR_CLI_001");
  CHECK(in.refused({"patroni-leader", "", "", {"etcd1"}, true}).code == "ERR_CLI_001");
}

TEST_CASE("Nobody is broken when nobody plays the part") {
  world in;
  in.views["patroni"].leader.clear();
  CHECK(in.refused({"patroni-leader", "", "", {}, true}).code == "ERR_ENG_005");
}

TEST_CASE("A partition needs a target, and a runtime that can") {
  world in;
  CHECK(in.refused({"partition", "", "", {}, true}).code == "ERR_CLI_001");
  CHECK(in.made({"partition", "", "patroni3", {}, true}).goal == drill_goal::failover);
  CHECK(in.made({"partition", "", "patroni1", {}, true}).goal == drill_goal::ride_through);
  const auto some = in.made({"partition", "", "patroni3", {"etcd1"}, true});
  CHECK(some.goal == drill_goal::settle);
  CHECK(some.peers == std::vector<std::string>{"etcd1"});
  CHECK(in.refused({"partition", "", "patroni3", {"nobody"}, true}).code == "ERR_CLI_001");
  in.no_partition = "there are no network namespaces";
  CHECK(in.refused({"partition", "", "patroni3", {}, true}).code == "ERR_RUN_003");
}

TEST_CASE("All drills are those that can be: partitions where there are any, the backend when there is one") {
  world in;
  CHECK(every_drill(in.plan, in.views, "").size() == 7);
  CHECK(every_drill(in.plan, in.views, "no").size() == 6);
  service_plan backend;
  backend.spec.name = "backend";
  in.plan.services.push_back(backend);
  CHECK(every_drill(in.plan, in.views, "no").size() == 7);
}
