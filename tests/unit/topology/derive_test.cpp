// A topology of a run says what the one it was made from says, but for what differs.
#include "topology/derive.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

using namespace paws::topology;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const std::string default_file = PAWS_SOURCE_DIR "/config/paws360.yaml";

document derived_from(const std::string& text, const derivation& changes) {
  const auto made = derive_topology(text, "/project/t.yaml", changes);
  REQUIRE(std::holds_alternative<std::string>(made));
  const auto loaded = load_topology_text(std::get<std::string>(made), "/run/topology.yaml");
  INFO(std::get<std::string>(made));
  for (const auto& problem : loaded.problems)
    UNSCOPED_INFO(to_string(problem));
  REQUIRE(loaded.ok());
  return loaded.doc;
}

} // namespace

TEST_CASE("the default topology under another name keeps all that it says") {
  const auto doc = derived_from(text_of(default_file), {"paws360-abc123",
                                                        ".",
                                                        "/project",
                                                        "127.77.3.0/24",
                                                        "own.env",
                                                        {{"patroni-leader", 15'001}, {"redis-master", 15'002}},
                                                        {{"backend", {{"http", 15'003}}}},
                                                        15'004});
  const auto before = load_topology(default_file).doc;
  CHECK(doc.name == "paws360-abc123");
  CHECK(doc.root == "/run");
  CHECK(doc.control.port == 15'004);
  CHECK(doc.control.profiles == before.control.profiles);
  CHECK(doc.process_subnet == "127.77.3.0/24");
  CHECK(doc.secrets.file == "own.env");
  CHECK(doc.secrets.generate == before.secrets.generate);
  CHECK(doc.runtime_prefer == before.runtime_prefer);
  REQUIRE(doc.routes.size() == 2);
  CHECK(doc.routes[0].publish == 15'001);
  CHECK(doc.routes[0].port == before.routes[0].port);
  CHECK(doc.routes[1].publish == 15'002);
  CHECK(doc.services.at(0).publish.at("http") == 15'003);
  CHECK(doc.services.at(1).publish == before.services.at(1).publish);
  REQUIRE(doc.clusters.size() == before.clusters.size());
  for (std::size_t i = 0; i < doc.clusters.size(); ++i) {
    CHECK(doc.clusters[i].members == before.clusters[i].members);
    CHECK(doc.clusters[i].image == before.clusters[i].image);
    CHECK(doc.clusters[i].tls == before.clusters[i].tls);
    CHECK(doc.clusters[i].resources.cpus == before.clusters[i].resources.cpus);
    CHECK(doc.clusters[i].resources.memory_bytes == before.clusters[i].resources.memory_bytes);
  }
  CHECK(doc.budgets.failover.total == before.budgets.failover.total);
}

TEST_CASE("services keep their words and their paths start where they did") {
  const auto doc = derived_from("name: a\nversion: 1\ncontrol: { listen: 127.0.0.1:7360 }\nservices:\n  web:\n"
                                "    image: x\n    process: { command: [run, \"a \\\"b\\\" \\\\ c: #d\", '1', \"\"], "
                                "directory: apps/web }\n"
                                "    environment: { LONG: \"one\\ntwo\\tthree\", EMPTY: '', YES: 'true' }\n"
                                "    mounts: [{ source: apps/data, target: /stuff }]\n",
                                {"b", ".", "/project", "", "", {}});
  CHECK(doc.control.port == 0); // it got no other
  REQUIRE(doc.services.size() == 1);
  CHECK(doc.services[0].command == std::vector<std::string>{"run", "a \"b\" \\ c: #d", "1", ""});
  CHECK(doc.services[0].environment.at("LONG") == "one\ntwo\tthree");
  CHECK(doc.services[0].environment.at("EMPTY").empty());
  CHECK(doc.services[0].environment.at("YES") == "true");
  CHECK(doc.services[0].directory == "/project/apps/web");
  CHECK(doc.services[0].mounts[0].source == "/project/apps/data");
  CHECK(doc.root == "/run");
  CHECK(doc.process_subnet == "127.36.0.0/24");
}

TEST_CASE("what is no YAML is refused with its path") {
  const auto made = derive_topology("a: [", "/project/t.yaml", {});
  REQUIRE(std::holds_alternative<failure>(made));
  CHECK(std::get<failure>(made).code == "ERR_TOPO_001");
  CHECK(std::get<failure>(made).message.find("/project/t.yaml") != std::string::npos);
}

TEST_CASE("the project that a file says holds for its mounts") {
  const auto loaded = load_topology_text("name: a\nversion: 1\nproject: /project\nservices:\n  web:\n    image: x\n"
                                         "    mounts: [{ source: .local, target: /stuff }]\n",
                                         "/run/topology.yaml");
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].message.find(".local holds secrets") != std::string::npos);
  CHECK(load_topology_text("name: a\nversion: 1\nroot: /root-of-it\n", "/run/topology.yaml").doc.project ==
        "/root-of-it");
}
