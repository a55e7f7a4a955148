// The schema that editors read and the table that the loader checks with say the same.
#include "schema_check.hpp"
#include "topology/keys.hpp"
#include "topology_support.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <sstream>

using namespace topology_test;

namespace {

const nlohmann::json& schema() {
  static const auto out = nlohmann::json::parse(json_schema());
  return out;
}

std::string schema_says(const std::string& text) {
  return schema_refuses(schema(), to_json(text));
}

} // namespace

TEST_CASE("the schema file is the one that the table of keys prints") {
  std::ostringstream file;
  file << std::ifstream{PAWS_SOURCE_DIR "/config/schema/topology.schema.json", std::ios::binary}.rdbuf();
  // To write it anew: paws-engine validate --schema > config/schema/topology.schema.json
  CHECK(file.str() == json_schema());
}

TEST_CASE("every section that is named has keys, and every key stands in the schema") {
  const auto& defs = schema().at("$defs");
  std::set<std::string_view> named{""};
  for (const auto& row : key_table()) {
    if (row.type == value_type::section || row.type == value_type::section_map || row.type == value_type::section_list)
      named.insert(row.detail);
    std::string section{row.section.empty() ? "topology" : row.section};
    std::replace(section.begin(), section.end(), ' ', '_');
    INFO(section << "/" << row.key);
    REQUIRE(defs.contains(section));
    CHECK(defs.at(section).at("properties").contains(std::string{row.key}));
  }
  for (const auto section : named) {
    INFO(section);
    CHECK_FALSE(keys_of(section).empty());
  }
  for (const auto kind : alternatives(keys_of("cluster").front().detail))
    CHECK_FALSE(keys_of("settings of " + std::string{kind}).empty());
  std::set<std::pair<std::string_view, std::string_view>> rows;
  for (const auto& row : key_table())
    CHECK(rows.emplace(row.section, row.key).second);
}

TEST_CASE("what the loader reads, the schema admits") {
  CHECK(schema_says(default_text()) == "");
  CHECK(schema_says(shipped_text()) == "");
  CHECK(schema_says(data_text("full.yaml")) == "");
  CHECK(schema_says("name: x\nversion: 1\n") == "");
}

TEST_CASE("what is wrong in itself is refused by loader and schema alike") {
  const auto [from, to] = GENERATE(table<std::string, std::string>({
      {"\nrouting:", "\nroutng: {}\nrouting:"},
      {"name: paws360\nversion", "version"},
      {"name: paws360\nversion", "name: ../x\nversion"},
      {"name: paws360\nversion", "name: a b\nversion"},
      {"name: paws360\nversion", "name: abcdefghijklmnopqrstuvwxyz-1234567\nversion"},
      {"version: 1\n", "version: 2\n"},
      {"version: 1\n", "version: \"1\"\n"},
      {"root: ..", "root: \"\""},
      {"prefer: [docker, podman, process]", "prefer: [docker, kvm]"},
      {"prefer: [docker, podman, process]", "prefer: [docker, docker]"},
      {"subnet: 127.36.0.0/24", "subnet: 10.36.0.0/24"},
      {"listen: 127.0.0.1:7360", "listen: 0.0.0.0:7360"},
      {"\n  infra: {}", "\n  In-fra: {}\n  infra: {}"},
      {"optional: true", "optional: \"yes\""},
      {"file: .local/secrets.env", "file: /etc/x"},
      {"file: .local/secrets.env", "file: a/../../x"},
      {"generate: [POSTGRES_PASSWORD", "generate: [lower"},
      {"generate: [POSTGRES_PASSWORD", "generate: [JWT_SECRET"},
      {"kind: redis-sentinel", "kind: redis"},
      {"members: [etcd1, etcd2, etcd3]", "members: []"},
      {"members: [etcd1, etcd2, etcd3]", "members: etcd1"},
      {"    members: [etcd1, etcd2, etcd3]\n", ""},
      {"extra_args: []", "sentinels: [a]"},
      {"extra_args: []", "database: { name: x }"},
      {"extra_args: []", "extra_args: [[a]]"},
      {"depends_on: { etcd: quorum }", "depends_on: { etcd: healthy }"},
      {"depends_on: { etcd: quorum }", "depends_on: [etcd]"},
      {"tls: true\n    database", "tls: 1\n    database"},
      {"database: { name: paws360,", "database: { name: \"a-b\","},
      {"memory: 512MB", "memory: 512"},
      {"memory: 512MB", "memory: -512MB"},
      {"memory: 512MB", "memory: 512mb"},
      {"cpus: 0.5", "cpus: 0"},
      {"cpus: 0.5", "cpus: .nan"},
      {"cpus: 0.5", "cpus: \"0.5\""},
      {"cpus: 0.5", "cpus: 2000"},
      {"heartbeat_interval: 100ms", "ttl: 30s"},
      {"heartbeat_interval: 100ms", "heartbeat_interval: 100"},
      {"heartbeat_interval: 100ms", "heartbeat_interval: 1.5s"},
      {"synchronous: strict", "synchronous: maybe"},
      {"max_connections: 100", "max_connections: 1"},
      {"max_connections: 100", "max_connections: 1e2"},
      {"kind: haproxy, ", ""},
      {"kind: haproxy, ", "kind: nginx, "},
      {"role: leader", "role: replica"},
      {"publish: 5432", "publish: 70000"},
      {"publish: 5432", "publish: 0"},
      {"publish: 5432", "publish: \"5432\""},
      {"cold: 300s", "cold: soon"},
      {"cold: 300s", "cld: 300s"},
  }));
  const auto text = with(default_text(), from, to);
  CAPTURE(from, to);
  CHECK_FALSE(problems_of(text).empty());
  CHECK(schema_says(text) != "");
}

