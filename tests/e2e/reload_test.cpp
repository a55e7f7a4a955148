// ctl reload: a changed topology reaches what runs. Only what changed is touched, and what cannot be is refused.
#include "tests/stack/containers.hpp"
#include "tests/stack/stack.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

void add_service(YAML::Node document, const std::string& name, const std::string& script) {
  auto service = document["services"][name];
  service["image"] = "none";
  service["process"]["command"] = std::vector<std::string>{"/bin/sh", "-c", script};
}

constexpr const char* serves = "exec sleep 100000";

void with_services(YAML::Node& document) {
  for (const auto* name : {"stays", "changes", "goes"})
    add_service(document, name, serves);
  document["services"]["changes"]["depends_on"]["stays"] = "ready";
}

void only_services(YAML::Node& document) {
  for (const auto* key : {"clusters", "routing", "routes"})
    document.remove(key);
  with_services(document);
}

void edit(const stack& s, const std::function<void(YAML::Node)>& change) {
  auto document = YAML::LoadFile(s.topology().string());
  change(document);
  std::ofstream{s.topology()} << document << '\n';
}

pid_t engine_of(const json& status) {
  return status["engine"]["pid"].get<pid_t>();
}

outcome reload(stack& s, std::vector<std::string> flags = {}) {
  flags.insert(flags.begin(), "reload");
  return s.ctl(flags, 180s);
}

} // namespace

TEST_CASE("reload: what changed is replaced, what is new is started, what is gone is stopped, and nothing else moves") {
  stack s{with_services};
  REQUIRE(s.start().exit_code == 0);
  const auto before = s.status();
  auto same = reload(s);
  INFO(same.out << same.err);
  CHECK(same.exit_code == 0);
  CHECK(same.out.find("nothing to do") != std::string::npos);
  CHECK(engine_of(s.status()) == engine_of(before));

  edit(s, [](YAML::Node document) {
    document["services"]["changes"]["environment"]["LEVEL"] = "debug";
    document["services"].remove("goes");
    add_service(document, "comes", serves);
    document["services"]["comes"]["depends_on"]["changes"] = "ready";
    document["budgets"]["image_pull"] = "90s";
  });
  auto shown = reload(s, {"--dry-run"});
  INFO(shown.out << shown.err);
  CHECK(shown.exit_code == 0);
  for (const auto* line : {"added comes", "removed goes", "replaced changes: services.changes.environment.LEVEL",
                           "setting budgets.image_pull"})
    CHECK(shown.out.find(line) != std::string::npos);
  CHECK(pids_of(s.status()) == pids_of(before));

  auto applied = reload(s, {"--format", "json"});
  INFO(applied.out << applied.err);
  CHECK(applied.exit_code == 0);
  const auto said = applied.json();
  CHECK(said["state"] == "applied");
  CHECK(said["added"] == json{"comes"});
  CHECK(said["removed"] == json{"goes"});
  CHECK(said["replaced"][0]["service"] == "changes");
  const auto after = s.status();
  CHECK(engine_of(after) != engine_of(before));
  CHECK(after["state"] == "ready");
  CHECK(service_of(after, "goes").is_null());
  for (const auto* name : {"changes", "comes"})
    CHECK(service_of(after, name)["actual"] == "ready");
  auto then = pids_of(before), now = pids_of(after);
  CHECK(then["changes"] != now["changes"]);
  const auto processes = s.processes();
  CHECK_FALSE(processes.contains(then["goes"]));
  for (auto* pids : {&then, &now})
    for (const auto* touched : {"changes", "comes", "goes"})
      pids->erase(touched);
  CHECK(then == now); // etcd, PostgreSQL, Redis, HAProxy, and what stays
  CHECK(reload(s).out.find("nothing to do") != std::string::npos);
  CHECK(s.ctl({"down"}).exit_code == 0);
}

TEST_CASE("reload: what cannot change while it runs, or is wrong, is refused and nothing is touched") {
  stack s{only_services};
  const auto started = s.start();
  REQUIRE(started.exit_code == 0);
  CHECK(started.out.find("would survive") == std::string::npos); // there is no leader
  const auto before = s.status();
  const auto original = YAML::LoadFile(s.topology().string());
  const auto refused = [&](const std::function<void(YAML::Node)>& change) {
    edit(s, change);
    auto out = reload(s, {"--format", "json"});
    UNSCOPED_INFO(out.out << out.err);
    CHECK(out.exit_code == 2);
    const auto status = s.status();
    CHECK(pids_of(status) == pids_of(before));
    CHECK(engine_of(status) == engine_of(before));
    std::ofstream{s.topology()} << original << '\n';
    return out.json();
  };
  const auto other_file = refused([](YAML::Node document) {
    document["secrets"]["file"] = "other.env";
    document["services"]["changes"]["environment"]["LEVEL"] = "debug";
  });
  CHECK(other_file["error"]["code"] == "ERR_ENG_010");
  CHECK(other_file["error"]["message"].get<std::string>().find("secrets.file") != std::string::npos);
  refused([](YAML::Node document) { document["services"]["changes"]["depends_on"]["nobody"] = "ready"; });
  refused([](YAML::Node document) {
    document["secrets"]["user_provided"].push_back("SOMEBODYS_KEY");
    document["services"]["changes"]["secrets"]["KEY"] = "SOMEBODYS_KEY";
  });
}

