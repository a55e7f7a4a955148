// The stack in containers: how it starts, what it looks like from outside, and what a teardown leaves.
#include "tests/stack/containers.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr long long mib = 1024LL * 1024;

// What every container must be like, whoever runs in it.
void check_confined(const json& found) {
  const auto& host = found["HostConfig"];
  const auto& config = found["Config"];
  CHECK(host["ReadonlyRootfs"] == true);
  CHECK(host["Privileged"] == false);
  CHECK(host["NetworkMode"] != "host");
  CHECK(host["PidMode"] != "host");
  CHECK(host["RestartPolicy"]["Name"] != "always");
  const auto& options = host["SecurityOpt"];
  CHECK(std::any_of(options.begin(), options.end(), [](const auto& each) {
    return each.template get<std::string>().starts_with("no-new-privileges");
  }));
  const auto& dropped = host["CapDrop"];
  CHECK_FALSE(dropped.empty());
  CHECK((host["CapAdd"].is_null() || host["CapAdd"].empty()));
  const auto user = config["User"].get<std::string>();
  CHECK_FALSE((user.empty() || user == "0" || user == "root" || user.starts_with("0:")));
}

void check_no_secrets(const stack& s, const json& found) {
  const auto text = found.dump();
  for (const auto* name : {"POSTGRES_PASSWORD", "POSTGRES_APP_PASSWORD", "REDIS_PASSWORD", "ETCD_ROOT_PASSWORD"}) {
    const auto secret = s.secret(name);
    CHECK((secret.empty() || text.find(secret) == std::string::npos));
  }
}

// From inside, whichever version of control groups this machine has.
long long memory_limit_inside(const container_engine& engine, const std::string& container) {
  const auto said = engine.run({"exec", container, "sh", "-c",
                                "cat /sys/fs/cgroup/memory.max 2>/dev/null || cat "
                                "/sys/fs/cgroup/memory/memory.limit_in_bytes"});
  INFO(said.err);
  return said.exit_code == 0 ? std::atoll(said.out.c_str()) : -1;
}

int listen_on(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const bool made = ::bind(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0 && ::listen(fd, 1) == 0;
  return made ? fd : -1;
}

} // namespace

TEST_CASE("docker: from nothing to ready, confined, published and limited as the topology says, and down again",
          "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  const auto ports_before = open_ports({});
  stack s{{}, "docker"};
  auto started = s.run({"start", s.topology().string(), "--format", "json"});
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);
  auto first = started.json();
  CHECK(first["runtime"] == "docker");
  CHECK(first["runtime_choice"]["name"] == "docker");
  CHECK(first["state"] == "ready");
  std::set<std::string> phases;
  for (const auto& phase : first["phases"])
    phases.insert(phase["name"].get<std::string>());
  for (const auto* name : {"container_creation", "etcd_formation", "patroni_initialization", "redis_setup"})
    CHECK(phases.contains(name));

  auto again = s.run({"start", s.topology().string(), "--format", "json"});
  CHECK(again.exit_code == 0);
  CHECK(again.json()["already"] == true);
  auto health = s.health();
  INFO(health.dump());
  CHECK(health["status"] == "healthy");
  CHECK(health["passed"] == health["total"]);

  const auto status = s.status();
  REQUIRE(status["services"].size() == 13);
  for (const auto& service : status["services"]) {
    INFO(service.dump());
    const auto found = engine.inspect(container_of(s, service["name"]));
    CHECK(service["container_id"] == found["Id"]);
    CHECK(found["Config"]["Labels"]["com.docker.compose.project"] == s.name());
    CHECK(found["Config"]["Labels"]["com.docker.compose.service"] == service["name"]);
    check_confined(found);
    check_no_secrets(s, found);
  }
  CHECK(memory_limit_inside(engine, container_of(s, "etcd1")) == 512 * mib);
  CHECK(memory_limit_inside(engine, container_of(s, "redis1")) == 256 * mib);

  // From this host exactly the published ports are open.
  auto expected = ports_before;
  for (const auto port : {s.postgres_port(), s.redis_port()})
    if (std::find(expected.begin(), expected.end(), port) == expected.end())
      expected.push_back(port);
  auto open = open_ports({s.postgres_port(), s.redis_port()});
  std::sort(open.begin(), open.end());
  std::sort(expected.begin(), expected.end());
  CHECK(open == expected);
  CHECK(sql_once(s.postgres_route(), "create table kept(id int)", in(10s)));
  CHECK(redis_once(s.redis_route(), {"SET", "kept", "1"}, 5s) == std::vector<std::string>{"OK"});

  const auto down = s.ctl({"down"});
  INFO(down.out << down.err);
  CHECK(down.exit_code == 0);
  CHECK(engine.labelled("container", s.name()).empty());
  CHECK_FALSE(engine.labelled("volume", s.name()).empty());
  REQUIRE(s.start().exit_code == 0);
  CHECK(sql_once(s.postgres_route(), "select * from kept", in(10s)));
  CHECK(redis_once(s.redis_route(), {"GET", "kept"}, 5s) == std::vector<std::string>{"1"});
  const auto reset = s.ctl({"reset", "--confirm-data-loss"});
  INFO(reset.out << reset.err);
  CHECK(reset.exit_code == 0);
  for (const auto* kind : {"container", "volume", "network"})
    CHECK(engine.labelled(kind, s.name()).empty());
}

