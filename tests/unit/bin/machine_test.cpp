#include "bin/connections.hpp"
#include "bin/machine.hpp"
#include "tests/unit/bin/bin_support.hpp"
#include "topology/loader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace paws::bin;

TEST_CASE("the version is found in what programs say about themselves") {
  CHECK(version_in("etcd Version: 3.4.23\nGit SHA: Not provided\nGo Version: go1.19.8") == "3.4.23");
  CHECK(version_in("patroni 3.0.2\n") == "3.0.2");
  CHECK(version_in("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)") == "15.14");
  CHECK(version_in("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64") == "7.0.15");
  CHECK(version_in("HAProxy version 2.6.12-1+deb12u2 2025/04/18 - https://haproxy.org/") == "2.6.12");
  CHECK(version_in("").empty());
  CHECK(version_in("version 7 of 2025. No more.").empty());
  CHECK(version_in("...").empty());
}

TEST_CASE("doctor names every program with its version or its package, and what is not possible here") {
  const auto text = testing::run({"doctor"});
  INFO(text.out << text.err);
  CHECK(testing::widest_line(text.out) <= 80);
  const auto document = nlohmann::json::parse(testing::run({"doctor", "--format", "json"}).out);
  REQUIRE(document["programs"].size() == 5);
  bool all = true;
  for (const auto& program : document["programs"]) {
    CHECK_FALSE(program["package"].get<std::string>().empty());
    CHECK(program["path"].is_null() == program["version"].is_null());
    all = all && program["path"].is_string();
  }
  CHECK(text.code == (all ? 0 : 2));
  CHECK(document["runtimes"][0]["name"] == "process");
  for (const auto& ability : document["runtimes"][0]["abilities"])
    CHECK(ability["supported"] == ability["reason"].is_null());
}

TEST_CASE("connections name the secret, never its value") {
  const auto loaded = paws::topology::load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml");
  REQUIRE(loaded.ok());
  const auto all = connections_of(loaded.doc);
  REQUIRE(all.size() == 2);
  CHECK(all[0].route == "patroni-leader");
  CHECK(all[0].url == "postgresql://paws360@127.0.0.1:5432/paws360");
  CHECK(all[0].password == "POSTGRES_APP_PASSWORD");
  CHECK(all[1].url == "redis://127.0.0.1:6379");
  auto unpublished = loaded.doc;
  unpublished.routes[0].publish = 0;
  CHECK(connections_of(unpublished).size() == 1);
}

TEST_CASE("published services that are ready and speak HTTP have an address, others have none") {
  const auto loaded = paws::topology::load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml");
  REQUIRE(loaded.ok());
  paws::logic::environment_view view;
  view.services.resize(2);
  view.services[0].name = "backend";
  view.services[0].actual = paws::logic::actual_state::unready;
  view.services[1].name = "frontend";
  view.services[1].actual = paws::logic::actual_state::ready;
  auto all = web_addresses_of(loaded.doc, view);
  REQUIRE(all.size() == 1);
  CHECK(all[0].service == "frontend");
  CHECK(all[0].url == "http://127.0.0.1:3000");
  view.services[0].actual = paws::logic::actual_state::ready;
  CHECK(web_addresses_of(loaded.doc, view).size() == 2);
  CHECK(web_addresses_of(loaded.doc, {}).empty());
  auto silent = loaded.doc;
  for (auto& service : silent.services)
    service.has_probe = false;
  CHECK(web_addresses_of(silent, view).empty());
}
