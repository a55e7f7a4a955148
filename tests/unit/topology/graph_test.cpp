#include "topology/graph.hpp"

#include "topology/placement.hpp"
#include "topology_support.hpp"

#include <catch2/catch.hpp>
#include <set>

using namespace topology_test;

namespace {

using names = std::vector<std::string>;
using groups = std::vector<names>;

const std::string two_services = "  api:\n    process: { command: [api] }\n"
                                 "    depends_on: { patroni-leader: ready, redis-master: ready }\n"
                                 "  web:\n    process: { command: [web] }\n    depends_on: { api: started }\n";

} // namespace

TEST_CASE("the default environment starts in layers: nobody waits for more than it must") {
  CHECK(layers(dependency_graph(good(default_text()))) ==
        groups{{"etcd", "redis", "haproxy"}, {"patroni", "redis-master"}, {"patroni-leader"}});
}

TEST_CASE("services that are added take their place by what they depend on") {
  CHECK(layers(dependency_graph(good(with_services(two_services)))) ==
        groups{{"etcd", "redis", "haproxy"}, {"patroni", "redis-master"}, {"patroni-leader"}, {"api"}, {"web"}});
}

TEST_CASE("one dependency more changes the order, in the file alone") {
  const auto doc = good(with(with_services(two_services + "  seed:\n    process: { command: [seed] }\n"
                                                          "    goal: completed\n"),
                             "redis-master: ready }", "redis-master: ready, seed: completed }"));
  CHECK(
      layers(dependency_graph(doc)) ==
      groups{{"etcd", "redis", "haproxy", "seed"}, {"patroni", "redis-master"}, {"patroni-leader"}, {"api"}, {"web"}});
  const auto waits = good(with(with_services(two_services), "redis:\n    kind: redis-sentinel\n",
                               "redis:\n    kind: redis-sentinel\n    depends_on: { patroni: ready }\n"));
  CHECK(layers(dependency_graph(waits)) ==
        groups{{"etcd", "haproxy"}, {"patroni"}, {"redis", "patroni-leader"}, {"redis-master"}, {"api"}, {"web"}});
}

TEST_CASE("a service is in the graph when one of its profiles is active, or when it has none") {
  const auto doc = good(data_text("full.yaml"));
  const auto has = [&](const names& profiles, const std::string& name) {
    const auto graph = dependency_graph(doc, profiles);
    return std::ranges::find(graph, name, &graph_node::name) != graph.end();
  };
  CHECK(has({}, "migration"));
  CHECK_FALSE(has({}, "backend"));
  CHECK(has({"all"}, "backend"));
  CHECK_FALSE(has({"all"}, "frontend"));
  CHECK(has({"apps"}, "frontend"));
  CHECK(inactive_dependencies(doc, {"apps"}).empty());
  CHECK(inactive_dependencies(doc, {}).empty());
  CHECK(active_members(doc, {}).size() + 2 == active_members(doc, {"apps"}).size());
}

TEST_CASE("cycles are found, each whole, what stands behind them is in no layer") {
  const std::vector<graph_node> graph = {{"a", {{"b"}}}, {"b", {{"c"}}}, {"c", {{"a"}}},     {"d", {{"c"}}},
                                         {"e", {}},      {"f", {{"f"}}}, {"g", {{"nobody"}}}};
  CHECK(find_cycles(graph) == groups{{"a", "b", "c", "a"}, {"f", "f"}});
  CHECK(layers(graph) == groups{{"e", "g"}});
  CHECK(arrow_path({"a", "b", "a"}) == "a -> b -> a");
  CHECK(transitive_dependencies(graph, "d") == names{"a", "b", "c"});
  CHECK(transitive_dependencies(graph, "a") == names{"b", "c"});
  CHECK(transitive_dependencies(graph, "g") == names{"nobody"});
  CHECK(transitive_dependencies(graph, "unknown").empty());
  CHECK(find_cycles({}).empty());
}

TEST_CASE("a diamond is no cycle") {
  const std::vector<graph_node> graph = {{"a", {}}, {"b", {{"a"}}}, {"c", {{"a"}}}, {"d", {{"b"}, {"c"}, {"a"}}}};
  CHECK(find_cycles(graph).empty());
  CHECK(layers(graph) == groups{{"a"}, {"b", "c"}, {"d"}});
}

TEST_CASE("a graph in which everybody waits for everybody before is not walked path by path") {
  std::vector<graph_node> graph;
  for (int i = 0; i < 300; ++i) {
    graph.push_back({"n" + std::to_string(i), {}});
    for (int j = 0; j < i; ++j)
      graph.back().depends_on.push_back({"n" + std::to_string(j)});
  }
  CHECK(find_cycles(graph).empty()); // 2^298 paths
  CHECK(layers(graph).size() == 300);
}

TEST_CASE("addresses tell the group: every cluster at the next ten") {
  const auto addresses = process_addresses(good(with_services(two_services)));
  CHECK(addresses.at("etcd1") == "127.36.0.11");
  CHECK(addresses.at("etcd3") == "127.36.0.13");
  CHECK(addresses.at("patroni1") == "127.36.0.21");
  CHECK(addresses.at("redis1") == "127.36.0.31");
  CHECK(addresses.at("redis-sentinel3") == "127.36.0.43");
  CHECK(addresses.at("haproxy") == "127.36.0.51");
  CHECK(addresses.at("api") == "127.36.0.61");
  CHECK(addresses.at("web") == "127.36.0.62");
  CHECK(addresses.size() == 15);
}

TEST_CASE("addresses are distinct, inside of the subnet, and never its last, a full subnet is refused") {
  std::string block;
  for (int i = 0; i < 193; ++i)
    block += "  s" + std::to_string(i) + ": { process: { command: [run] } }\n";
  const auto fits = [&](int services) {
    auto text = block;
    for (int i = 193; i < services; ++i)
      text += "  s" + std::to_string(i) + ": { process: { command: [run] } }\n";
    return with_services(text);
  };
  const auto doc = good(fits(194));
  std::set<std::string> distinct;
  for (const auto& [name, address] : process_addresses(doc)) {
    distinct.insert(address);
    CHECK(address.starts_with("127.36.0."));
    CHECK(address != "127.36.0.255");
  }
  CHECK(distinct.size() == 13 + 194);
  CHECK(distinct.contains("127.36.0.254"));
  check_refused(fits(195), "subnet: 127.36.0.0/24", "is too small");
}

TEST_CASE("every member has directories of its own below the environment") {
  const auto doc = good(default_text());
  const auto places = place_on_process(doc);
  CHECK(places.environment_dir == "/project/.local/env/paws360");
  const auto& one = places.members.at("redis-sentinel2");
  CHECK(one.cluster == "redis");
  CHECK(one.address == "127.36.0.42");
  CHECK(one.config_dir == "/project/.local/env/paws360/members/redis-sentinel2/config");
  CHECK(one.data_dir == "/project/.local/env/paws360/members/redis-sentinel2/data");
  CHECK(one.run_dir == "/project/.local/env/paws360/members/redis-sentinel2/run");
  CHECK(places.members.at("haproxy").cluster.empty());
  CHECK(places.members.size() == 13);
}
