// What a machine has and what members use of it: too little is said before a start, limits are said to be what they
// did, and what is old is removed.
#include "tests/stack/stack.hpp"

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

// A world of one small service that runs `command`; never ready by itself unless it serves.
std::function<void(YAML::Node&)> only(const std::vector<std::string>& command, const char* limit, const char* value) {
  return [=](YAML::Node& document) {
    for (const auto* key : {"clusters", "routing", "routes"})
      document.remove(key);
    auto one = document["services"]["one"];
    one["image"] = "none";
    for (const auto& word : command)
      one["process"]["command"].push_back(word);
    one["resources"][limit] = value;
    one["probe"]["http"]["port"] = "http";
    one["publish"]["http"] = 18099;
  };
}

void reserve_too_much(YAML::Node& document) {
  document["clusters"]["etcd"]["resources"]["memory_reservation"] = "900GB";
  document["clusters"]["etcd"]["resources"]["memory"] = "900GB";
}

bool lacks(stack& s, const std::string& ability) {
  const auto machine = s.run({"doctor", "--format", "json"}).json();
  for (const auto& each : machine["runtimes"][0]["abilities"])
    if (each["name"] == ability && each["supported"] != true) {
      WARN("not possible here: " << ability << ": " << each["reason"]);
      return true;
    }
  return false;
}

bool needs_root() {
  if (::geteuid() == 0)
    return false;
  WARN("needs root: it mounts a small file system in a mount namespace of its own");
  return true;
}

// `paws-engine start` where the project's root lies on a file system of `size`.
std::unique_ptr<program> start_on_disk_of(const stack& s, const std::string& size) {
  const auto root = s.root().string();
  return std::make_unique<program>(
      std::vector<std::string>{"unshare", "--mount", "--propagation", "private", "sh", "-c",
                               "cp topology.yaml /dev/shm/$$.yaml && mount -t tmpfs -o mode=0755,size=" + size +
                                   " none " + root + " && cp /dev/shm/$$.yaml " + root +
                                   "/topology.yaml && rm /dev/shm/$$.yaml && cd " + root +
                                   " && exec " PAWS_BIN_DIR "/paws-engine start topology.yaml"},
      s.variables(), root);
}

} // namespace

TEST_CASE("TC-022: too little memory is said, and only --yes goes on") {
  stack s{reserve_too_much};
  auto refused = s.start();
  CHECK(refused.exit_code == 3);
  CHECK(refused.err.find("ERR_SYS_001") != std::string::npos);
  CHECK(refused.err.find("--yes") != std::string::npos);
  CHECK_FALSE(fs::exists(s.environment_dir())); // nothing was created
  auto went_on = s.run({"--yes", "start", s.topology().string()});
  INFO(went_on.out << went_on.err);
  CHECK(went_on.exit_code == 0);
  CHECK(went_on.err.find("MiB of memory are available") != std::string::npos);
}

TEST_CASE("TC-022: what runs already is adopted, however little memory is left") {
  stack s{[](YAML::Node& document) {
    for (const auto* key : {"patroni", "redis"})
      document["clusters"].remove(key);
    for (const auto* key : {"routing", "routes"})
      document.remove(key);
  }};
  auto started = s.start();
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  const auto before = pids_of(s.status());
  const auto engine = s.status()["engine"]["pid"].get<pid_t>();
  ::kill(engine, SIGKILL);
  auto document = YAML::LoadFile(s.topology());
  reserve_too_much(document);
  std::ofstream{s.topology()} << document << '\n';
  auto adopted = s.start();
  INFO(adopted.out << adopted.err);
  CHECK(adopted.exit_code == 0);
  CHECK(pids_of(s.status()) == before);
}

