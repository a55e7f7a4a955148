#include "topology/loader.hpp"

#include "topology/keys.hpp"
#include "topology/placement.hpp"
#include "topology/yaml_tree.hpp"
#include "topology_support.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

using namespace topology_test;
using namespace std::chrono_literals;

namespace {

// Which rows of the table of keys a file uses: "section/key".
void note_keys(const yaml_node& node, std::string_view section, std::set<std::string>& used) {
  const auto* kind = node.find("kind");
  for (const auto& child : node.children)
    for (const auto& row : keys_of(section)) {
      if (row.key != child.key)
        continue;
      used.insert(std::string{section} + "/" + child.key);
      if (row.type == value_type::section)
        note_keys(child, row.detail, used);
      if (row.type == value_type::settings)
        note_keys(child, "settings of " + kind->text, used);
      if (row.type == value_type::section_map || row.type == value_type::section_list)
        for (const auto& entry : child.children)
          note_keys(entry, row.detail, used);
    }
}

std::set<std::string> keys_in(const std::string& text) {
  problem_list problems{"t"};
  const auto tree = read_yaml(text, problems);
  REQUIRE(tree);
  std::set<std::string> out;
  note_keys(*tree, "", out);
  return out;
}

// A directory with one topology file in it.
struct topology_file {
  explicit topology_file(std::string_view text) {
    char name[] = "/tmp/paws-topology-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    dir = name;
    path = dir + "/t.yaml";
    std::ofstream{path, std::ios::binary} << text;
  }
  ~topology_file() { std::filesystem::remove_all(dir); }
  std::string dir;
  std::string path;
};

} // namespace

TEST_CASE("the default environment is good") {
  const auto loaded = load_topology(PAWS_SOURCE_DIR "/config/paws360.yaml");
  REQUIRE(loaded.ok());
  const auto& doc = loaded.doc;
  CHECK(doc.name == "paws360");
  CHECK(doc.file == PAWS_SOURCE_DIR "/config/paws360.yaml");
  CHECK(doc.root == PAWS_SOURCE_DIR);
  REQUIRE(doc.clusters.size() == 3);
  CHECK(doc.clusters[0].kind == cluster_kind::etcd);
  CHECK(doc.clusters[1].kind == cluster_kind::patroni);
  CHECK(doc.clusters[1].patroni.synchronous_strict);
  CHECK(doc.clusters[2].kind == cluster_kind::redis_sentinel);
  CHECK(doc.clusters[2].sentinels.size() == 3);
  CHECK(doc.routes.size() == 2);
  CHECK(doc.services.size() == 4);
  CHECK(doc.control.address == "127.0.0.1");
  CHECK(doc.control.port == 7360);
  CHECK_FALSE(listens(doc.control, doc.default_profiles));
  CHECK(listens(doc.control, {"monitor"}));
  CHECK(doc.default_profiles == std::vector<std::string>{"apps"});
  CHECK(active_members(doc, doc.default_profiles).size() == 15);
  CHECK(doc.secrets.generate.size() == 12);
  CHECK(active_members(doc, {}).size() == 13);
}

TEST_CASE("every key that this version can carry out is read, and what stands there arrives") {
  const auto text = data_text("full.yaml");
  const auto used = keys_in(text);
  for (const auto& row : key_table())
    if (row.built != support::none && row.section != "mount") {
      INFO(row.section << "/" << row.key);
      CHECK(used.contains(std::string{row.section} + "/" + std::string{row.key}));
    }
  const auto loaded = load_topology(data_path("full.yaml"));
  INFO((loaded.ok() ? "" : to_string(as_failure(loaded))));
  REQUIRE(loaded.ok());
  const auto& doc = loaded.doc;
  CHECK(doc.name == "full");
  CHECK(doc.root == std::filesystem::path{data_path("full.yaml")}.parent_path());
  CHECK(doc.default_profiles == std::vector<std::string>{"apps"});
  CHECK(doc.runtime_prefer == std::vector<std::string>{"process", "docker", "podman"});
  CHECK(doc.process_subnet == "127.40.0.0/22");
  CHECK(doc.control.address == "127.0.0.1");
  CHECK(doc.control.port == 7360);
  CHECK(doc.control.profiles == std::vector<std::string>{"apps"});
  CHECK(doc.networks == std::vector<std::string>{"infra", "app", "bridge", "monitor"});
  CHECK(doc.secrets.file == "private/secrets.env");
  CHECK(doc.secrets.user_provided == std::vector<std::string>{"GITHUB_TOKEN"});
}

