// What a person looks at besides status and health: inspection, resources, metrics, completion, the bundle.
#include "tests/e2e/stack.hpp"

#include <catch2/catch.hpp>

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
