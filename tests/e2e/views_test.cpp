// What a person looks at besides status and health: inspection, resources, metrics, completion, the bundle.
#include "tests/e2e/stack.hpp"

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json table(const json& document, const std::string& title) {
  for (const auto& each : document["clusters"][0]["tables"])
    if (each["title"] == title)
      return each["rows"];
  return json::array();
}

} // namespace

TEST_CASE("TC-027 and its neighbours: the views of a running stack") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto status = s.status();

  auto etcd = s.ctl({"inspect", "etcd", "--format", "json"}).json();
  REQUIRE(table(etcd, "members").size() == 3);
  int leaders = 0;
  for (const auto& row : table(etcd, "members")) {
    leaders += row["role"] == "leader" ? 1 : 0;
    CHECK(row["alarms"] == "none");
    CHECK(std::stoll(row["db_size"].get<std::string>()) > 0);
  }
  CHECK(leaders == 1);
  CHECK(std::stoll(table(etcd, "keys")[0]["count"].get<std::string>()) > 0);

  auto patroni = s.ctl({"inspect", "patroni", "--format", "json"}).json();
  CHECK(table(patroni, "topology").size() == 3);
  CHECK(table(patroni, "replication").size() == 2);
  CHECK(table(patroni, "slots").size() >= 2);

  auto redis = s.ctl({"inspect", "redis", "--format", "json"}).json();
  CHECK(table(redis, "nodes").size() == 3);
  CHECK(table(redis, "sentinels").size() == 3);
  CHECK(s.ctl({"inspect", "mysql"}).exit_code == 2);
  CHECK(s.ctl({"inspect", "etcd"}).out.find("RAFT TERM") != std::string::npos);

  auto used = s.ctl({"resources", "--format", "json"}).json();
  CHECK(used["services"].size() == status["services"].size());
  for (const auto& row : used["services"])
    CHECK(row["memory_bytes"].get<long>() > 0);
  CHECK(used["host"]["disk_available_bytes"].get<long>() > 0);
  CHECK(s.health().contains("warnings"));

  auto bundle = (s.root() / "bundle.tar.gz").string();
  CHECK(s.ctl({"support-bundle", bundle}).exit_code == 0);
  CHECK(s.ctl({"support-bundle", bundle}).exit_code == 2); // it is there already
  program unpacked{{"tar", "-xzOf", bundle}, {}};
  REQUIRE(unpacked.wait(in(30s)));
  CHECK(unpacked.out().find("patroni1") != std::string::npos);
  for (const auto* name : {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "PATRONI_RESTAPI_PASSWORD"})
    CHECK(unpacked.out().find(s.secret(name)) == std::string::npos);
  CHECK((std::filesystem::status(bundle).permissions() & std::filesystem::perms{0077}) == std::filesystem::perms{});

  CHECK(s.ctl({"cleanup", "--format", "json"}).json()["files"] == 0);
  auto words = s.run({"__complete", "ctl", "restart", "--file", s.topology().string(), "redis-s"});
  CHECK(words.out == "redis-sentinel1\nredis-sentinel2\nredis-sentinel3\n");
}

TEST_CASE("TC-022: too little memory is said, and only --yes goes on") {
  stack s{[](YAML::Node& document) {
    document["clusters"]["etcd"]["resources"]["memory"] = "900GB";
    document["clusters"]["etcd"]["resources"]["memory_reservation"] = "900GB";
  }};
  auto refused = s.start();
  CHECK(refused.exit_code == 3);
  CHECK(refused.err.find("ERR_SYS_001") != std::string::npos);
  CHECK(refused.err.find("--yes") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(s.environment_dir())); // nothing was created
}

TEST_CASE("TC-022: a member that its memory limit kills is said to be so") {
  stack s{[](YAML::Node& document) {
    for (const auto* key : {"clusters", "routing", "routes"})
      document.remove(key);
    auto hungry = document["services"]["hungry"];
    hungry["image"] = "none";
    for (const auto* word : {"/usr/bin/python3", "-c", "x = bytearray(256 << 20); print(len(x)); input()"})
      hungry["process"]["command"].push_back(word);
    hungry["resources"]["memory"] = "64MB";
    hungry["probe"]["http"]["port"] = "http"; // never ready by itself
    hungry["publish"]["http"] = 18099;
  }};
  auto failed = s.start();
  INFO(failed.out << failed.err);
  CHECK(failed.exit_code == 5);
  CHECK(failed.err.find("killed by its memory limit") != std::string::npos);
  CHECK(failed.err.find("resources: memory") != std::string::npos);
}