TEST_CASE("clusters and routes arrive with every setting") {
  const auto doc = good(data_text("full.yaml"));
  const auto& etcd = doc.clusters[0];
  CHECK(etcd.members == std::vector<std::string>{"etcd1", "etcd2", "etcd3"});
  CHECK(etcd.image == "paws360/etcd:bookworm");
  CHECK(etcd.resources.memory_bytes == 512ULL << 20);
  CHECK(etcd.resources.memory_reservation_bytes == 256ULL << 20);
  CHECK(etcd.resources.cpus == 0.5);
  CHECK(etcd.etcd.heartbeat_interval == 150ms);
  CHECK(etcd.etcd.election_timeout == 2s);
  CHECK(etcd.extra_args == std::vector<std::string>{"--log-level=warn", "--quota-backend-bytes=536870912"});
  const auto& patroni = doc.clusters[1];
  REQUIRE(patroni.depends_on.size() == 1);
  CHECK(patroni.depends_on[0].on == "etcd");
  CHECK(patroni.depends_on[0].until == condition::quorum);
  CHECK(patroni.db.name == "orders");
  CHECK(patroni.db.user == "orders_owner");
  CHECK(patroni.patroni.ttl == 20s);
  CHECK(patroni.patroni.loop_wait == 4s);
  CHECK(patroni.patroni.retry_timeout == 8s);
  CHECK_FALSE(patroni.patroni.synchronous_strict);
  CHECK(patroni.patroni.max_connections == 200);
  const auto& redis = doc.clusters[2];
  CHECK(redis.networks == std::vector<std::string>{"infra", "bridge"});
  CHECK(redis.sentinel_resources.memory_bytes == 128ULL << 20);
  CHECK(redis.redis.master_name == "orders.cache");
  CHECK(redis.redis.quorum == 3);
  CHECK(redis.redis.down_after == 3s);
  CHECK(redis.redis.failover_timeout == 1min);
  CHECK_FALSE(redis.redis.appendonly);
  CHECK(doc.has_routing);
  CHECK(doc.routing.check_interval == 250ms);
  CHECK(doc.routes[0].publish == 15432);
  CHECK(doc.routes[0].role == "leader");
  CHECK(doc.routes[1].port == 6379);
  CHECK(doc.routes[1].publish == 0);
}

TEST_CASE("services and budgets arrive with every setting") {
  const auto doc = good(data_text("full.yaml"));
  REQUIRE(doc.services.size() == 3);
  CHECK(doc.services[0].goal == goal::completed);
  CHECK(doc.services[0].profiles.empty());
  CHECK_FALSE(doc.services[0].has_probe);
  const auto& backend = doc.services[1];
  CHECK(backend.command == std::vector<std::string>{"java", "-jar", "backend.jar"});
  CHECK(backend.directory == "/project/config/apps/backend");
  REQUIRE(backend.depends_on.size() == 3);
  CHECK(backend.depends_on[0].on == "migration");
  CHECK(backend.depends_on[0].until == condition::completed);
  CHECK(backend.depends_on[1].until == condition::ready);
  CHECK(backend.depends_on[2].until == condition::quorum);
  CHECK(backend.environment.at("TEXT") == "two\nlines\n");
  CHECK(backend.secrets.at("PASSWORD") == "POSTGRES_APP_PASSWORD");
  CHECK(backend.publish == std::map<std::string, std::uint16_t>{{"admin", 8081}, {"http", 8080}});
  CHECK(backend.image == "paws360/backend:dev");
  CHECK(backend.platform == "linux/arm64");
  CHECK(backend.sources == "/project/config/apps/backend");
  CHECK(backend.dockerfile == "docker/Dockerfile.source");
  CHECK(backend.build_command == std::vector<std::string>{"mvn", "package"});
  CHECK(doc.services[2].sources.empty());
  CHECK(doc.services[2].dockerfile == "Dockerfile");
  CHECK(backend.at == "/project/config/t.yaml:56:3");
  REQUIRE(backend.mounts.size() == 2);
  CHECK(backend.mounts[0].source == "/project/config/conf/app.yml");
  CHECK(backend.mounts[0].target == "/etc/app/app.yml");
  CHECK(backend.mounts[0].read_only);
  CHECK(backend.mounts[1].volume == "uploads");
  CHECK_FALSE(backend.mounts[1].read_only);
  CHECK(backend.has_probe);
  CHECK(backend.probe.port == "http");
  CHECK(backend.probe.path == "/health?full=1");
  CHECK(backend.probe.expect_json == std::map<std::string, std::string>{{"a b", "1"}, {"status", "UP"}});
  CHECK(backend.log_ignore == std::vector<std::string>{"ERROR 404", "deprecated"});
  CHECK(backend.profiles == std::vector<std::string>{"apps", "all"});
  CHECK(doc.services[2].depends_on[0].until == condition::started);
  CHECK(doc.services[2].probe.path == "/");
  const auto& b = doc.budgets;
  CHECK(std::vector{b.image_pull, b.container_creation, b.etcd_formation, b.patroni_initialization, b.redis_setup,
                    b.application_startup,
                    b.health_validation} == std::vector<milliseconds>{1s, 2s, 3s, 4s, 5s, 6s, 7s});
  CHECK(std::vector{b.total_cold, b.total_warm, b.total_hot} == std::vector<milliseconds>{60s, 30s, 10s});
  CHECK(std::vector{b.failover.detection, b.failover.lease_expiry, b.failover.election, b.failover.promotion,
                    b.failover.stabilization, b.failover.total} == std::vector<milliseconds>{1s, 2s, 3s, 4s, 5s, 1h});
}

