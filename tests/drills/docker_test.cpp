// Drills on containers: what only they can do (cut members off), and what must be there again whoever dies.
#include "tests/drills/drill_kit.hpp"
#include "tests/stack/containers.hpp"

#include <csignal>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// The packet rules of a container, as the kernel has them.
std::string rules_of(const container_engine& engine, const std::string& container) {
  const auto pid = engine.inspect(container)["State"]["Pid"].get<long>();
  program rules{{"nsenter", "--net=/proc/" + std::to_string(pid) + "/ns/net", "--", "iptables", "-w", "5", "-S"},
                {{"PATH", "/usr/sbin:/sbin:/usr/bin:/bin"}},
                "/"};
  REQUIRE(rules.wait(in(20s)));
  REQUIRE(rules.exit_code() == 0);
  return rules.out();
}

// What its own Patroni says, asked inside: nobody else reaches it. One that stops takes no writes any more; it can take
// long over that, for its standbys do not confirm what it has sent last.
bool steps_down(const container_engine& engine, const stack& s, const json& service) {
  const auto url = "http://" + service["address"].get<std::string>() + ":8008/patroni";
  const auto said = engine.run({"exec", container_of(s, service["name"]), "python3", "-c",
                                "import urllib.request; print(urllib.request.urlopen('" + url + "').read().decode())"});
  const auto state = json::parse(said.out, nullptr, false);
  return state.is_object() && (state.value("state", "") != "running" || state.value("role", "") == "replica");
}

void asynchronously(YAML::Node& document) {
  document["clusters"]["patroni"]["settings"]["synchronous"] = "off";
  document["clusters"].remove("redis");
  document["routes"].remove("redis-master");
}

} // namespace

TEST_CASE("TC-013: docker: a leader that is cut off steps down and nobody loses a write") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{{}, "docker"};
  REQUIRE(s.start().exit_code == 0);
  auto drill =
      s.spawn({"ctl", "--env", s.name(), "drill", "patroni-leader", "--fault", "partition", "--format", "json"});
  REQUIRE(is_broken(s));
  const auto open = s.status()["open_faults"];
  REQUIRE(open.size() == 1);
  const auto victim = open[0].get<std::string>().substr(0, open[0].get<std::string>().find(':'));
  CHECK(rules_of(engine, container_of(s, victim)).find("DROP") != std::string::npos);
  const auto itself = service_of(s.status(), victim);
  bool stepped_down = false;
  for (const auto until = in(90s); !stepped_down && remaining_ms(until) > 0 && !s.status()["open_faults"].empty();)
    stepped_down = steps_down(engine, s, itself);
  CHECK(stepped_down);
  REQUIRE(drill->wait(in(drill_limit)));
  INFO(drill->out() << drill->err());
  const auto report = json::parse(drill->out(), nullptr, false);
  REQUIRE(report.is_object());
  CHECK(drill->exit_code() == 0);
  CHECK(report["verdict"] == "pass");
  CHECK(report["zero_loss"] == "proven");
  CHECK(report["victim"] == victim);
  for (const auto* name : {"detection", "lease_expiry", "election", "promotion", "stabilization"})
    CHECK(phase_of(report, name)["observed"] == true);
  CHECK(nothing_open(s));
  CHECK(rules_of(engine, container_of(s, victim)).find("DROP") == std::string::npos);
  CHECK(s.health()["status"] == "healthy");
  CHECK(service_of(s.status(), victim)["role"] != "leader");
}

TEST_CASE("docker: the proof can fail: a leader that replicates to nobody loses writes and the drill says so") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{asynchronously, "docker"};
  REQUIRE(s.start().exit_code == 0);
  const auto leader = with_role(s.status(), "patroni", "leader")["name"].get<std::string>();
  std::vector<std::string> words{"partition", "--target", leader};
  for (const auto* other : {"etcd1", "etcd2", "etcd3", "patroni1", "patroni2", "patroni3"})
    if (other != leader)
      words.insert(words.end(), {"--from", other});
  const auto report = drilled(s, words);
  INFO(report.dump(1));
  CHECK(report["verdict"] == "fail");
  CHECK(report["zero_loss"] == "violated");
  CHECK(report["writer"]["lost"].get<int>() > 0);
  CHECK(nothing_open(s));
}

TEST_CASE("docker: an engine that is killed in the middle of any fault leaves nothing of it") {
  const container_engine engine{"docker"};
  if (!engine.usable())
    return;
  stack s{{}, "docker"};
  REQUIRE(s.start().exit_code == 0);
  int drills = 0;
  for (const auto* fault : {"pause", "partition", "stop", "kill"}) {
    INFO("the fault is " << fault);
    const auto before = s.status();
    std::map<std::string, std::string> rules;
    for (const auto& service : before["services"])
      rules[service["name"]] = rules_of(engine, container_of(s, service["name"]));
    auto drill = s.spawn({"ctl", "--env", s.name(), "drill", "redis-master", "--fault", fault});
    // Each engine tells its own journal, which goes on from the one before.
    REQUIRE(is_broken(s, ++drills));
    REQUIRE(::kill(s.status()["engine"]["pid"].get<pid_t>(), SIGKILL) == 0);
    CHECK(drill->wait(in(30s)));
    const auto again = s.start();
    INFO(again.out << again.err);
    CHECK(again.exit_code == 0);
    REQUIRE(s.becomes_healthy(120s));
    CHECK(nothing_open(s));
    for (const auto& service : s.status()["services"]) {
      INFO(service.dump());
      CHECK(service["actual"] == "ready");
      const auto container = container_of(s, service["name"]);
      CHECK(engine.inspect(container)["State"]["Paused"] == false);
      CHECK(rules_of(engine, container) == rules.at(service["name"]));
    }
  }
}
