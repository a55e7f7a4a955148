#include "logic/environment_rules.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;
using paws::topology::condition;

namespace {

service_plan member(const std::string& name, const std::string& cluster,
                    std::vector<paws::topology::dependency> depends_on = {}) {
  service_plan out;
  out.spec.name = name;
  out.cluster = cluster;
  out.depends_on = std::move(depends_on);
  return out;
}

cluster_plan group(const std::string& name, std::vector<std::string> members) {
  cluster_plan out;
  out.context.cluster.name = name;
  out.members = std::move(members);
  return out;
}

environment_plan small_plan() {
  environment_plan plan;
  plan.clusters = {group("etcd", {"etcd1", "etcd2"}), group("patroni", {"patroni1"})};
  plan.services = {member("etcd1", "etcd"), member("etcd2", "etcd"),
                   member("patroni1", "patroni", {{"etcd", condition::quorum}}), member("haproxy", ""),
                   member("backend", "", {{"leader", condition::ready}})};
  route_plan route;
  route.route.name = "leader";
  route.route.cluster = "patroni";
  route.service = "haproxy";
  plan.routes = {route};
  return plan;
}

service_views views(const environment_plan& plan, actual_state actual) {
  service_views out;
  for (const auto& service : plan.services) {
    out[service.spec.name].name = service.spec.name;
    out[service.spec.name].cluster = service.cluster;
    out[service.spec.name].desired = desired_state::running;
    out[service.spec.name].actual = actual;
  }
  return out;
}

cluster_views clusters(bool quorum, bool ready) {
  cluster_view view;
  view.quorum = quorum;
  view.ready = ready;
  if (!ready)
    view.awaited = {"something"};
  return {{"etcd", view}, {"patroni", view}};
}

route_views routes(const std::string& state) {
  route_view view;
  view.name = "leader";
  view.state = state;
  return {{"leader", view}};
}

} // namespace

TEST_CASE("ready means everything: every service, every cluster, every route") {
  const auto plan = small_plan();
  const auto all = views(plan, actual_state::ready);
  CHECK(judge_environment(plan, all, clusters(true, true), routes("ready")) == environment_state::ready);
  CHECK(judge_environment(plan, all, clusters(true, false), routes("ready")) == environment_state::degraded);
  CHECK(judge_environment(plan, all, clusters(false, false), routes("ready")) == environment_state::failed);
  CHECK(judge_environment(plan, all, clusters(true, true), routes("unready")) == environment_state::degraded);
}

TEST_CASE("one replica missing is degraded, never ready") {
  const auto plan = small_plan();
  auto some = views(plan, actual_state::ready);
  some["etcd2"].actual = actual_state::exited;
  CHECK(judge_environment(plan, some, clusters(true, true), routes("ready")) == environment_state::degraded);
  some["etcd2"].actual = actual_state::failed;
  CHECK(judge_environment(plan, some, clusters(true, true), routes("ready")) == environment_state::degraded);
  some["backend"].actual = actual_state::failed;
  CHECK(judge_environment(plan, some, clusters(true, true), routes("ready")) == environment_state::failed);
}

TEST_CASE("paused and stopped environments") {
  const auto plan = small_plan();
  CHECK(judge_environment(plan, views(plan, actual_state::paused), clusters(true, true), routes("ready")) ==
        environment_state::paused);
  CHECK(judge_environment(plan, views(plan, actual_state::exited), clusters(false, false), {}) ==
        environment_state::stopped);
  auto one_shot = views(plan, actual_state::ready);
  one_shot["backend"].actual = actual_state::completed;
  CHECK(judge_environment(plan, one_shot, clusters(true, true), routes("ready")) == environment_state::ready);
}

TEST_CASE("dependents stop before what they depend on") {
  const auto plan = small_plan();
  const auto dependents = service_dependents(plan);
  CHECK(dependents.at("etcd1") == std::vector<std::string>{"patroni1"});
  CHECK(dependents.at("patroni1") == std::vector<std::string>{"haproxy"});
  CHECK(dependents.at("haproxy") == std::vector<std::string>{"backend"});
  auto all = views(plan, actual_state::ready);
  const std::vector<std::string> names{"etcd1", "etcd2", "patroni1", "haproxy", "backend"};
  CHECK(stoppable(dependents, all, names) == std::vector<std::string>{"backend"});
  all["backend"].actual = actual_state::stopping;
  CHECK(stoppable(dependents, all, {"etcd1", "etcd2", "patroni1", "haproxy"}).empty());
  all["backend"].actual = actual_state::exited;
  CHECK(stoppable(dependents, all, {"etcd1", "etcd2", "patroni1", "haproxy"}) == std::vector<std::string>{"haproxy"});
  all["haproxy"].actual = actual_state::failed;
  all["patroni1"].actual = actual_state::absent;
  CHECK(stoppable(dependents, all, {"etcd1", "etcd2"}) == std::vector<std::string>{"etcd1", "etcd2"});
}