TEST_CASE("reload: one that fails says what is applied, and the next one goes on") {
  stack s{only_services};
  REQUIRE(s.start().exit_code == 0);
  const auto before = pids_of(s.status());
  // A program that is missing is found before anything is touched; one that never answers is not.
  edit(s, [](YAML::Node document) {
    document["services"]["changes"]["process"]["command"] = std::vector<std::string>{"/no/such/program"};
  });
  CHECK(reload(s).err.find("ERR_SYS_004") != std::string::npos);
  CHECK(pids_of(s.status()) == before);
  const auto port = free_port();
  edit(s, [port](YAML::Node document) {
    add_service(document, "changes", "exit 7");
    document["services"]["changes"]["publish"]["http"] = port;
    document["services"]["changes"]["probe"]["http"]["port"] = "http";
    document["services"]["changes"]["probe"]["http"]["path"] = "/";
  });
  auto failed = reload(s);
  INFO(failed.out << failed.err);
  CHECK(failed.exit_code != 0);
  CHECK(failed.err.find("not proven ready: changes") != std::string::npos);
  CHECK(pids_of(s.status())["stays"] == before.at("stays"));
  edit(s, [](YAML::Node document) {
    document["services"].remove("changes");
    add_service(document, "changes", serves);
  });
  auto mended = reload(s);
  INFO(mended.out << mended.err);
  CHECK(mended.exit_code == 0);
  const auto after = s.status();
  CHECK(after["state"] == "ready");
  CHECK(pids_of(after)["stays"] == before.at("stays"));
  CHECK(reload(s).out.find("nothing to do") != std::string::npos);

  // What was stopped on purpose is not started by it.
  REQUIRE(s.ctl({"stop", "--service", "goes"}).exit_code == 0);
  edit(s, [](YAML::Node document) { document["services"]["goes"]["environment"]["LEVEL"] = "debug"; });
  CHECK(reload(s).exit_code == 0);
  CHECK(service_of(s.status(), "goes")["desired"] == "stopped");
}

TEST_CASE("reload: who stays in the foreground stays with the engine that takes over") {
  stack s{only_services};
  auto staying = s.spawn({"start", s.topology().string(), "--foreground"});
  const auto tells = [&](const std::string& what) {
    return staying->wait_output([&](const std::string& out) { return out.find(what) != std::string::npos; }, in(60s));
  };
  REQUIRE(tells("is ready"));
  edit(s, [](YAML::Node document) { add_service(document, "comes", serves); });
  auto applied = reload(s);
  INFO(applied.out << applied.err << staying->out() << staying->err());
  CHECK(applied.exit_code == 0);
  CHECK(tells("comes"));
  CHECK(service_of(s.status(), "comes")["actual"] == "ready");
  ::kill(staying->pid(), SIGTERM);
  REQUIRE(staying->wait(in(60s)));
  CHECK(staying->exit_code() == 0);
  CHECK(s.processes().empty());
}

namespace {

void contained(YAML::Node document, const std::string& name) {
  document["services"][name]["image"] = "paws360-test/sleeper:1";
}

void contained_services(YAML::Node& document) {
  for (const auto* key : {"clusters", "routing", "routes"})
    document.remove(key);
  for (const auto* name : {"stays", "changes", "goes"})
    contained(document, name);
  document["services"]["changes"]["depends_on"]["stays"] = "ready";
}

void check_reload_of_containers(const std::string& name) {
  const container_engine engine{name};
  if (!engine.usable())
    return;
  stack s{contained_services, name};
  std::filesystem::create_directories(s.root() / "image");
  std::ofstream{s.root() / "image/Dockerfile"} << "FROM paws360/etcd:bookworm\n"
                                                  "ENTRYPOINT []\n"
                                                  "CMD [\"sh\", \"-c\", \"exec sleep 100000\"]\n";
  REQUIRE(engine.run({"build", "-t", "paws360-test/sleeper:1", (s.root() / "image").string()}).exit_code == 0);
  REQUIRE(s.start().exit_code == 0);
  const auto before = engine.lives(s.name());
  REQUIRE(before.size() == 3);
  edit(s, [](YAML::Node document) {
    document["services"]["changes"]["environment"]["LEVEL"] = "debug";
    document["services"].remove("goes");
    contained(document, "comes");
  });
  const auto applied = reload(s);
  INFO(applied.out << applied.err);
  CHECK(applied.exit_code == 0);
  const auto after = engine.lives(s.name());
  CHECK(after.at(container_of(s, "stays")) == before.at(container_of(s, "stays")));
  CHECK(after.at(container_of(s, "changes")) != before.at(container_of(s, "changes")));
  CHECK(after.contains(container_of(s, "comes")));
  CHECK(engine.inspect(container_of(s, "goes"))["State"]["Running"] == false);
  CHECK(s.status()["state"] == "ready");
  // What no topology names any more goes with the environment all the same.
  CHECK(s.ctl({"reset", "--confirm-data-loss"}).exit_code == 0);
  for (const auto* kind : {"container", "volume", "network"})
    CHECK(engine.labelled(kind, s.name()).empty());
  engine.run({"image", "rm", "paws360-test/sleeper:1"});
}

} // namespace

TEST_CASE("docker: reload replaces one container, and the others live on", "[alone]") {
  check_reload_of_containers("docker");
}

TEST_CASE("podman: reload replaces one container, and the others live on", "[alone]") {
  check_reload_of_containers("podman");
}
