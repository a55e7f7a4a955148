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
  return event("service_state", service, "starting -> " + state,
               {{"from", "starting"}, {"to", state}, {"desired", "running"}});
}

const look letters{false, false, 0};
const task starting{"start", "paws360"};

logic::environment_view wanting(const std::vector<std::string>& names) {
  logic::environment_view out;
  for (const auto& name : names) {
    out.services.emplace_back();
    out.services.back().name = name;
    out.services.back().desired = logic::desired_state::running;
  }
  return out;
}

} // namespace

TEST_CASE("the bar grows with what is ready of all that is wanted, and names what is awaited") {
  progress shown{progress_mode::tty, letters, starting};
  CHECK(shown.drawn(0, 80) == "| starting paws360  0 ms"); // nobody knows yet what is wanted
  auto view = wanting({"etcd1", "etcd2", "etcd3", "haproxy"});
  view.services.emplace_back().name = "patroni1"; // not wanted: `start --service etcd`
  shown.see(view);
  CHECK(shown.drawn(0, 80) == "[....................]   0%  | 0 ms");
  CHECK(shown.hear(event("phase_begun", "etcd_formation", "begins")).empty());
  CHECK(shown.drawn(1200, 80) == "[....................]   0%  - 1.2 s  etcd_formation");
  CHECK(shown.hear(becomes("etcd1", "ready")).empty());
  CHECK(shown.hear(event("cluster_state", "etcd", "awaits: etcd2 is not running", {{"ready", "false"}})).empty());
  CHECK(shown.drawn(6200, 80) == "[#####...............]  25%  \\ 6.2 s  etcd awaits: etcd2 is not running");
  CHECK(shown.hear(event("cluster_state", "etcd", "ready: 3/3", {{"ready", "true"}})).empty());
  CHECK(shown.hear(becomes("haproxy", "completed")).empty());
  CHECK(shown.drawn(6200, 80).find(" 50%") != std::string::npos);
  view.services[1].actual = view.services[2].actual = logic::actual_state::ready; // ready before: no event said so
  view.services[0].actual = logic::actual_state::ready;
  view.services[3].actual = logic::actual_state::completed;
  shown.see(view);
  CHECK(shown.drawn(61'000, 80) == "[####################] 100%  / 1m 1s  etcd_formation");
}

TEST_CASE("a start of a part ends at 100 %, and what breaks again takes the bar back") {
  progress shown{progress_mode::tty, letters, starting};
  CHECK(shown.hear(becomes("etcd1", "ready")).empty());
  CHECK(shown.drawn(0, 80).find("100%") != std::string::npos);
  CHECK(shown.hear(becomes("etcd1", "exited")).empty());
  CHECK(shown.drawn(0, 80).find("  0%") != std::string::npos);
}

TEST_CASE("what is left is told where the last start says how long one takes") {
  progress shown{progress_mode::tty, letters, {"start", "paws360", 7'000}};
  shown.see(wanting({"etcd1"}));
  CHECK(shown.drawn(2'500, 80) == "[....................]   0%  2.5 s, 4.5 s to go");
  CHECK(shown.drawn(7'000, 80) == "[....................]   0%  \\ 7.0 s"); // longer than usual: who knows
}

TEST_CASE("what is no start has a spinner and the latest news") {
  progress shown{progress_mode::tty, letters, {"stop", "paws360"}};
  CHECK(shown.drawn(0, 80) == "| stopping paws360  0 ms");
  CHECK(shown.drawn(200, 80) == "/ stopping paws360  200 ms");
  CHECK(shown.hear(becomes("etcd1", "exited")).empty());
  CHECK(shown.drawn(1'000, 80) == "/ stopping paws360  1.0 s  etcd1 stopped");
  const progress with_symbols{progress_mode::tty, {false, true, 0}, {"resume", "paws360"}};
  CHECK(with_symbols.drawn(0, 80) == "⠋ resuming paws360  0 ms");
  progress waiting{progress_mode::tty, letters, {"health", "paws360"}};
  waiting.await("degraded: redis");
  CHECK(waiting.drawn(0, 80) == "| waiting for the health of paws360  0 ms  degraded: redis");
}

TEST_CASE("the bar never exceeds the terminal, whatever is awaited") {
  progress shown{progress_mode::tty, {false, true, 0}, starting};
  shown.see(wanting({"a"}));
  CHECK(
      shown.hear(event("cluster_state", "patroni", "awaits: " + std::string(500, 'x') + "\x1b[2J\n\xc2\x9b")).empty());
  for (const std::size_t width : {0, 1, 10, 40, 41, 42, 60, 80, 200}) {
    const auto bar = shown.drawn(3'599'000, width);
    CHECK(width_of(bar) <= (width > 1 ? width - 1 : 0));
    for (const auto* control : {"\x1b", "\n", "\xc2\x9b"})
      CHECK(bar.find(control) == std::string::npos);
  }
}

TEST_CASE("where no terminal is, a silence is broken after a second, and then every ten") {
  progress shown{progress_mode::plain, letters, {"pause", "paws360"}};
  CHECK(shown.overdue(999).empty());
  CHECK(shown.overdue(1'000) == "  1.0 s  pausing paws360\n");
  CHECK(shown.overdue(10'900).empty());
  CHECK(shown.overdue(11'000) == " 11.0 s  pausing paws360\n");
  progress stopping{progress_mode::plain, letters, {"stop", "paws360"}};
  CHECK(stopping.hear(becomes("etcd1", "exited")) == "etcd1 stopped\n");
  CHECK(stopping.overdue(1'000).empty());
  CHECK(stopping.overdue(11'000) == " 11.0 s  stopping paws360: etcd1 stopped\n");
  for (const auto mode : {progress_mode::quiet, progress_mode::json})
    CHECK(progress{mode, letters, {"stop", "paws360"}}.overdue(60'000).empty());
}

TEST_CASE("plain lines tell what is worth telling, with the time since the start, and nothing twice") {
  progress shown{progress_mode::plain, letters, starting};
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
  progress json{progress_mode::json, letters, starting};
  const auto line = json.hear(becomes("etcd1", "ready"));
  CHECK(line.back() == '\n');
  CHECK(nlohmann::json::parse(line)["subject"] == "etcd1");
  progress quiet{progress_mode::quiet, letters, starting};
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
  progress shown{progress_mode::tty, letters, starting};
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
  CHECK(
      shown.drawn(0, 200).ends_with("patroni1, patroni2: does not stream; backend: patroni (2 replicas are missing)"));
  shown.see({});
  CHECK(shown.drawn(0, 200).ends_with("patroni awaits: no leader yet"));
}