TEST_CASE("TC-022: too little disk is refused, little is warned of, and no remedy costs data") {
  if (needs_root())
    return;
  stack s;
  SECTION("less than 2 GB") {
    auto refused = start_on_disk_of(s, "1g");
    REQUIRE(refused->wait(in(60s)));
    INFO(refused->out() << refused->err());
    CHECK(refused->exit_code() == 3);
    CHECK(refused->err().find("ERR_SYS_002") != std::string::npos);
    CHECK(refused->err().find("make local-cleanup") != std::string::npos);
    CHECK(refused->err().find("VOLUMES") == std::string::npos);
  }
  SECTION("less than 5 GB: the start goes on") {
    auto warned = start_on_disk_of(s, "4g");
    const bool goes_on = warned->wait_output([](const std::string& out) { return !out.empty(); }, in(60s));
    warned->signal_group(SIGINT);
    REQUIRE(warned->wait(in(120s)));
    INFO(warned->out() << warned->err());
    CHECK(goes_on);
    CHECK(warned->err().find("MiB free below") != std::string::npos);
    CHECK(warned->err().find("make local-cleanup") != std::string::npos);
    CHECK(warned->err().find("ERR_SYS_002") == std::string::npos);
  }
}

TEST_CASE("TC-022: too few processors are asked about") {
  stack s;
  program refused{
      {"taskset", "-c", "0", PAWS_BIN_DIR "/paws-engine", "start", "topology.yaml"}, s.variables(), s.root().string()};
  REQUIRE(refused.wait(in(60s)));
  INFO(refused.out() << refused.err());
  CHECK(refused.exit_code() == 3);
  CHECK(refused.err().find("ERR_SYS_006") != std::string::npos);
  CHECK(refused.err().find("--yes") != std::string::npos);
  CHECK(s.processes().empty());
}

TEST_CASE("TC-022: a member that its memory limit kills is said to be so") {
  stack s{only({"/usr/bin/python3", "-c", "x = bytearray(256 << 20); print(len(x)); input()"}, "memory", "64MB")};
  if (lacks(s, "memory_limit"))
    return;
  auto failed = s.start();
  INFO(failed.out << failed.err);
  CHECK(failed.exit_code == 5);
  CHECK(failed.err.find("killed by its memory limit") != std::string::npos);
  CHECK(failed.err.find("resources: memory") != std::string::npos);
}

TEST_CASE("TC-022: a member that its processor limit holds back is said to be so, and where") {
  // In one line, as a topology wants its words.
  auto busy = only({"/usr/bin/python3", "-c",
                    R"(exec("import http.server, threading\nthreading.Thread(target=http.server.HTTPServer()"
                    R"(('127.0.0.1', 18099), http.server.SimpleHTTPRequestHandler).serve_forever).start()\n)"
                    R"(while True: pass"))"},
                   "cpus", "0.1");
  stack s{busy};
  if (lacks(s, "cpu_limit"))
    return;
  REQUIRE(s.run({"start", s.topology().string(), "--no-wait"}).exit_code == 0);
  const auto told = [](const json& event) {
    return event["kind"] == "resource_low" && event["fields"]["resource"] == "one throttling";
  };
  CHECK(s.sees_event(told, in(150s)));
  const auto warnings = s.health()["warnings"].dump();
  INFO(warnings);
  CHECK(warnings.find("one is held back by its processor limit") != std::string::npos);
  const auto used = s.ctl({"resources", "--format", "json"}).json();
  REQUIRE(used["services"].size() == 1);
  CHECK(used["services"][0]["cpu_limit"] == 0.1);
  CHECK(used["services"][0]["cpu_limit_enforced"] == true);
  CHECK(used["total"]["cpu_limit"] == 0.1);
  CHECK(used["services"][0]["throttled_periods"].get<int>() > 0);
}

TEST_CASE("cleanup removes a rotated log of eight days, and leaves data alone") {
  stack s;
  const auto member = s.environment_dir() / "members/etcd1";
  const auto make = [](const fs::path& path) {
    fs::create_directories(path.parent_path());
    std::ofstream{path} << "text\n";
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours{24 * 8});
  };
  make(member / "log/member.log.1");
  make(member / "log/member.log");
  make(member / "data/member.log.1");
  REQUIRE(s.ctl({"cleanup", "--dry-run", "--format", "json"}).json()["files"] == 1);
  const auto done = s.ctl({"cleanup", "--format", "json"}).json();
  CHECK(done["files"] == 1);
  CHECK(done["freed_bytes"] == 5);
  CHECK_FALSE(fs::exists(member / "log/member.log.1"));
  CHECK(fs::exists(member / "log/member.log"));
  CHECK(fs::exists(member / "data/member.log.1"));
}
