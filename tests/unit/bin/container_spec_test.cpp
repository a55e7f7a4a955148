// From a topology to specs of containers, as the plan has them.
#include "bin/assembly.hpp"
#include "topology/loader.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace paws;

namespace {

constexpr const char* with_backend = R"(
services:
  backend:
    image: paws360/backend:dev
    platform: linux/arm64
    process: { command: [run, "${address:etcd1}"] }
    networks: [app, bridge]
    mounts:
      - { source: conf, target: /etc/app }
      - { volume: uploads, target: /uploads, mode: rw }
    depends_on: { patroni-leader: ready }
    environment: { URL: "postgresql://${route:patroni-leader}/x", SENTINELS: "${sentinels:redis}" }
    secrets: { PASSWORD: POSTGRES_APP_PASSWORD }
    publish: { http: 8080 }
    probe: { http: { port: http } }
)";

struct assembled {
  bin::assembly_input input;
  logic::environment_plan plan;

  explicit assembled(bool containers, const std::string& without = "") {
    auto base = topology::load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml");
    REQUIRE(base.ok());
    input.document = base.doc;
    input.document.services = parsed(without);
    input.places = containers ? topology::place_on_containers(
                                    input.document,
                                    {{"infra", "172.31.4.0/24"}, {"bridge", "172.31.5.0/24"}, {"app", "172.31.6.0/24"}})
                              : topology::place_on_process(input.document);
    input.secrets = {{"POSTGRES_APP_PASSWORD", "hush"}};
    input.active = topology::active_members(input.document, {});
    input.environment = "mine";
    input.runtime = containers ? "podman" : "process";
  }
  // The service alone, read from the file that has everything it names.
  static std::vector<topology::service> parsed(const std::string& without) {
    std::string text = with_backend;
    if (const auto at = text.find(without); !without.empty() && at != std::string::npos)
      text.erase(at, text.find('\n', at) - at);
    const auto loaded = topology::load_topology_text(
        "name: x\nversion: 1\nnetworks: { infra: {}, app: {}, bridge: {} }\n"
        "secrets: { generate: [POSTGRES_APP_PASSWORD] }\n"
        "clusters:\n"
        "  etcd: { kind: etcd, members: [etcd1] }\n"
        "  patroni: { kind: patroni, members: [p1, p2], depends_on: { etcd: quorum } }\n"
        "  redis: { kind: redis-sentinel, members: [r1, r2, r3], sentinels: [s1, s2, s3] }\n"
        "routing: { kind: haproxy }\n"
        "routes: { patroni-leader: { cluster: patroni, role: leader, port: 5432 } }\n" +
            text,
        "/project/t.yaml");
    for (const auto& problem : loaded.problems)
      FAIL(to_string(problem));
    return loaded.doc.services;
  }
  const logic::member_spec& spec(const std::string& name) {
    auto made = bin::assemble(input);
    REQUIRE(std::holds_alternative<logic::environment_plan>(made));
    plan = std::get<logic::environment_plan>(std::move(made));
    const auto at = std::find_if(plan.services.begin(), plan.services.end(),
                                 [&](const auto& each) { return each.spec.name == name; });
    REQUIRE(at != plan.services.end());
    return at->spec;
  }
};

} // namespace

TEST_CASE("a service in a container: its image's own command, networks, ports, mounts, platform, a user of its own") {
  assembled world{true};
  const auto& spec = world.spec("backend");
  CHECK(spec.command.empty());
  CHECK(spec.working_directory.empty());
  CHECK(spec.image == "paws360/backend:dev");
  CHECK(spec.platform == "linux/arm64");
  CHECK(spec.uid == 2005);
  REQUIRE(spec.networks.size() == 2);
  CHECK(spec.networks[0].network == "bridge");
  CHECK(spec.networks[0].address == spec.address);
  REQUIRE(spec.published.size() == 1);
  CHECK(spec.published[0].host_port == 8080);
  CHECK(spec.published[0].port == 8080);
  REQUIRE(spec.mounts.size() == 2);
  CHECK(spec.mounts[0].source == "/project/conf");
  CHECK(spec.mounts[0].read_only);
  CHECK(spec.mounts[1].volume == "uploads");
  CHECK_FALSE(spec.mounts[1].read_only);
  CHECK(spec.variables.at("URL") == "postgresql://patroni-leader:5432/x");
  CHECK(spec.variables.at("SENTINELS") == "redis-sentinel1:26379,redis-sentinel2:26379,redis-sentinel3:26379");
  CHECK(spec.variables.at("PASSWORD_FILE") == "/paws/config/PASSWORD");
  for (const auto& [name, value] : spec.variables)
    CHECK(value.find("hush") == std::string::npos);
  CHECK(world.plan.log_hint("backend") == "podman logs --tail 50 mine-backend");
}

TEST_CASE("daemons in containers have the users of their images, and the carrier its routes' names and ports") {
  assembled world{true};
  CHECK(world.spec("etcd1").uid == 2001);
  CHECK(world.spec("patroni1").uid == 2002);
  CHECK(world.spec("redis1").uid == 2003);
  CHECK(world.spec("redis-sentinel1").uid == 2003);
  const auto& carrier = world.spec("haproxy");
  CHECK(carrier.uid == 2004);
  CHECK(carrier.aliases == std::vector<std::string>{"patroni-leader", "redis-master"});
  REQUIRE(carrier.published.size() == 2);
  CHECK(carrier.published[0].host_port == 5432);
  CHECK(carrier.networks.size() == 2);
  CHECK(world.spec("etcd1").published.empty());
}

TEST_CASE("without containers a service needs a command of its own") {
  assembled world{false};
  CHECK(world.spec("backend").command == std::vector<std::string>{"run", "127.36.0.11"});
  CHECK(world.spec("backend").networks.empty());
  assembled bare{false, "    process:"};
  const auto made = bin::assemble(bare.input);
  REQUIRE(std::holds_alternative<topology::failure>(made));
  CHECK(std::get<topology::failure>(made).code == "ERR_TOPO_001");
  CHECK(std::get<topology::failure>(made).message.find("/project/t.yaml:") == 0);
}
