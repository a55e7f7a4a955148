// What views look like: in 80 and in 60 columns, without colour unless wanted, readable as letters alone.
#include "bin/layout.hpp"
#include "bin/render.hpp"
#include "logic/service_table.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <sstream>

using namespace paws;
using namespace paws::bin;
using logic::actual_state;
using logic::desired_state;

namespace {

constexpr std::int64_t now_us = 1'764'253'935'123'000; // 2025-11-27T14:32:15.123Z

logic::service_view member(const std::string& name, const std::string& role, const std::string& address) {
  logic::service_view out;
  out.name = name;
  out.desired = desired_state::running;
  out.actual = actual_state::ready;
  out.role = role;
  out.address = address;
  out.since_us = now_us - 3'599'000'000;
  return out;
}

logic::environment_view running() {
  logic::environment_view out;
  out.environment = "paws360";
  out.runtime = "process";
  out.state = logic::environment_state::ready;
  out.since_us = now_us - 90'000'000;
  out.engine_pid = 4194303;
  out.services = {member("etcd1", "follower", "127.36.106.11"), member("patroni1", "sync_standby", "127.36.106.21"),
                  member("redis-sentinel1", "sentinel", "127.36.106.41"), member("haproxy", "", "127.36.106.51")};
  out.routes = {{"patroni-leader", "127.0.0.1", 5432, "patroni1", "ready", ""}};
  out.phases = {{"etcd_formation", now_us, 430, 45'000}, {"patroni_initialization", now_us, 91'000, 90'000}};
  out.start_total_ms = 91'500;
  return out;
}

bool fits(const std::string& text, std::size_t width = screen_columns) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (width_of(line) > width)
      return false;
  return true;
}

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

bool only_ascii(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

const look plain{false, false, now_us};
const look colored{true, true, now_us};
const look narrow{false, false, now_us, fewest_columns};

} // namespace

TEST_CASE("who is down for a drill is given back by it, who somebody paused goes on by resume") {
  auto view = running();
  view.services[0].drift = std::string{logic::drill_drift};
  view.services[0].actual = actual_state::paused;
  view.services[1].drift = "paused from outside the engine";
  view.services[1].actual = actual_state::paused;
  const auto text = status_text(view, plain);
  INFO(text);
  CHECK(has(text, "etcd1 was down for a drill; the drill gives it back, or: paws-engine ctl"));
  CHECK(has(text, "patroni1 was paused from outside the engine; it goes on with: paws-engine ctl"));
}

TEST_CASE("status shows every service with what is wanted and what is, routes and phases") {
  const auto text = status_text(running(), plain);
  INFO(text);
  CHECK(has(text, "paws360: ready for 1m 30s (runtime process, engine pid 4194303)\n"));
  CHECK(has(text, "SERVICE"));
  CHECK(has(text, "patroni1"));
  CHECK(has(text, "sync_standby"));
  CHECK(has(text, "127.36.106.21"));
  CHECK(has(text, "59m 59s"));
  CHECK(has(text, "127.0.0.1:5432"));
  CHECK(has(text, "etcd_formation"));
  CHECK(has(text, "430 ms"));
  CHECK(has(text, "total 1m 31s\n"));
  CHECK(fits(text));
  CHECK(only_ascii(text));
}

TEST_CASE("status in 60 columns keeps what matters most") {
  const auto text = status_text(running(), narrow);
  INFO(text);
  CHECK(fits(text, fewest_columns));
  for (const auto* what : {"redis-sentinel1", "sync_standby", "127.36.106.41", "ready", "59m 59s", "5432", "over its"})
    CHECK(has(text, what));
  CHECK_FALSE(has(text, "RESTARTS"));
  CHECK(fits(phases_text(running(), {true, true, now_us, fewest_columns}), fewest_columns));
}

TEST_CASE("a phase that took too long says so in words") {
  const auto text = phases_text(running(), plain);
  CHECK(has(text, "warn over its target\n"));
  CHECK(has(text, "ok\n"));
  auto view = running();
  view.phases[1].duration_ms = -1;
  CHECK(has(phases_text(view, plain), "not over"));
  CHECK_FALSE(has(phases_text(view, plain), "over its target"));
}

TEST_CASE("status names what is awaited, what failed, and what is not enforced, each once") {
  auto view = running();
  view.state = logic::environment_state::failed;
  view.services[0].actual = actual_state::failed;
  view.services[0].failure =
      "ended with exit code 2 five times within a minute, its last words were: flag provided but "
      "not defined: -no-such-flag";
  view.services[1].actual = actual_state::created;
  view.services[1].waiting_for = {{"etcd", "1/3 healthy, no quorum", now_us}};
  for (auto& service : view.services)
    service.unsupported = {"memory_limit: /sys/fs/cgroup is not writable"};
  view.routes[0].state = "unready";
  view.routes[0].target = "";
  view.routes[0].why = "nobody leads";
  view.open_faults = {"kill of patroni1"};
  const auto text = status_text(view, plain);
  INFO(text);
  CHECK(has(text, "etcd1 failed: ended with exit code 2"));
  CHECK(has(text, "patroni1 waits for etcd: 1/3 healthy, no quorum\n"));
  CHECK(has(text, "route patroni-leader: nobody leads\n"));
  CHECK(has(text, "open fault: kill of patroni1\n"));
  const std::string limits = "not enforced: memory_limit: /sys/fs/cgroup is not writable\n";
  CHECK(has(text, limits));
  CHECK(text.find(limits) == text.rfind(limits));
  CHECK(fits(text));
  CHECK(fits(status_text(view, narrow), fewest_columns));
}

TEST_CASE("colour is only where it is wanted, and never without a word or a symbol") {
  CHECK_FALSE(has(status_text(running(), plain), "\x1b"));
  const auto text = status_text(running(), colored);
  CHECK(has(text, "\x1b[32mready\x1b[0m"));
  CHECK(has(text, "✓"));
  CHECK(fits(text));
}

TEST_CASE("an empty view is no accident") {
  CHECK(has(status_text({}, plain), ": stopped for -"));
  CHECK(has(health_text({}, plain), "overall: unhealthy, 0/0"));
  CHECK(phases_text({}, plain) == "PHASE  TOOK  TARGET\n");
}

TEST_CASE("the health report names components, and of their checks those that are not well") {
  logic::health_report report;
  report.status = "degraded";
  report.passed = 1;
  report.total = 2;
  report.duration_ms = 85;
  report.at_us = now_us;
  report.components = {
      {"etcd",
       logic::component_status::healthy,
       "3/3 healthy, quorum OK, size 0.1MB",
       12,
       {{"quorum", logic::check_status::pass, "1 leader, 2 followers", 4, ""}}},
      {"redis",
       logic::component_status::degraded,
       "2/3 healthy, master redis1 (127.36.106.31:6379), 1/2 replicas online, 3/3 Sentinels agree, and more of it",
       5000,
       {{"replicas", logic::check_status::warn, "1/2 online", 4, ""},
        {"redis2", logic::check_status::fail, "", 5000, "no answer\x1b[2J from 127.36.106.32:6379 within 5000 ms"},
        {"size", logic::check_status::skip, "", 0, "not asked"}}}};
  const auto text = health_text(report, plain);
  INFO(text);
  CHECK(has(text, "health at 2025-11-27T14:32:15.123Z\n"));
  CHECK(has(text, "ok    etcd   3/3 healthy, quorum OK, size 0.1MB (12 ms)\n"));
  CHECK(has(text, "warn  redis  2/3 healthy"));
  CHECK(has(text, "warn  replicas: 1/2 online\n"));
  CHECK(has(text, "FAIL  redis2: no answer?[2J from"));
  CHECK_FALSE(has(text, "quorum:"));
  CHECK_FALSE(has(text, "size:"));
  CHECK(has(text, "overall: degraded, 1/2 components healthy, checked in 85 ms\n"));
  CHECK(fits(text));
  CHECK(only_ascii(text));
  CHECK(has(health_text(report, {false, true, now_us}), "✓  etcd "));
  CHECK(fits(health_text(report, narrow), fewest_columns));
}

TEST_CASE("durations are short and round down") {
  CHECK(short_duration(0) == "0 ms");
  CHECK(short_duration(999) == "999 ms");
  CHECK(short_duration(7'460) == "7.4 s");
  CHECK(short_duration(59'999) == "59.9 s");
  CHECK(short_duration(60'000) == "1m 0s");
  CHECK(short_duration(3'599'999) == "59m 59s");
  CHECK(short_duration(7'500'000) == "2h 5m");
}

TEST_CASE("an event is one line") {
  logic::event what;
  what.at_us = now_us;
  what.kind = "start_called";
  what.subject = "patroni1";
  what.text = "start, after etcd";
  CHECK(event_text(what) == "14:32:15.123 start_called patroni1: start, after etcd");
}