TEST_CASE("whoever leads stops after the members that follow it") {
  const auto plan = small_plan();
  auto led = clusters(true, true);
  led.begin()->second.leader = "etcd2";
  const auto order = leaders_last(service_dependents(plan), plan, led);
  CHECK(order.at("etcd1") == std::vector<std::string>{"patroni1"});
  CHECK(order.at("etcd2") == std::vector<std::string>{"patroni1", "etcd1"});
  led.begin()->second.leader = "";
  CHECK(leaders_last(service_dependents(plan), plan, led) == service_dependents(plan));
}

TEST_CASE("a leader that others wait for by the plan does not make a circle") {
  const auto plan = small_plan();
  auto led = clusters(true, true);
  led.begin()->second.leader = "etcd2";
  auto dependents = service_dependents(plan);
  dependents["etcd1"].push_back("etcd2"); // etcd2 starts after etcd1, so it stops before it, leader or not
  CHECK(leaders_last(dependents, plan, led) == dependents);
}

TEST_CASE("the root cause is the first failure in dependency order") {
  const auto plan = small_plan();
  auto all = views(plan, actual_state::created);
  CHECK(root_cause(plan, all).empty());
  all["backend"].actual = actual_state::failed;
  CHECK(root_cause(plan, all) == "backend");
  all["etcd2"].actual = actual_state::failed;
  CHECK(root_cause(plan, all) == "etcd2");
}

TEST_CASE("whatever is not ready is named with its reason") {
  const auto plan = small_plan();
  CHECK(not_ready(plan, views(plan, actual_state::ready), clusters(true, true), routes("ready")).empty());
  auto all = views(plan, actual_state::ready);
  all["backend"].actual = actual_state::created;
  all["backend"].waiting_for = {{"leader", "not ready yet", 0}};
  auto unready = routes("unready");
  unready["leader"].why = "no server is up";
  const auto lines = not_ready(plan, all, clusters(true, false), unready);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "etcd: something");
  CHECK(lines[2] == "backend: created, waits for leader (not ready yet)");
  CHECK(lines[3] == "leader: no server is up");
}

TEST_CASE("only what is wanted counts: a cluster nobody asked for keeps nothing from being ready") {
  const auto plan = small_plan();
  auto some = views(plan, actual_state::absent);
  for (auto& [name, view] : some)
    view.desired = desired_state::stopped;
  for (const auto* name : {"etcd1", "etcd2"}) {
    some[name].desired = desired_state::running;
    some[name].actual = actual_state::ready;
  }
  auto seen = clusters(true, true);
  seen["patroni"] = {};
  CHECK(judge_environment(plan, some, seen, routes("unready")) == environment_state::ready);
  CHECK(not_ready(plan, some, seen, routes("unready")).empty());
  some["etcd2"].desired = desired_state::stopped; // of a cluster that is wanted: it is missed
  some["etcd2"].actual = actual_state::exited;
  seen["etcd"].ready = false;
  CHECK(judge_environment(plan, some, seen, routes("unready")) == environment_state::degraded);
}

TEST_CASE("a selection brings what it needs: whole clusters, and what carries routes") {
  const auto plan = small_plan();
  using names = std::vector<std::string>;
  CHECK(services_named(plan, {"etcd"}) == names{"etcd1", "etcd2"});
  CHECK(services_named(plan, {"leader"}) == names{"haproxy"});
  CHECK(with_dependencies(plan, {"etcd1"}) == names{"etcd1", "etcd2"});
  CHECK(with_dependencies(plan, {"patroni1"}) == names{"etcd1", "etcd2", "patroni1"});
  CHECK(with_dependencies(plan, {"backend"}) == names{"etcd1", "etcd2", "patroni1", "haproxy", "backend"});
  CHECK(with_dependents(plan, {"patroni1"}) == names{"patroni1", "haproxy", "backend"});
  CHECK(with_dependents(plan, {"backend"}) == names{"backend"});
  CHECK(unknown_name(plan, {"etcd", "nobody"}) == "nobody");
  CHECK(unknown_name(plan, {"etcd1", "patroni", "leader"}).empty());
}
