#include "bin/layout.hpp"
#include "bin/progress.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace paws;
using namespace paws::bin;

namespace {

logic::event event(const std::string& kind, const std::string& subject, const std::string& text,
                   std::map<std::string, std::string> fields = {}) {
  return {1, 1'000'000, kind, subject, text, std::move(fields)};
}

logic::event becomes(const std::string& service, const std::string& state) {
  return event("service_state", service, "starting -> " + state, {{"from", "starting"}, {"to", state}});
}

const look letters{false, false, 0};

} // namespace

TEST_CASE("the bar grows with what is ready and names what is awaited") {
  progress shown{progress_mode::tty, 4, letters};
  CHECK(shown.bar(0, 80) == "[....................]   0%  0 ms  ");
  CHECK(shown.hear(event("phase_begun", "etcd_formation", "begins")).empty());
  CHECK(shown.bar(1200, 80) == "[....................]   0%  1.2 s  etcd_formation");
  CHECK(shown.hear(becomes("etcd1", "ready")).empty());
  CHECK(shown.hear(event("cluster_state", "etcd", "awaits: etcd2 is not running", {{"ready", "false"}})).empty());
  CHECK(shown.bar(6200, 80) == "[#####...............]  25%  6.2 s  etcd awaits: etcd2 is not running");
  CHECK(shown.hear(event("cluster_state", "etcd", "ready: 3/3", {{"ready", "true"}})).empty());
  CHECK(shown.hear(event("route_state", "patroni-leader", "leads to patroni1", {{"state", "ready"}})).empty());
  CHECK(shown.hear(becomes("haproxy", "completed")).empty());
  CHECK(shown.bar(61'000, 80) == "[####################] 100%  1m 1s  etcd_formation");
}

TEST_CASE("what breaks again takes the bar back") {
  progress shown{progress_mode::tty, 2, letters};
  CHECK(shown.hear(becomes("etcd1", "ready")).empty());
  CHECK(shown.hear(becomes("etcd1", "exited")).empty());
  CHECK(shown.bar(0, 80).find("  0%") != std::string::npos);
  CHECK(shown.hear(event("route_state", "r", "", {{"state", "ready"}})).empty());
  CHECK(shown.hear(event("route_state", "r", "", {{"state", "unready"}})).empty());
  CHECK(shown.bar(0, 80).find("  0%") != std::string::npos);
}

TEST_CASE("the bar never exceeds the terminal, whatever is awaited") {
  progress shown{progress_mode::tty, 0, {false, true, 0}};
  CHECK(shown.hear(event("cluster_state", "patroni", "awaits: " + std::string(500, 'x') + "\x1b[2J\n")).empty());
  for (const std::size_t width : {10, 40, 41, 42, 80, 200}) {
    const auto bar = shown.bar(3'599'000, width);
    CHECK(width_of(bar) < std::max<std::size_t>(width, 42));
    CHECK(bar.find('\x1b') == std::string::npos);
  }
  for (const auto* name : {"a", "b", "c"}) // more becomes ready than was foretold
    CHECK(shown.hear(becomes(name, "ready")).empty());
  CHECK(shown.bar(0, 80).find("100%") != std::string::npos);
}

TEST_CASE("plain lines tell what is worth telling, with the time since the start, and nothing twice") {
  progress shown{progress_mode::plain, 4, letters};
  CHECK(shown.hear(event("command_begun", "start", "start of paws360")).empty());
  auto called = event("start_called", "patroni1", "start, after etcd");
  called.at_us += 1'234'567;
  CHECK(shown.hear(called) == "  1.2 s  patroni1: start, after etcd\n");
  CHECK(shown.hear(called).empty());
  CHECK(shown.hear(becomes("patroni1", "ready")).empty());
  CHECK(shown.hear(event("cluster_state", "patroni", "awaits: no leader yet")) ==
        "   0 ms  patroni awaits: no leader yet\n");
  CHECK(shown.hear(event("cluster_state", "patroni", "awaits: no leader yet")).empty());
  CHECK(shown.hear(event("cluster_state", "patroni", "awaits: a standby")) == "   0 ms  patroni awaits: a standby\n");
  CHECK(shown.hear(event("phase_ended", "etcd_formation", "etcd_formation took 430 ms", {{"target_ms", "45000"}})) ==
        "   0 ms  etcd_formation took 430 ms (target 45.0 s)\n");
  CHECK(shown.hear(event("container_exited", "etcd1", "ended\x1b[31m by signal 9")).find('\x1b') == std::string::npos);
}

TEST_CASE("json tells every event, quiet none") {
  progress json{progress_mode::json, 1, letters};
  const auto line = json.hear(becomes("etcd1", "ready"));
  CHECK(line.back() == '\n');
  CHECK(nlohmann::json::parse(line)["subject"] == "etcd1");
  progress quiet{progress_mode::quiet, 1, letters};
  CHECK(quiet.hear(event("start_called", "etcd1", "start")).empty());
}

TEST_CASE("which progress there is: the flag, then what stdout is") {
  CHECK(choose_progress("auto", true, false) == progress_mode::quiet);
  CHECK(choose_progress("quiet", false, false) == progress_mode::quiet);
  CHECK(choose_progress("tty", false, false) == progress_mode::tty);
  CHECK(choose_progress("plain", false, false) == progress_mode::plain);
  CHECK(choose_progress("json", false, true) == progress_mode::json);
  // one document on stdout, and nothing beside it
  CHECK(choose_progress("auto", false, true) == progress_mode::quiet);
  CHECK(choose_progress("plain", false, true) == progress_mode::quiet);
  CHECK(choose_progress("tty", false, true) == progress_mode::quiet);
}

TEST_CASE("what the engine says is awaited goes before older events, alike reasons stand together") {
  progress shown{progress_mode::tty, 4, letters};
  CHECK(shown.hear(event("cluster_state", "patroni", "awaits: no leader yet")).empty());
  logic::environment_view view;
  view.services.resize(3);
  const char* names[] = {"patroni1", "patroni2", "backend"};
  for (std::size_t i = 0; i < 3; ++i)
    view.services[i].name = names[i];
  for (std::size_t i = 0; i < 2; ++i) {
    view.services[i].cluster = "patroni";
    view.services[i].waiting_for = {{"patroni", "does not stream", 0}};
  }
  view.services[2].waiting_for = {{"patroni", "2 replicas are missing", 0}};
  shown.see(view);
  CHECK(shown.bar(0, 200).ends_with("patroni1, patroni2: does not stream; backend: patroni (2 replicas are missing)"));
  shown.see({});
  CHECK(shown.bar(0, 200).ends_with("patroni awaits: no leader yet"));
}
