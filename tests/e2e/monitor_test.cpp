// The engine's listener over TCP and Prometheus, both only when asked for: what they see, and what is refused.
#include "tests/stack/clients.hpp"
#include "tests/stack/stack.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <yaml-cpp/yaml.h>

using namespace paws::e2e;
using namespace std::chrono_literals;

namespace {

// argv: a method, a URL. Prints the status, then the body.
constexpr const char* ask_over_tcp = R"(
import sys, urllib.error as e, urllib.request as u
try:
    answer = u.urlopen(u.Request(sys.argv[2], method=sys.argv[1]), timeout=30)
except e.HTTPError as error:
    answer = error
print(answer.status, answer.read().decode())
)";

std::string printed_by(std::vector<std::string> words, std::chrono::seconds limit = 60s) {
  words.insert(words.begin(), {"python3", "-c"});
  program asked{words, {}};
  const bool ended = asked.wait(in(limit));
  INFO(asked.out() << asked.err());
  CHECK(ended);
  return ended ? asked.out() : "";
}

struct monitored {
  std::uint16_t control_port = free_port(), prometheus_port = free_port();
  std::string engine = "http://127.0.0.1:" + std::to_string(control_port);
  std::string prometheus = "http://127.0.0.1:" + std::to_string(prometheus_port);
  stack s{[this](YAML::Node& document) {
    const auto original = YAML::LoadFile(PAWS_SOURCE_DIR "/config/paws360.yaml");
    document["services"] = original["services"];
    document["control"] = original["control"];
    document["project"] = PAWS_SOURCE_DIR;
    document["default_profiles"] = std::vector<std::string>{"monitor"};
    document["control"]["listen"] = "127.0.0.1:" + std::to_string(control_port);
    document["services"]["prometheus"]["publish"]["http"] = prometheus_port;
    for (const auto* other : {"backend", "frontend", "frontend-dev"})
      document["services"][other]["publish"]["http"] = free_port();
  }};
};

} // namespace

TEST_CASE("NFR-OBS-003, with the profile monitor Prometheus keeps what the engine, etcd and Patroni tell") {
  monitored with;
  auto& s = with.s;
  const auto started = s.run({"start", s.topology().string()}, 300s);
  INFO(started.out << started.err);
  REQUIRE(started.exit_code == 0);

  // The listener reads, and nothing else.
  CHECK(printed_by({ask_over_tcp, "GET", with.engine + "/metrics"}).find("paws_service_state{") != std::string::npos);
  CHECK(printed_by({ask_over_tcp, "GET", with.engine + "/health/live"}).starts_with("200 "));
  CHECK(printed_by({ask_over_tcp, "GET", with.engine + "/health/ready"}).starts_with("200 "));
  CHECK(printed_by({ask_over_tcp, "GET", with.engine + "/v1/status"}).starts_with("403 "));
  const auto refused = printed_by({ask_over_tcp, "POST", with.engine + "/v1/commands/down"});
  CHECK(refused.starts_with("405 "));
  CHECK(refused.find("ERR_CLI_001") != std::string::npos);
  CHECK(printed_by({ask_over_tcp, "GET", with.engine + "/v1/logs"}).starts_with("403 "));
  CHECK(s.status()["state"] == "ready");

  // Prometheus has accepted its configuration, sees every target, and keeps what they say.
  CHECK(printed_by({ask_over_tcp, "GET", with.prometheus + "/-/ready"}).starts_with("200 "));
  const auto seen = [&](const char* what, int series) {
    return prometheus_values(with.prometheus_port, what, series, in(120s));
  };
  CHECK(seen("up{job=\"engine\"}", 1) == "1.0\n");
  CHECK(seen("paws_build_info", 1) == "1.0\n");
  CHECK(seen("up{job=\"etcd\"}", 3) == "1.0 1.0 1.0\n");
  CHECK(seen("etcd_server_has_leader", 3) == "1.0 1.0 1.0\n");
  CHECK(seen("up{job=\"patroni\"}", 3) == "1.0 1.0 1.0\n");

  // A port that is taken is found before anything is created.
  monitored other;
  YAML::Node document = YAML::LoadFile(other.s.topology().string());
  document["control"]["listen"] = "127.0.0.1:" + std::to_string(with.control_port);
  std::ofstream{other.s.topology()} << document << '\n';
  const auto taken = other.s.run({"start", other.s.topology().string()}, 60s);
  CHECK(taken.exit_code == 3);
  CHECK(taken.err.find("ERR_NET_001") != std::string::npos);
  CHECK(taken.err.find("control: listen") != std::string::npos);
}
