// What a person looks at besides status and health: inspection, resources, metrics, completion, the bundle.
#include "tests/stack/stack.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
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

// Every actor of the tree is sent every message that it knows: each is answered, and nothing is changed by it.
void everyone_is_asked(stack& s) {
  const std::map<std::string, std::string> bodies{{"describe environment", R"({"kind":"etcd"})"},
                                                  {"inspect runtime", R"({"member":"etcd1"})"},
                                                  {"stats runtime", R"({"member":"etcd1"})"},
                                                  {"tail runtime", R"({"member":"etcd1","lines":2})"}};
  std::set<std::string> kinds;
  const auto tree = s.ctl({"actors", "--format", "json"}).json();
  for (const auto& row : tree["actors"]) {
    const auto path = row["path"].get<std::string>(), kind = row["kind"].get<std::string>();
    if (!kinds.insert(kind == "watch" ? path : kind).second)
      continue;
    const auto unknown = s.ctl({"send", path, "?"});
    CHECK(unknown.exit_code == 2);
    const std::string before = "choose from: ";
    const auto list = unknown.err.find(before);
    CHECK((list != std::string::npos) == (kind != "control"));
    std::istringstream names{list == std::string::npos ? "" : unknown.err.substr(list + before.size())};
    for (std::string name; names >> name;) {
      name = name.substr(0, name.find(','));
      const auto body = bodies.find(name + " " + kind);
      const auto words = body == bodies.end() ? "{}" : body->second;
      const auto answered = s.ctl({"send", path, name, words, "--format", "json"});
      INFO(path << " " << name << " " << words << " " << answered.out << answered.err);
      CHECK(answered.exit_code == 0);
      CHECK(answered.json()["message"] == name);
    }
  }
  CHECK(kinds.size() > 10);
  CHECK(s.ctl({"send", "etcd/etcd1/etcd.status", "now"}).out.find("\"ok\": true") != std::string::npos);
  CHECK(s.ctl({"send", "runtime", "tail", "{"}).exit_code == 2);
  CHECK(s.status()["state"] == "ready");
}

} // namespace

TEST_CASE("TC-027 and its neighbours: the views of a running stack") {
  stack s;
  REQUIRE(s.start().exit_code == 0);
  auto status = s.status();

  auto etcd = s.ctl({"inspect", "etcd", "--format", "json"}).json();
  REQUIRE(table(etcd, "members").size() == 3);
  int leaders = 0;
  std::set<std::string> ids;
  for (const auto& row : table(etcd, "members")) {
    leaders += row["role"] == "leader" ? 1 : 0;
    CHECK(row["alarms"] == "none");
    CHECK(row["db_size_bytes"].get<long>() > 0);
    CHECK(row["revision"].get<long>() > 0);
    CHECK(row["raft_term"].get<long>() > 0);
    ids.insert(row["id"].get<std::string>());
  }
  CHECK(leaders == 1);
  CHECK(ids.size() == 3);
  CHECK(table(etcd, "keys")[0]["count"].get<long>() > 0);

  auto patroni = s.ctl({"inspect", "patroni", "--format", "json"}).json();
  CHECK(table(patroni, "topology").size() == 3);
  for (const auto& row : table(patroni, "topology")) {
    CHECK(row["timeline"].get<long>() >= 1);
    CHECK(row["lag_bytes"].is_null() == (row["role"] == "leader"));
  }
  REQUIRE(table(patroni, "replication").size() == 2);
  int synchronous = 0;
  for (const auto& row : table(patroni, "replication")) {
    synchronous += row["sync"] == "sync" ? 1 : 0;
    CHECK(row["replay_lag_ms"].get<long>() >= 0);
    CHECK(row["behind_bytes"].get<long>() >= 0);
  }
  CHECK(synchronous == 1);
  CHECK(table(patroni, "slots").size() >= 2);
  for (const auto& row : table(patroni, "history")) // nothing was promoted yet, or each time with its reason
    CHECK_FALSE(row["reason"].get<std::string>().empty());

  auto redis = s.ctl({"inspect", "redis", "--format", "json"}).json();
  CHECK(table(redis, "nodes").size() == 3);
  for (const auto& row : table(redis, "nodes"))
    CHECK(row["master"] == (row["role"] == "master" ? "" : with_role(status, "redis", "master")["name"]));
  for (const auto& row : table(redis, "sentinels"))
    CHECK(row["master"] == with_role(status, "redis", "master")["name"]);
  CHECK(table(redis, "sentinels").size() == 3);
  CHECK(s.ctl({"inspect", "mysql"}).exit_code == 2);
  CHECK(s.ctl({"inspect", "etcd"}).out.find("raft term ") != std::string::npos);

  auto used = s.ctl({"resources", "--format", "json"}).json();
  CHECK(used["services"].size() == status["services"].size());
  for (const auto& row : used["services"])
    CHECK(row["memory_bytes"].get<long>() > 0);
  CHECK(used["host"]["disk_available_bytes"].get<long>() > 0);
  CHECK(s.health().contains("warnings"));

  everyone_is_asked(s);
  CHECK(s.ctl({"cleanup", "--format", "json"}).json()["files"] == 0);
  auto words = s.run({"__complete", "ctl", "restart", "--file", s.topology().string(), "redis-s"});
  CHECK(words.out == "redis-sentinel1\nredis-sentinel2\nredis-sentinel3\n");
}