TEST_CASE("a file of a name and a version is a topology") {
  const auto doc = good("name: x\nversion: 1\n");
  CHECK(doc.root == "/project/config");
  CHECK_FALSE(doc.has_routing);
  CHECK(active_members(doc, {}).empty());
}

TEST_CASE("the engine's own listener is for this machine only, whatever the file says, and each port is claimed once") {
  const auto wrong = [](const std::string& control, const std::string& services = "") {
    const auto found =
        problems_of("name: x\nversion: 1\nnetworks: { monitor: {} }\ncontrol: " + control + "\n" + services);
    REQUIRE(found.size() == 1);
    return found.front();
  };
  for (const std::string address : {"0.0.0.0:7360", "192.168.1.4:7360", "\"[::]:7360\"", "localhost:7360", "7360",
                                    "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.2:7360"}) {
    INFO(address);
    const auto said = wrong("{ listen: " + address + " }");
    INFO(said);
    CHECK(said.starts_with("4:20: `listen`: "));
    CHECK(said.find("write 127.0.0.1:PORT; nobody outside this machine may reach it") != std::string::npos);
  }
  CHECK(wrong("{ profiles: [a] }").find("needs the key `listen`") != std::string::npos);
  CHECK(wrong("{ listen: 127.0.0.1:7360 }", "services: { a: { image: b, publish: { http: 7360 } } }")
            .find("port 7360 on 127.0.0.1 is already taken") != std::string::npos);
  const auto unknown =
      problems_of("name: x\nversion: 1\nservices: { a: { image: b, environment: { E: \"${control:listen}\" } } }\n");
  REQUIRE(unknown.size() == 1);
  CHECK(unknown.front().find("no listener") != std::string::npos);
}

TEST_CASE("a file that cannot be read is a failure of its own, and nothing waits") {
  const topology_file file{"name: x\nversion: 1\n"};
  auto path = file.dir + "/other";
  SECTION("there is none") {}
  SECTION("a directory") {
    path = file.dir;
  }
  SECTION("a FIFO") {
    REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  }
  SECTION("a device without an end") {
    path = "/dev/zero";
  }
  SECTION("a file in a directory's place") {
    path = file.path + "/t.yaml";
  }
  const auto loaded = load_topology(path);
  REQUIRE_FALSE(loaded.ok());
  const auto why = as_failure(loaded);
  CHECK(why.code == "ERR_TOPO_002");
  CHECK(why.message.find(path) == 0);
}

TEST_CASE("a root that is no directory is refused") {
  const topology_file file{"name: x\nversion: 1\nroot: nowhere\n"};
  const auto loaded = load_topology(file.path);
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].message.find("nowhere") != std::string::npos);
}

TEST_CASE("a project that is no directory is refused") {
  const topology_file file{"name: x\nversion: 1\nproject: nowhere\n"};
  const auto loaded = load_topology(file.path);
  REQUIRE(loaded.problems.size() == 1);
  CHECK(loaded.problems[0].message.find("`project`") != std::string::npos);
}

TEST_CASE("one problem is one line, many are a list with their number") {
  const topology_file one{"name: x\nversion: 2\n"};
  const auto failed = load_topology(one.path);
  REQUIRE_FALSE(failed.ok());
  CHECK(as_failure(failed).code == "ERR_TOPO_001");
  CHECK(as_failure(failed).message == one.path + ":2:10: `version`: `2` is not a whole number from 1 to 1");
  CHECK(as_failure(failed).remedy.find("validate") != std::string::npos);
  const topology_file many{"name: X\nversion: 2\nbogus: 1\n"};
  const auto failure = as_failure(load_topology(many.path));
  CHECK(failure.message.find("3 problems\n" + many.path + ":1:7: ") == 0);
}

TEST_CASE("thousands of problems become a hundred lines that say how many are left out") {
  std::string text = "name: x\nversion: 1\nclusters:\n";
  for (int i = 0; i < 900; ++i)
    text += "  c" + std::to_string(i) + ": { bogus: 1 }\n";
  const auto found = problems_of(text);
  REQUIRE(found.size() == 100);
  CHECK(found.back().find("more problems from here on") != std::string::npos);
}
