// Where members live that run in containers.
#include "topology/placement.hpp"
#include "topology/references.hpp"

#include "topology_support.hpp"

#include <catch2/catch.hpp>

using namespace topology_test;

namespace {

const std::map<std::string, std::string> subnets{
    {"infra", "172.31.4.0/24"}, {"bridge", "172.31.5.0/24"}, {"app", "172.31.6.0/24"}, {"default", "172.31.7.0/24"}};

std::vector<std::string> lines(const member_place& place) {
  std::vector<std::string> out;
  for (const auto& [network, address] : place.networks)
    out.push_back(network + " " + address);
  return out;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("a container has the same offset in each of its networks, and its address in the last one") {
  const auto places = place_on_containers(good(default_text()), subnets);
  CHECK(places.containers);
  CHECK(places.members.size() == 13);
  const auto& etcd = places.members.at("etcd2");
  CHECK(etcd.address == "172.31.4.12");
  CHECK(lines(etcd) == list{"infra 172.31.4.12"});
  CHECK(etcd.addresses() == list{"172.31.4.12"});
  CHECK(etcd.config_dir == "/paws/config");
  CHECK(etcd.run_dir == "/paws/run");
  CHECK(etcd.data_dir == "/data/member");
  const auto& redis = places.members.at("redis1");
  CHECK(redis.address == "172.31.5.31");
  CHECK(lines(redis) == list{"bridge 172.31.5.31", "infra 172.31.4.31"});
  CHECK(redis.addresses() == list{"172.31.5.31", "172.31.4.31"});
}

TEST_CASE("the carrier joins the networks of its routes and of their clusters") {
  const auto lonely = with(default_text(),
                           "patroni-leader: { cluster: patroni, role: leader, port: 5432, publish: 5432, "
                           "networks: [infra, bridge] }",
                           "patroni-leader: { cluster: patroni, role: leader, port: 5432, networks: [app] }");
  const auto text = with(lonely, "publish: 6379, networks: [infra, bridge]", "publish: 6379");
  const auto places = place_on_containers(good(text), subnets);
  CHECK(lines(places.members.at("haproxy")) == list{"bridge 172.31.5.51", "app 172.31.6.51", "infra 172.31.4.51"});
  CHECK(joined_networks(good(text)) == list{"infra", "app", "bridge"});
  CHECK(joined_networks(good(default_text())) == list{"infra", "bridge"});
}

TEST_CASE("containers find the engine at the gateway of the network of whoever asks for it, if anybody does") {
  const std::string head = "name: x\nversion: 1\nnetworks: { app: {}, infra: {} }\n";
  const std::string services = "services:\n  a: { image: b }\n  c: { image: d, networks: [infra, app], environment: { "
                               "E: \"${control:listen}\" } }\n";
  const std::string listener = "control: { listen: 127.0.0.1:7360 }\n";
  const auto doc = good(head + services + listener);
  const auto places = place_on_containers(doc, subnets);
  CHECK(places.control_address == "172.31.6.1");
  CHECK(std::get<std::string>(expand("${control:listen}", doc, places, {})) == "172.31.6.1:7360");
  CHECK(place_on_process(doc).control_address == "127.0.0.1");
  const auto literal = with(services, "${control:", "$${control:"); // a reference to nothing
  CHECK(place_on_containers(good(head + literal + listener), subnets).control_address.empty());
  CHECK(
      place_on_containers(good(head + "services: { a: { image: b } }\n" + listener), subnets).control_address.empty());
}

TEST_CASE("who names no network joins the default one") {
  const auto doc = good("name: x\nversion: 1\nservices: { a: { image: b }, c: { process: { command: [d] } } }\n");
  CHECK(joined_networks(doc) == list{"default"});
  CHECK(lines(place_on_containers(doc, subnets).members.at("c")) == list{"default 172.31.7.12"});
  CHECK(container_problems(doc, {}) == list{"/project/config/t.yaml:3:30: `c` needs an `image` to run in a container"});
}

TEST_CASE("what keeps a topology from running in containers is said with its place") {
  CHECK(container_problems(good(default_text()), {}).empty());
  const auto bare = good(with(default_text(), "    image: paws360/etcd:bookworm\n", ""));
  REQUIRE(container_problems(bare, {}).size() == 1);
  CHECK(container_problems(bare, {})[0].ends_with(": `etcd` needs an `image` to run in a container"));
  const auto apart = good(with(default_text(), "networks: [infra]\n    depends", "networks: [app]\n    depends"));
  REQUIRE(container_problems(apart, {}).size() == 1);
  CHECK(
      container_problems(apart, {})[0].ends_with(": `patroni` cannot reach `etcd`: it must join its network `infra`"));
  auto profiled =
      std::string{"name: x\nversion: 1\nservices: { a: { process: { command: [b] }, profiles: [later] } }\n"};
  CHECK(container_problems(good(profiled), {}).empty());
  CHECK(container_problems(good(profiled), {"later"}).size() == 1);
}
