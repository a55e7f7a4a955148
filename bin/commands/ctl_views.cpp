// ctl status, health, events, actors: what is and what was.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/interruption.hpp"
#include "bin/layout.hpp"
#include "bin/render.hpp"
#include "bin/session.hpp"
#include "bin/watching.hpp"
#include "net/http_unix_client.hpp"

#include <chrono>
#include <iostream>
#include <optional>
#include <unistd.h>
#include <utility>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using topology::failure;

int status(const global_flags& flags, const std::string& file) {
  auto opened = session::open(flags, file, true);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  auto got = std::get<session>(opened).ask("/v1/status", 10s);
  if (auto* why = std::get_if<failure>(&got))
    return fail(flags, *why);
  const auto& document = std::get<json>(got);
  if (flags.json())
    print(document);
  else
    std::cout << status_text(environment_from_json(document), look_of(flags)) << std::flush;
  return 0;
}

struct health_flags {
  std::string file;
  bool wait = false;
  std::int64_t timeout_s = 60;
  std::vector<std::string> services;
};

std::string health_path(const health_flags& given) {
  std::string out = "/v1/health";
  for (std::size_t i = 0; i < given.services.size(); ++i)
    out += (i == 0 ? "?service=" : "&service=") + given.services[i];
  return out;
}

// "degraded: redis (1/2 replicas online)"
std::string unwell(const json& document) {
  auto out = document.value("status", "unknown");
  const char* before = ": ";
  for (const auto& component : health_from_json(document).components)
    if (component.status != logic::component_status::healthy)
      out += std::exchange(before, "; ") + component.name + " (" + component.summary + ")";
  return out;
}

// Asks now; with --wait again after every event that could have changed the answer, until it is good.
std::variant<json, failure> wait_for_health(const session& with, const health_flags& given, progress& shown) {
  const stopwatch watch{shown};
  for (;;) {
    auto got = with.ask(health_path(given), 30s);
    const auto* document = std::get_if<json>(&got);
    const auto left = std::chrono::milliseconds{given.timeout_s * 1000 - watch.elapsed_ms()};
    if (document == nullptr || !given.wait || document->value("status", "") == "healthy" || left <= 0ms)
      return got;
    shown.await(unwell(*document));
    net::blocking_request follow;
    follow.socket_path = with.at().paths.socket;
    follow.target = "/v1/events?follow=1&since=" + std::to_string(std::numeric_limits<std::uint64_t>::max());
    follow.timeout = std::min<std::chrono::milliseconds>(left, 1s);
    follow.tick = std::chrono::milliseconds{redraw_ms};
    follow.interrupted = [&] {
      watch.redraw();
      return false;
    };
    net::blocking_http(follow, [](std::string_view line) {
      const auto said = json::parse(line, nullptr, false);
      const auto kind = said.is_object() ? said.value("kind", "") : "";
      return kind != "service_state" && kind != "cluster_state" && kind != "route_state";
    });
  }
}

int health(const global_flags& flags, const health_flags& given) {
  auto opened = session::open(flags, given.file, true);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  const auto& with = std::get<session>(opened);
  progress shown{
      choose_progress(flags.progress, flags.quiet, flags.json()), look_of(flags), {"health", with.at().environment}};
  auto got = wait_for_health(with, given, shown);
  shown.end();
  if (auto* why = std::get_if<failure>(&got))
    return fail(flags, *why);
  const auto report = health_from_json(std::get<json>(got));
  if (flags.json())
    print(std::get<json>(got));
  else if (!flags.quiet)
    std::cout << health_text(report, look_of(flags)) << std::flush;
  if (report.status == "healthy")
    return 0;
  // The report itself is the answer: with --format json nothing else stands on stdout.
  const failure why{"ERR_ENG_005",
                    std::get<session>(opened).at().environment + " is " + report.status + ": " +
                        std::to_string(report.passed) + " of " + std::to_string(report.total) +
                        " components are healthy",
                    "see what is wrong: paws-engine ctl health"};
  std::cerr << topology::to_string(why) << std::endl;
  return static_cast<int>(topology::exit_code::unhealthy);
}

