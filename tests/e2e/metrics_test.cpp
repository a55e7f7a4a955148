// What the engine tells about itself: /metrics over the control socket after a member died and came back, and its own
// log with the trace id of every command.
#include "tests/stack/stack.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <set>
#include <sstream>

using namespace paws::e2e;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::string curl(const stack& s, const std::string& path, const std::vector<std::string>& words = {}) {
  std::vector<std::string> argv{"curl", "-sS", "--unix-socket", (s.root() / "run" / (s.name() + ".sock")).string()};
  argv.insert(argv.end(), words.begin(), words.end());
  argv.push_back("http://localhost" + path);
  program asked{argv, {}};
  REQUIRE(asked.wait(in(90s)));
  INFO(asked.err());
  CHECK(asked.exit_code() == 0);
  return asked.out();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in{text};
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  return out;
}

// The value of the sample `name` with each of `labels`; -1 when there is none.
double sample(const std::string& text, const std::string& name, const std::vector<std::string>& labels) {
  for (const auto& line : lines_of(text)) {
    bool fits = line.starts_with(name + "{");
    for (const auto& label : labels)
      fits = fits && line.find(label) != std::string::npos;
    if (fits)
      return std::stod(line.substr(line.rfind(' ') + 1));
  }
  return -1;
}

// Kinds of the lines of the engine's log that carry `trace_id`.
std::multiset<std::string> kinds_of(const std::vector<json>& log, const std::string& trace_id) {
  std::multiset<std::string> out;
  for (const auto& line : log)
    if (line["trace_id"] == trace_id)
      out.insert(line["kind"]);
  return out;
}

std::vector<json> engine_log(const stack& s) {
  std::vector<json> out;
  std::ifstream file{s.environment_dir() / "engine.log"};
  for (std::string line; std::getline(file, line);) {
    INFO(line);
    out.push_back(json::parse(line, nullptr, false));
    REQUIRE(out.back().is_object());
    for (const auto* field : {"timestamp", "level", "service", "message", "trace_id"})
      REQUIRE(out.back()[field].is_string());
  }
  return out;
}

} // namespace

TEST_CASE("metrics and the engine's log after a member was killed and came back") {
  stack s;
  auto started = s.run({"start", s.topology().string(), "--log-format", "json", "--format", "json"});
  REQUIRE(started.exit_code == 0);
  const auto start_id = started.json()["trace_id"].get<std::string>();
  CHECK(start_id.size() == 16);

  const auto pid = pids_of(s.status())["etcd3"];
  REQUIRE(kill_tree(pid, in(10s)));
  REQUIRE(s.sees_event(
      [](const json& what) { return what["kind"] == "restart_scheduled" && what["subject"] == "etcd3"; }, in(30s)));
  REQUIRE(s.becomes_healthy(60s));

  const auto text = curl(s, "/metrics");
  CHECK(sample(text, "paws_service_state", {"service=\"etcd3\"", "state=\"ready\""}) == 1);
  CHECK(sample(text, "paws_service_state", {"service=\"etcd3\"", "state=\"exited\""}) == 0);
  CHECK(sample(text, "paws_service_restarts_total", {"service=\"etcd3\""}) >= 1);
  CHECK(sample(text, "paws_service_restarts_total", {"service=\"etcd1\""}) == 0);
  const auto asked = sample(text, "paws_probe_duration_seconds_count", {"member=\"etcd3\""});
  CHECK(asked > 0);
  CHECK(sample(text, "paws_probe_duration_seconds_bucket", {"member=\"etcd3\"", "le=\"+Inf\""}) == asked);
  for (const auto* actor : {"environment", "journal", "store", "runtime", "asker", "control", "etcd", "etcd/etcd3",
                            "log collector", "resource watch", "http server"})
    CHECK(sample(text, "paws_mailbox_messages", {"actor=\"" + std::string{actor} + "\""}) >= 0);
  CHECK(sample(text, "redis_connected_clients", {"member=\"redis2\""}) > 0);
  CHECK(sample(text, "redis_used_memory_bytes", {"member=\"redis1\""}) > 100'000);
  CHECK(sample(text, "redis_keyspace_hits_total", {"member=\"redis3\""}) >= 0);
  CHECK(sample(text, "patroni_postgres_streaming", {"member=\"patroni1\""}) +
            sample(text, "patroni_postgres_streaming", {"member=\"patroni2\""}) +
            sample(text, "patroni_postgres_streaming", {"member=\"patroni3\""}) ==
        2);
  CHECK(text.find("patroni_replication_lag{") != std::string::npos);
  CHECK(sample(text, "paws_phase_duration_seconds", {"phase=\"etcd_formation\""}) > 0);
  CHECK(sample(text, "paws_events_total", {"kind=\"container_exited\""}) >= 1);
  CHECK(sample(text, "paws_events_total", {"kind=\"service_state\""}) > 13);

  const auto answer = lines_of(
      curl(s, "/v1/commands/restart", {"-H", "X-Trace-ID: from-outside", "-d", R"({"services":["redis-sentinel3"]})"}));
  REQUIRE_FALSE(answer.empty());
  CHECK(json::parse(answer.back())["result"]["trace_id"] == "from-outside");
  CHECK(json::parse(answer.back())["result"]["exit_code"] == 0);
  auto refused = s.ctl({"restart", "nobody"});
  CHECK(refused.exit_code == 2);
  const auto said = refused.err.find("trace id: ");
  REQUIRE(said != std::string::npos);
  const auto refused_id = refused.err.substr(said + 10, 16);
  const auto stopped = s.ctl({"stop", "--format", "json"});
  CHECK(stopped.exit_code == 0);

  const auto log = engine_log(s); // complete: the engine has ended
  for (const auto& id : {start_id, std::string{"from-outside"}, stopped.json()["trace_id"].get<std::string>()}) {
    INFO(id);
    const auto kinds = kinds_of(log, id);
    CHECK(kinds.count("command_begun") == 1);
    CHECK(kinds.count("command_ended") == 1);
    CHECK(kinds.count("service_state") > 0);
  }
  CHECK(kinds_of(log, refused_id) == std::multiset<std::string>{"command_refused"});
  for (const auto& line : log)
    if (line["trace_id"] == "from-outside" && line["kind"] == "service_state")
      CHECK(line["service"] == "redis-sentinel3");
}