namespace {

std::string bundled(stack& s, const std::string& name) {
  auto made = s.ctl({"support-bundle", (s.root() / name).string()});
  INFO(made.out << made.err);
  CHECK(made.exit_code == 0);
  program unpacked{{"tar", "-xzOf", (s.root() / name).string()}, {}};
  CHECK(unpacked.wait(in(30s)));
  return unpacked.out();
}

} // namespace

TEST_CASE("a support bundle tells everything but the secrets, whatever is broken") {
  stack s{[](YAML::Node& document) {
    document["clusters"].remove("redis");
    document["routes"].remove("redis-master");
  }};
  REQUIRE(s.start().exit_code == 0);
  const std::vector<std::string> names{"POSTGRES_PASSWORD", "PATRONI_RESTAPI_PASSWORD", "POSTGRES_APP_PASSWORD"};
  for (const auto& name : names) { // a daemon that talks too much
    REQUIRE_FALSE(s.secret(name).empty());
    std::ofstream{s.environment_dir() / "members/patroni1/log/member.log", std::ios::app}
        << "\npassword: " << s.secret(name) << "\n";
  }
  const auto holds_no_secret = [&](const std::string& all) {
    for (const auto& name : names) {
      CHECK(all.find("***" + name + "***") != std::string::npos);
      CHECK(all.find(s.secret(name)) == std::string::npos);
    }
  };
  auto all = bundled(s, "bundle.tar.gz");
  holds_no_secret(all);
  CHECK(all.find("\"state\":\"ready\"") != std::string::npos); // the engine was asked
  CHECK((std::filesystem::status(s.root() / "bundle.tar.gz").permissions() & std::filesystem::perms{0077}) ==
        std::filesystem::perms{});

  std::ofstream{s.topology(), std::ios::app} << "}}} garbage\n";
  auto engine = s.status()["engine"]["pid"].get<pid_t>();
  ::kill(engine, SIGSTOP);
  const auto begun = std::chrono::steady_clock::now();
  all = bundled(s, "frozen.tar.gz");
  CHECK(std::chrono::steady_clock::now() - begun < 30s); // one patience for all questions
  ::kill(engine, SIGCONT);
  holds_no_secret(all);
  CHECK(all.find("}}} garbage") != std::string::npos);
  CHECK(all.find("ERR_NET_003") != std::string::npos);
}