TEST_CASE("docker: a foreign port or a missing image ends a start, and nothing runs", "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  const auto nothing_made = [&](const stack& s) {
    for (const auto* kind : {"container", "volume", "network"})
      CHECK(engine.labelled(kind, s.name()).empty());
  };
  SECTION("a port") {
    stack s{{}, "docker"};
    const int fd = listen_on(s.postgres_port());
    REQUIRE(fd >= 0);
    auto refused = s.run({"start", s.topology().string(), "--format", "json"});
    ::close(fd);
    INFO(refused.out << refused.err);
    CHECK(refused.exit_code == 3);
    CHECK(refused.json()["error"]["code"] == "ERR_NET_001");
    CHECK(refused.err.find(std::to_string(::getpid())) != std::string::npos);
    nothing_made(s);
  }
  SECTION("an image") {
    stack s{[](YAML::Node& document) { document["clusters"]["redis"]["image"] = "paws360-no-such/redis:none"; },
            "docker"};
    auto refused = s.run({"start", s.topology().string(), "--format", "json"});
    INFO(refused.out << refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.json()["error"]["code"] == "ERR_IMG_001");
    CHECK(refused.err.find("paws360-no-such/redis:none") != std::string::npos);
    nothing_made(s);
  }
}

TEST_CASE("docker: a bad etcd flag is the root cause, Patroni is never started, and a retry works", "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{[](YAML::Node& document) { document["clusters"]["etcd"]["extra_args"].push_back("--no-such-flag"); },
          "docker"};
  const auto failed = s.start();
  INFO(failed.out << failed.err);
  CHECK(failed.exit_code == 5);
  CHECK((failed.out + failed.err).find("no-such-flag") != std::string::npos);
  for (const auto& event : s.events())
    CHECK_FALSE((event["kind"] == "start_called" && event["subject"].get<std::string>().starts_with("patroni")));
  const auto running = engine.run({"ps", "-q", "--filter", "label=io.paws-engine.environment=" + s.name()});
  CHECK(running.out.empty());
  auto document = YAML::LoadFile(s.topology());
  document["clusters"]["etcd"].remove("extra_args");
  std::ofstream{s.topology()} << document << '\n';
  const auto mended = s.start();
  INFO(mended.out << mended.err);
  CHECK(mended.exit_code == 0);
}

TEST_CASE("docker: a service sees what it mounts, and runs on the platform that it names", "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  const auto base = engine.word({"image", "inspect", "--format", "{{.Os}}/{{.Architecture}}", "paws360/etcd:bookworm"});
  const auto only_reader = [](YAML::Node& document) {
    for (const auto* key : {"routing", "routes", "clusters"})
      document.remove(key);
    auto service = document["services"]["reader"];
    service["image"] = "paws360-test/reader:1";
    service["mounts"].push_back(YAML::Load("{ source: given, target: /given, mode: ro }"));
    service["mounts"].push_back(YAML::Load("{ volume: shared, target: /shared, mode: rw }"));
  };
  const auto write_given = [](const stack& s) {
    fs::create_directories(s.root() / "given");
    std::ofstream{s.root() / "given/word"} << "hello\n";
    fs::create_directories(s.root() / "image");
    std::ofstream{s.root() / "image/Dockerfile"} << "FROM paws360/etcd:bookworm\n"
                                                    "CMD [\"sh\", \"-c\", \"exec sleep 100000\"]\n";
  };
  SECTION("its own") {
    stack s{[&](YAML::Node& document) {
              only_reader(document);
              document["services"]["reader"]["platform"] = base;
            },
            "docker"};
    write_given(s);
    REQUIRE(engine.run({"build", "-t", "paws360-test/reader:1", (s.root() / "image").string()}).exit_code == 0);
    const auto started = s.start();
    INFO(started.out << started.err);
    REQUIRE(started.exit_code == 0);
    const auto reader = container_of(s, "reader");
    CHECK(engine.run({"exec", reader, "cat", "/given/word"}).out == "hello\n");
    CHECK(engine.run({"exec", reader, "sh", "-c", "echo x > /given/word"}).exit_code != 0);
    CHECK(engine.run({"exec", reader, "sh", "-c", "echo x > /shared/word"}).exit_code == 0);
    CHECK(engine.run({"exec", reader, "sh", "-c", "echo x > /word"}).exit_code != 0);
    check_confined(engine.inspect(reader));
    // What lies in a volume outlives the container.
    CHECK(s.ctl({"down"}).exit_code == 0);
    REQUIRE(s.start().exit_code == 0);
    CHECK(engine.run({"exec", reader, "cat", "/shared/word"}).out == "x\n");
    CHECK(s.ctl({"reset", "--confirm-data-loss"}).exit_code == 0);
    CHECK(engine.labelled("volume", s.name()).empty());
    CHECK(fs::exists(s.root() / "given/word"));
  }
  SECTION("another") {
    stack s{[&](YAML::Node& document) {
              only_reader(document);
              document["services"]["reader"]["platform"] = base == "linux/arm64" ? "linux/amd64" : "linux/arm64";
            },
            "docker"};
    write_given(s);
    REQUIRE(engine.run({"build", "-t", "paws360-test/reader:1", (s.root() / "image").string()}).exit_code == 0);
    const auto refused = s.run({"start", s.topology().string(), "--format", "json"});
    INFO(refused.out << refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.json()["error"]["code"] == "ERR_IMG_002");
    for (const auto* kind : {"container", "volume", "network"})
      CHECK(engine.labelled(kind, s.name()).empty());
  }
  engine.run({"image", "rm", "paws360-test/reader:1"});
}

