#include "bin/diagnosis.hpp"
#include "bin/machine.hpp"
#include "bin/preflight.hpp"
#include "runtimes/process/process_runtime.hpp"
#include "tests/unit/bin/bin_support.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

using namespace paws::bin;
using nlohmann::json;
using testing::playground;

namespace {

// Listens on 127.0.0.1, on a port that the machine chooses.
struct taken_port {
  int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port = 0;
  taken_port() {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&at), size) == 0);
    REQUIRE(::listen(fd, 1) == 0);
    REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size) == 0);
    port = ::ntohs(at.sin_port);
  }
  taken_port(const taken_port&) = delete;
  taken_port& operator=(const taken_port&) = delete;
  ~taken_port() { ::close(fd); }
};

// The default topology with the PostgreSQL route on `port`.
void write_topology(const playground& here, std::uint16_t port) {
  here.write_topology("config/paws360.yaml");
  auto text = here.read("config/paws360.yaml");
  const auto at = text.find("publish: 5432");
  REQUIRE(at != std::string::npos);
  here.write("config/paws360.yaml", text.replace(at, 13, "publish: " + std::to_string(port)));
}

json doctor(const std::vector<std::string>& words = {}) {
  std::vector<std::string> all{"doctor", "--format", "json"};
  all.insert(all.end(), words.begin(), words.end());
  return json::parse(testing::run(all).out);
}

const json* row(const json& document, const std::string& finding) {
  for (const auto& one : document["findings"])
    if (one["finding"] == finding)
      return &one;
  return nullptr;
}

} // namespace

TEST_CASE("doctor: every row that is not ok has a remedy, and the others need none") {
  const playground here;
  for (const auto& document : {doctor(), doctor({"no-such.yaml"})}) {
    INFO(document.dump(1));
    for (const auto* name : {"control groups", "runtime docker", "runtime podman"})
      CHECK(row(document, name) != nullptr);
    for (const auto& one : document["findings"]) {
      CHECK((one["status"] == "ok") == one["remedy"].is_null());
      CHECK_FALSE(one["detail"].get<std::string>().empty());
    }
  }
  for (const auto* name : {"disk", "memory", "processors"})
    CHECK(row(doctor(), name) != nullptr);
  const auto lost = doctor({"no-such.yaml"});
  CHECK(lost["error"]["code"] == "ERR_TOPO_002");
  CHECK(row(lost, "topology")->at("status") == "fail");
}

TEST_CASE("doctor: a taken port is named with who has it") {
  const playground here;
  const taken_port taken;
  write_topology(here, taken.port);
  const auto document = doctor();
  INFO(document.dump(1));
  const auto* found = row(document, "port taken");
  REQUIRE(found != nullptr);
  CHECK((*found)["status"] == "fail");
  const auto detail = (*found)["detail"].get<std::string>();
  CHECK(detail.find("127.0.0.1:" + std::to_string(taken.port)) != std::string::npos);
  CHECK(detail.find("pid " + std::to_string(::getpid())) != std::string::npos);
  CHECK(document["ok"] == false);
  CHECK(testing::widest_line(testing::run({"doctor"}).out) <= 80);
}

TEST_CASE("doctor: a program that is not there is named with its package") {
  const playground here;
  const std::string before = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe)
  ::setenv("PATH", here.root().c_str(), 1);
  const auto document = doctor();
  ::setenv("PATH", before.c_str(), 1);
  INFO(document.dump(1));
  const auto* found = row(document, "program etcd");
  if (found == nullptr) // found beyond PATH
    return;
  CHECK((*found)["remedy"] == "run: apt-get install etcd-server");
  CHECK(document["ok"] == false);
}

TEST_CASE("doctor says of limits what the runtime itself says") {
  const auto can = paws::process::process_capabilities(cgroup_root);
  for (const auto& one : process_abilities()) {
    if (one.name == "memory_limit")
      CHECK(one.lacking == can.memory_limit);
    if (one.name == "cpu_limit")
      CHECK(one.lacking == can.cpu_limit);
  }
}

TEST_CASE("what a start lacks becomes a row of its own kind") {
  CHECK(row_of({"ERR_SYS_001", "only", "do"}, grade::warn).name == "memory");
  CHECK(row_of({"ERR_SYS_002", "only", "do"}, grade::fail).name == "disk");
  CHECK(row_of({"ERR_SYS_006", "only", "do"}, grade::warn).name == "processors");
  CHECK(row_of({"ERR_NET_001", "taken", "do"}, grade::fail).name == "port taken");
  CHECK(row_of({"ERR_TOPO_001", "wrong", "do"}, grade::fail).name == "topology");
}

TEST_CASE("doctor shows each runtime, with what it can, or why it cannot be used") {
  const playground here;
  ::setenv("DOCKER_HOST", "tcp://127.0.0.1:1", 1);
  ::setenv("CONTAINER_HOST", ("unix://" + (here.root() / "none.sock").string()).c_str(), 1);
  const auto document = doctor();
  ::unsetenv("DOCKER_HOST");
  ::unsetenv("CONTAINER_HOST");
  INFO(document.dump(1));
  std::map<std::string, json> runtimes;
  for (const auto& one : document["runtimes"])
    runtimes[one["name"]] = one;
  REQUIRE(runtimes.size() == 3);
  CHECK(runtimes["docker"]["usable"] == false);
  CHECK(runtimes["docker"]["reason"].get<std::string>().find("only unix:// sockets") != std::string::npos);
  CHECK(runtimes["podman"]["usable"] == false);
  CHECK(runtimes["podman"]["reason"].get<std::string>().find("none.sock") != std::string::npos);
  CHECK(runtimes["process"]["usable"] == true);
  CHECK(runtimes["process"]["abilities"].size() == 6);
}
