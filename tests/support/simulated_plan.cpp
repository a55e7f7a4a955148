// The simulated stack as a plan: who belongs to whom, which kits drills use, and a readiness that follows from one
// question to each member.
#include "clusters/drill_kits.hpp"
#include "tests/support/simulated_stack.hpp"

#include <algorithm>

namespace paws::testing {

namespace {

using namespace logic;
using topology::condition;

std::vector<member_spec> nothing_rendered(const cluster_context&) {
  return {};
}

std::vector<topology::dependency> nothing_inner(const cluster_context&, const std::string&) {
  return {};
}

start_advice always(const cluster_context&, const observation_table&, const std::string&) {
  return {};
}

ask health_ask(const std::string& member) {
  ask out;
  out.name = "sim.health";
  out.member = out.address = member;
  out.fast_interval = milliseconds{200};
  out.timeout = milliseconds{1000};
  return out;
}

std::vector<ask> asks_of(const cluster_context&, const std::string& member) {
  return {health_ask(member)};
}

facts interpret(const ask&, const answer& got) {
  facts out;
  for (const auto& row : got.rows)
    if (row.size() == 2)
      out[row[0]] = row[1];
  return out;
}

cluster_view judge(const cluster_context& context, const observation_table& seen, steady_time) {
  cluster_view out;
  auto all = context.cluster.members;
  all.insert(all.end(), context.cluster.sentinels.begin(), context.cluster.sentinels.end());
  std::size_t well = 0, leaders = 0;
  bool registered = context.cluster.kind != topology::cluster_kind::patroni;
  for (const auto& name : all) {
    const auto* found = seen.find(name, "sim.health");
    const auto fact = [&](const char* key) {
      if (found == nullptr || !found->ok)
        return std::string{};
      const auto at = found->known.find(key);
      return at == found->known.end() ? std::string{} : at->second;
    };
    const auto role = fact("role");
    const bool healthy = fact("healthy") == "true";
    out.members.push_back({name, role, healthy, healthy ? "up" : "down", healthy ? "" : "is not well", -1});
    if (healthy && (role == "leader" || role == "master")) {
      ++leaders;
      out.leader = name;
    }
    registered = registered || role == "sync_standby" || fact("asynchronous") == "true";
    well += healthy ? 1U : 0U;
    if (!healthy)
      out.awaited.push_back(name + " is not well");
  }
  if (!registered)
    out.awaited.emplace_back("no synchronous standby is registered");
  if (leaders > 1) { // one of them was asked some time ago
    out.leader.clear();
    out.awaited.emplace_back("two claim to lead");
  }
  out.quorum = !out.leader.empty() && well > all.size() / 2;
  out.ready = out.replicating = !out.leader.empty() && registered && well == all.size();
  out.status = out.ready    ? component_status::healthy
               : out.quorum ? component_status::degraded
                            : component_status::unhealthy;
  out.checks = {{"members", out.ready ? check_status::pass : check_status::fail, "", 0, ""}};
  return out;
}

cluster_kind_row row_of(const char* name, const char* phase, const drill_kit& drills) {
  return {name,   phase,   nothing_rendered, nothing_inner, asks_of, interpret, judge,
          always, nullptr, nullptr,          nullptr,       nullptr, &drills};
}

const cluster_kind_row& kind_of(topology::cluster_kind kind) {
  static const auto etcd = row_of("etcd", "etcd_formation", clusters::etcd::drills);
  static const auto patroni = row_of("patroni", "patroni_initialization", clusters::patroni::drills);
  static const auto redis = row_of("redis-sentinel", "redis_setup", clusters::redis::drills);
  return kind == topology::cluster_kind::etcd ? etcd : kind == topology::cluster_kind::patroni ? patroni : redis;
}

service_plan service_of(const std::string& name, const std::string& cluster,
                        std::vector<topology::dependency> depends_on) {
  service_plan out;
  out.spec.name = out.spec.address = name;
  out.cluster = cluster;
  out.depends_on = std::move(depends_on);
  out.asks = {health_ask(name)};
  out.interpret = interpret;
  return out;
}

void add_cluster(environment_plan& plan, const char* name, topology::cluster_kind kind, const sim_rules& rules,
                 const std::vector<std::string>& members, const std::vector<std::string>& sentinels,
                 const std::vector<topology::dependency>& depends_on) {
  cluster_plan out;
  out.kind = &kind_of(kind);
  auto& cluster = out.context.cluster;
  cluster.name = name;
  cluster.kind = kind;
  cluster.members = out.members = members;
  cluster.sentinels = sentinels;
  out.members.insert(out.members.end(), sentinels.begin(), sentinels.end());
  cluster.patroni = rules.patroni;
  cluster.redis = rules.redis;
  for (const auto& member : out.members) {
    out.context.places.members[member] = {member, name, member, "/config", "/data", "/run"};
    plan.services.push_back(service_of(member, name, depends_on));
  }
  plan.order.emplace_back(name);
  plan.clusters.push_back(std::move(out));
}

void add_route(environment_plan& plan, const char* name, const char* cluster, const char* role, channel by) {
  route_plan out;
  out.route.name = name;
  out.route.cluster = cluster;
  out.route.role = role;
  out.service = "haproxy";
  auto question = health_ask(name);
  question.command = {"ROLE"};
  out.asks = {question};
  out.interpret = interpret;
  out.judge = [name = std::string{name}](const observation_table& seen) {
    route_view view;
    view.name = name;
    const auto* found = seen.find(name, "sim.health");
    const bool leads = found != nullptr && found->ok && found->known.contains("target");
    view.target = leads ? found->known.at("target") : "";
    view.state = leads ? "ready" : "unready";
    view.why = leads ? "" : "leads nowhere";
    return view;
  };
  out.asks.front().channel = by;
  plan.order.emplace_back(name);
  plan.routes.push_back(std::move(out));
}

} // namespace

environment_plan simulated_plan(const sim_rules& rules) {
  using kind = topology::cluster_kind;
  environment_plan plan;
  plan.environment = "simulated";
  plan.runtime = "fake";
  plan.budgets.failover = rules.budget;
  add_cluster(plan, "etcd", kind::etcd, rules, {"etcd1", "etcd2", "etcd3"}, {}, {});
  add_cluster(plan, "patroni", kind::patroni, rules, {"patroni1", "patroni2", "patroni3"}, {},
              {{"etcd", condition::quorum}});
  add_cluster(plan, "redis", kind::redis_sentinel, rules, {"redis1", "redis2", "redis3"},
              {"sentinel1", "sentinel2", "sentinel3"}, {});
  plan.services.push_back(service_of("haproxy", "", {}));
  plan.order.emplace_back("haproxy");
  add_route(plan, "postgres", "patroni", "leader", channel::postgres);
  add_route(plan, "redis-master", "redis", "master", channel::redis);
  plan.services.push_back(
      service_of("backend", "", {{"postgres", condition::ready}, {"redis-master", condition::ready}}));
  plan.order.emplace_back("backend");
  return plan;
}

} // namespace paws::testing