TEST_CASE("what is wrong in a service is refused by loader and schema alike") {
  const auto [from, to] = GENERATE(table<std::string, std::string>({
      {"platform: linux/arm64", "platform: linux/riscv"},
      {"context: apps/backend, ", ""},
      {"context: apps/backend", "context: ../x"},
      {"build: [mvn, package]", "build: mvn"},
      {"source: conf/app.yml, ", ""},
      {"source: conf/app.yml", "source: conf/app.yml, volume: x"},
      {"source: conf/app.yml", "source: ../app.yml"},
      {"volume: uploads", "volume: ../uploads"},
      {"target: /var/lib/uploads", "target: /proc/sys"},
      {"target: /var/lib/uploads", "target: /etc"},
      {"target: /var/lib/uploads", "target: /data/member"},
      {"target: /var/lib/uploads", "target: /var/lib/../run"},
      {"target: /var/lib/uploads", "target: var"},
      {"target: /var/lib/uploads", "target: \"/a:b\""},
      {"mode: rw", "mode: rwx"},
      {"image: paws360/backend:dev", "image: ../backend"},
      {"image: paws360/backend:dev", "image: \"paws360//backend\""},
      {"image: paws360/backend:dev", "image: a/../b"},
      {"image: paws360/backend:dev", "image: paws360/backend:de:v"},
      {"image: paws360/backend:dev", "image: paws360/Backend"},
      {"image: paws360/backend:dev", "image: paws360/backend@sha256:12"},
      {"process: { command: [npm, run, dev] }", "process: { command: [] }"},
      {"process: { command: [npm, run, dev] }", "goal: running"},
      {"directory: apps/backend", "directory: ../x"},
      {"goal: completed", "goal: done"},
      {"publish: { http: 3000 }", "publish: { http: 70000 }"},
      {"publish: { http: 3000 }", "publish: [3000]"},
      {"path: \"/health?full=1\"", "path: health"},
      {"expect_status: 200", "expect_status: 99"},
      {"{ PASSWORD: POSTGRES_APP_PASSWORD,", "{ 1PASSWORD: POSTGRES_APP_PASSWORD,"},
      {"{ PASSWORD: POSTGRES_APP_PASSWORD,", "{ PASSWORD: \"a b\","},
      {"profiles: [apps, all]", "profiles: [Apps]"},
      {"log_scan: { ignore:", "log_scan: { ignored:"},
      {"probe: { http: { port: http } }", "probe: {}"},
      {"probe: { http: { port: http } }", "probe: { tcp: { port: http } }"},
  }));
  const auto text = with(data_text("full.yaml"), from, to);
  CAPTURE(from, to);
  CHECK_FALSE(problems_of(text).empty());
  CHECK(schema_says(text) != "");
}