TEST_CASE("docker: what only looks like this environment's is left alone", "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{[](YAML::Node& document) {
            for (const auto* key : {"redis"})
              document["clusters"].remove(key);
            document["clusters"].remove("patroni");
            document.remove("routing");
            document.remove("routes");
          },
          "docker"};
  // Names that begin alike, and one label that is not ours.
  const auto foreign = s.name() + "-etcd1-copy", volume = s.name() + "_etcd1_data_copy", network = s.name() + "_infra2";
  const auto id = engine.word({"create", "--name", foreign, "--label", "com.docker.compose.project=" + s.name(),
                               "paws360/etcd:bookworm", "sleep", "1000"});
  engine.word({"volume", "create", volume});
  engine.word({"network", "create", "--label", "com.docker.compose.project=" + s.name(), network});
  CHECK(s.start().exit_code == 0);
  SECTION("by down") {
    CHECK(s.ctl({"down"}).exit_code == 0);
  }
  SECTION("by reset") {
    CHECK(s.ctl({"reset", "--confirm-data-loss"}).exit_code == 0);
  }
  CHECK(engine.inspect(foreign)["Id"] == id);
  CHECK(engine.run({"volume", "inspect", volume}).exit_code == 0);
  CHECK(engine.run({"network", "inspect", network}).exit_code == 0);
  engine.run({"rm", "-f", foreign});
  engine.run({"volume", "rm", volume});
  engine.run({"network", "rm", network});
}

TEST_CASE("docker: members that exist keep their runtime, and a start elsewhere is refused", "[alone]") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{[](YAML::Node& document) {
            document["clusters"].remove("redis");
            document["clusters"].remove("patroni");
            document.remove("routing");
            document.remove("routes");
          },
          "docker"};
  REQUIRE(s.start().exit_code == 0);
  const auto before = engine.lives(s.name());
  CHECK(before.size() == 3);
  for (const bool engine_runs : {true, false}) {
    if (!engine_runs)
      ::kill(s.status()["engine"]["pid"].get<pid_t>(), SIGKILL);
    auto refused = s.run({"start", s.topology().string(), "--runtime", "process", "--format", "json"});
    INFO(refused.out << refused.err);
    CHECK(refused.exit_code == 2);
    CHECK(refused.json()["error"]["code"] == "ERR_RUN_005");
  }
  CHECK(s.processes().empty());
  CHECK(engine.lives(s.name()) == before);
  // With its container engine out of reach the answer is quick and says so.
  s.set_variable("DOCKER_HOST", "unix://" + (s.root() / "no.sock").string());
  for (const auto* verb : {"status", "health", "down"}) {
    const auto begun = std::chrono::steady_clock::now();
    auto refused = s.ctl({verb, "--format", "json"});
    INFO(refused.out << refused.err);
    CHECK(refused.exit_code == 4);
    CHECK(refused.json()["error"]["code"] == "ERR_RUN_004");
    CHECK(std::chrono::steady_clock::now() - begun < 3s);
  }
  s.set_variable("DOCKER_HOST", "");
  CHECK(engine.lives(s.name()) == before);
}
