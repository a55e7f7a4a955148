#include "bin/plan_view.hpp"

#include "bin/assembly.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>

using namespace paws;
using namespace paws::bin;

namespace {

prepared in_containers() {
  auto loaded = topology::load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml");
  REQUIRE(loaded.ok());
  prepared out;
  assembly_input input;
  input.document = loaded.doc;
  input.places = topology::place_on_containers(loaded.doc, {{"infra", "172.31.4.0/24"}, {"bridge", "172.31.5.0/24"}});
  input.environment = loaded.doc.name;
  input.runtime = "podman";
  input.active = topology::active_members(loaded.doc, {});
  auto made = assemble(input);
  REQUIRE(std::holds_alternative<logic::environment_plan>(made));
  out.plan = std::get<logic::environment_plan>(std::move(made));
  out.document = std::move(loaded.doc);
  out.runtime = {"podman", "podman 4.3.1", "first of runtime.prefer that can be used here", {"docker: none"}, {}};
  out.networks = {{"bridge", {"172.31.5.0/24", "172.31.5.1", true}}, {"infra", {"172.31.4.0/24", "172.31.4.1", false}}};
  return out;
}

} // namespace

TEST_CASE("a plan in containers names networks, addresses, published ports and volumes") {
  const auto plan = plan_document(in_containers());
  CHECK(plan["runtime"]["name"] == "podman");
  REQUIRE(plan["networks"].size() == 2);
  CHECK(plan["networks"][1]["network"] == "paws360_infra");
  CHECK(plan["networks"][1]["subnet"] == "172.31.4.0/24");
  CHECK(plan["networks"][0]["exists"] == true);
  std::map<std::string, nlohmann::json> members;
  for (const auto& layer : plan["layers"])
    for (const auto& entry : layer)
      for (const auto& member : entry["members"])
        members[member["name"]] = member;
  REQUIRE(members.size() == 13);
  CHECK(members["redis1"]["address"] == "172.31.5.31");
  CHECK(members["redis1"]["networks"] == nlohmann::json{{"bridge", "172.31.5.31"}, {"infra", "172.31.4.31"}});
  CHECK(members["redis1"]["volumes"] == nlohmann::json{"paws360_redis1_files", "paws360_redis1_data"});
  CHECK(members["redis1"]["container"] == "paws360-redis1");
  CHECK(members["redis1"]["published"].empty());
  CHECK(members["haproxy"]["published"][0]["port"] == 5432);
  const auto text = plan_text(plan, 100);
  for (const auto* part :
       {"runtime podman, podman 4.3.1: first of", "not docker: none", "paws360_infra  172.31.4.0/24, to be made",
        "paws360-haproxy  from paws360/haproxy:bookworm,", "127.0.0.1:5432 to its port 5432", "paws360_etcd1_data"}) {
    INFO(part << " in\n" << text);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("a plan without containers has none of that") {
  auto from = in_containers();
  from.networks.clear();
  from.runtime = {"process", "processes of this machine", "named by --runtime", {}, {}};
  for (auto& service : from.plan.services)
    service.spec.networks.clear();
  const auto plan = plan_document(from);
  CHECK_FALSE(plan["layers"][0][0]["members"][0].contains("container"));
  CHECK(plan_text(plan, 100).find("containers\n") == std::string::npos);
}
