// Which command an event belongs to, when several are under way: the right one or none.
#include "actors/control.hpp"
#include "tests/support/toy_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace paws;
using namespace paws::testing;
using logic::actual_state;
namespace kinds = logic::event_kinds;

namespace {

std::string trace_of(const logic::event& what) {
  const auto at = what.fields.find("trace_id");
  return at == what.fields.end() ? "" : at->second;
}

void send(toy_world& world, const std::string& name, const std::string& trace_id,
          const std::vector<std::string>& services = {}) {
  operator_command what;
  what.name = name;
  what.trace_id = trace_id;
  what.services = services;
  world.send(std::move(what));
}

std::vector<std::string> kinds_with(const toy_world& world, const std::string& trace_id, const std::string& subject) {
  std::vector<std::string> out;
  for (const auto& what : world.events)
    if (trace_of(what) == trace_id && what.subject == subject)
      out.push_back(what.kind);
  return out;
}

bool is_redis(const std::string& subject) {
  return subject.starts_with("redis") && subject != "redis";
}

} // namespace

TEST_CASE("a restart beside a start: each event has the id of its own command, or none") {
  toy_world world;
  world.warm_up = 2s;
  send(world, "start", "start-1");
  REQUIRE(world.advance_until([&] { return world.service("redis3").actual == actual_state::ready; }, 60s));
  REQUIRE(world.service("backend").actual == actual_state::created); // the start goes on
  const auto restarted_from = world.events.size();
  send(world, "restart", "restart-1", {"redis"});
  send(world, "start", "start-2");
  send(world, "pause", "pause-1");
  send(world, "restart", "restart-2", {"redis"});
  const auto ended = [&] {
    return world.events_of(kinds::command_ended, "start").size() == 1 &&
           world.events_of(kinds::command_ended, "restart").size() == 1;
  };
  REQUIRE(world.advance_until(ended, 120s));
  INFO(world.describe());
  bool start_after_restart = false;
  for (std::size_t i = 0; i < world.events.size(); ++i) {
    const auto& what = world.events[i];
    INFO("#" << what.seq << " " << what.kind << " " << what.subject << " " << what.text);
    const auto trace = trace_of(what);
    const bool of_service = what.subject == "backend" || what.subject.starts_with("etcd") ||
                            what.subject.starts_with("patroni") || is_redis(what.subject);
    if (what.kind == kinds::cluster_state || what.kind == kinds::leader_changed)
      CHECK(trace.empty()); // they come of what many do
    else if (is_redis(what.subject))
      CHECK(trace == (i < restarted_from ? "start-1" : "restart-1"));
    else if (of_service)
      CHECK(trace == "start-1");
    else if (what.kind == kinds::phase_begun || what.kind == kinds::phase_ended)
      CHECK((trace.empty() || trace == "start-1"));
    start_after_restart = start_after_restart || (i > restarted_from && trace == "start-1" && of_service);
  }
  CHECK(start_after_restart);
  CHECK(kinds_with(world, "start-1", "start") == std::vector<std::string>{"command_begun", "command_ended"});
  CHECK(kinds_with(world, "restart-1", "restart") == std::vector<std::string>{"command_begun", "command_ended"});
  CHECK(kinds_with(world, "start-2", "start") == std::vector<std::string>{"command_joined"});
  CHECK(kinds_with(world, "restart-2", "restart") == std::vector<std::string>{"command_joined"});
  CHECK(kinds_with(world, "pause-1", "pause") == std::vector<std::string>{"command_refused"});
  CHECK(world.events_of(kinds::command_joined, "start").front().fields.at("joins") == "start-1");
}

TEST_CASE("what happens after a command is over is not of it") {
  toy_world world;
  send(world, "start", "start-1");
  REQUIRE(world.advance_until_outcome(60s));
  const auto before = world.events.size();
  world.kill("backend");
  world.kill("etcd2");
  world.advance(30s);
  REQUIRE(world.advance_until_ready(60s));
  REQUIRE(world.events.size() > before);
  for (std::size_t i = before; i < world.events.size(); ++i) {
    INFO(world.events[i].kind << " " << world.events[i].subject);
    CHECK(trace_of(world.events[i]).empty());
  }
}

TEST_CASE("a stop that ends a start: both keep their own ids") {
  toy_world world;
  send(world, "start", "start-1");
  world.advance(300ms);
  send(world, "stop", "stop-1");
  REQUIRE(world.advance_until([&] { return !world.engine_alive(); }, 60s));
  const auto ends = world.events_of(kinds::command_ended);
  REQUIRE(ends.size() == 2);
  CHECK(trace_of(ends[0]) == "start-1");
  CHECK(trace_of(ends[1]) == "stop-1");
  for (const auto& what : world.events_of(kinds::service_state))
    if (what.fields.at("desired") == "stopped")
      CHECK(trace_of(what) == "stop-1");
}

TEST_CASE("a member that is being stopped for one command and wanted by the next") {
  toy_world world;
  send(world, "start", "start-1");
  REQUIRE(world.advance_until_outcome(60s));
  world.script("backend").stop_delay = 5s;
  const auto before = world.events.size();
  send(world, "stop", "stop-1", {"backend"});
  world.advance(1s);
  send(world, "restart", "restart-1", {"backend"});
  REQUIRE(world.advance_until([&] { return world.events_of(kinds::command_ended).size() == 3; }, 60s));
  INFO(world.describe());
  std::vector<std::pair<std::string, std::string>> seen;
  for (std::size_t i = before; i < world.events.size(); ++i)
    if (const auto& what = world.events[i]; what.kind == kinds::service_state && what.subject == "backend")
      seen.emplace_back(what.fields.at("to"), trace_of(what));
  REQUIRE(seen.size() >= 3);
  CHECK(seen[0] == std::pair<std::string, std::string>{"stopping", "stop-1"});
  CHECK(seen[1] == std::pair<std::string, std::string>{"exited", "stop-1"});
  for (std::size_t i = 2; i < seen.size(); ++i)
    CHECK(seen[i].second == "restart-1");
}

TEST_CASE("a service that gives up says for which command") {
  toy_world world{{{"one", {}, {}, {}}}};
  world.script("one").exits_with = 3;
  send(world, "start", "start-1");
  REQUIRE(world.advance_until([&] { return world.events_of(kinds::service_failed).size() == 1; }, 120s));
  CHECK(trace_of(world.events_of(kinds::service_failed).front()) == "start-1");
}

TEST_CASE("the trace id of a request is a word, from the body or from the header") {
  CHECK(parse_command("stop", "{}", "from-header").command.trace_id == "from-header");
  CHECK(parse_command("stop", R"({"trace_id":"from-body"})", "from-header").command.trace_id == "from-body");
  CHECK(parse_command("stop", "{}").command.trace_id.empty());
  for (const auto* bad : {"two words", "a\"b", "\x01", "\xc3\xa4"})
    CHECK(parse_command("stop", "{}", bad).what.code == "ERR_CLI_001");
  CHECK(parse_command("stop", "{}", std::string(65, 'x')).what.code == "ERR_CLI_001");
  CHECK(parse_command("stop", R"({"trace_id":""})").what.code == "ERR_CLI_001");
  CHECK(new_trace_id().size() == 16);
  CHECK(new_trace_id() != new_trace_id());
}
