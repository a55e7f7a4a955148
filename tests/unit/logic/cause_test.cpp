#include "logic/cause.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;

namespace {

// Two clusters, the second behind the first, neither ready.
struct world {
  environment_plan plan;
  service_views services;
  cluster_views clusters;

  world() {
    for (const auto* name : {"etcd", "patroni"}) {
      cluster_plan cluster;
      cluster.context.cluster.name = name;
      cluster.members = {std::string{name} + "1"};
      plan.clusters.push_back(cluster);
      service_plan member;
      member.spec.name = std::string{name} + "1";
      member.cluster = name;
      services[member.spec.name].desired = desired_state::running;
      plan.services.push_back(member);
      clusters[name].checks = {{"members", check_status::fail, "0/1", 0, "no code at all"}};
    }
  }
  void fails(const std::string& cluster, const std::string& error) {
    clusters[cluster].checks.push_back({"x", check_status::fail, "", 0, error});
  }
  std::string cause() const { return first_cause(plan, services, clusters); }
};

} // namespace

TEST_CASE("the cause is the code of the first cluster that is not ready") {
  world w;
  CHECK(w.cause().empty());
  w.fails("patroni", "[PATRONI] ERR_PATRONI_001: no member leads | look");
  CHECK(w.cause().empty()); // it waits for etcd, which says nothing of the kind
  w.fails("etcd", "[ETCD] ERR_ETCD_001: no majority | look");
  CHECK(w.cause() == "[ETCD] ERR_ETCD_001: no majority | look");
  w.clusters["etcd"].ready = true;
  CHECK(w.cause() == "[PATRONI] ERR_PATRONI_001: no member leads | look");
  w.services["patroni1"].desired = desired_state::stopped;
  CHECK(w.cause().empty());
}

TEST_CASE("a route behind which nobody answers says so with its code") {
  route_view route{"patroni-leader", "127.0.0.1", 5432, "", "unready", "connection refused"};
  CHECK(flaw_of(route) == "[NETWORK] ERR_NET_002: the route patroni-leader at 127.0.0.1:5432 cannot be reached: "
                          "connection refused | see what runs: paws-engine ctl status");
  route.target = "patroni2";
  route.why = "leads to patroni2, which is no leader";
  CHECK(flaw_of(route) == "leads to patroni2, which is no leader");
  route.state = "ready";
  CHECK(flaw_of(route).empty());
}