struct event_flags {
  std::string file;
  bool follow = false;
  std::uint64_t since = 0;
};

int events(const global_flags& flags, const event_flags& given) {
  auto opened = session::open(flags, given.file, false);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  const auto& with = std::get<session>(opened);
  watch_signals();
  std::uint64_t since = given.since;
  std::optional<failure> broken; // why the stream ended too soon
  for (;;) {
    std::size_t lines = 0;
    net::blocking_request request;
    request.socket_path = with.at().paths.socket;
    request.target = "/v1/events?since=" + std::to_string(since) + (given.follow ? "&follow=1" : "");
    request.interrupted = is_interrupted;
    // The journal is JSON lines in every format: that is its contract.
    const auto reply = net::blocking_http(request, [&](std::string_view line) {
      const auto said = json::parse(line, nullptr, false);
      if (!said.is_object() || !said.contains("seq"))
        return true;
      since = said.value("seq", since);
      ++lines;
      std::cout << line << '\n' << std::flush;
      return static_cast<bool>(std::cout);
    });
    if (reply.aborted)
      return 0;
    if (!reply.what.code.empty()) {
      if (!reply.connected || lines == 0)
        return fail(flags, broken ? *broken : reply.what);
      broken = reply.what; // go on after the last number that arrived
      continue;
    }
    if (given.follow || lines == 0)
      return 0;
  }
}

int actors(const global_flags& flags, const std::string& file) {
  auto opened = session::open(flags, file, false);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  auto got = std::get<session>(opened).ask("/v1/actors", 10s);
  if (auto* why = std::get_if<failure>(&got))
    return fail(flags, *why);
  if (flags.json()) {
    print(std::get<json>(got));
    return 0;
  }
  table rows{{"ACTOR", "KIND", "STATE", "MAILBOX"}};
  for (const auto& row : actors_from_json(std::get<json>(got)))
    rows.push_back({row.path, row.kind, row.state, std::to_string(row.mailbox)});
  std::cout << columns(rows, look_of(flags).width) << std::flush;
  return 0;
}

} // namespace

void add_ctl_status(CLI::App& parent, command_line& line) {
  auto file = std::make_shared<std::string>();
  auto* sub = parent.add_subcommand("status", "The state of everything");
  sub->add_option("--file", *file, "Topology whose environment is meant");
  sub->footer("Example:\n  paws-engine ctl status --format json");
  sub->callback([&line, file] { line.action = [&line, file] { return status(line.flags, *file); }; });
}

void add_ctl_health(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<health_flags>();
  auto* sub = parent.add_subcommand("health", "A fresh check of everything, in parallel; exit 0 healthy, 5 not");
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_flag("--wait", given->wait, "Until healthy");
  sub->add_option("--timeout", given->timeout_s, "Seconds to wait (60)")->check(CLI::Range(0, 86'400));
  sub->add_option("--service", given->services, "Only these");
  sub->footer("Example:\n  paws-engine ctl health --wait --timeout 120");
  sub->callback([&line, given] { line.action = [&line, given] { return health(line.flags, *given); }; });
}

void add_ctl_events(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<event_flags>();
  auto* sub = parent.add_subcommand("events", "The journal, one JSON object per line");
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_flag("-f,--follow", given->follow, "Go on as events come");
  sub->add_option("--since", given->since, "Only events after this number")->check(CLI::NonNegativeNumber);
  sub->footer("Example:\n  paws-engine ctl events -f --since 120");
  sub->callback([&line, given] { line.action = [&line, given] { return events(line.flags, *given); }; });
}

void add_ctl_actors(CLI::App& parent, command_line& line) {
  auto file = std::make_shared<std::string>();
  auto* sub = parent.add_subcommand("actors", "The supervision tree with mailbox sizes");
  sub->add_option("--file", *file, "Topology whose environment is meant");
  sub->footer("Example:\n  paws-engine ctl actors");
  sub->callback([&line, file] { line.action = [&line, file] { return actors(line.flags, *file); }; });
}

} // namespace paws::bin
