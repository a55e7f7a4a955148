#include "bin/foreground.hpp"

#include "actors/view_json.hpp"
#include "bin/engine_process.hpp"
#include "bin/progress.hpp"
#include "bin/replace_engine.hpp"
#include "net/http_unix_client.hpp"

#include <iostream>
#include <sys/wait.h>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
namespace kinds = logic::event_kinds;

// For the engine's own end, after everything has stopped.
constexpr auto end_patience = 20s;

// Process 1 inherits what members leave behind.
void reap() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

void say(const global_flags& flags, const logic::event& what) {
  if (flags.json() || flags.json_lines())
    print(to_json(what));
  else if (!flags.quiet)
    std::cout << event_text(what) << std::endl;
}

bool ends_in_order(const logic::event& what) {
  const auto to = what.fields.find("to");
  return what.kind == kinds::engine_stopping ||
         (what.kind == kinds::environment_state && to != what.fields.end() && to->second == "stopped");
}

// Tells what happens after `since`, until the engine ends, or we are told to end.
void follow(const target& at, const std::string& since, const std::function<bool()>& told_to_end,
            const std::function<void(const logic::event&)>& hear) {
  net::blocking_request request;
  request.socket_path = at.paths.socket;
  request.target = "/v1/events?follow=1&since=" + since;
  request.interrupted = [&] {
    reap();
    return told_to_end();
  };
  net::blocking_http(request, [&](std::string_view line) {
    const auto said = nlohmann::json::parse(line, nullptr, false);
    if (said.is_object() && said.contains("seq"))
      hear(event_from_json(said));
    return true;
  });
}

} // namespace

int stay_in_foreground(const global_flags& flags, const target& at, pid_t engine,
                       const std::function<bool()>& told_to_end) {
  bool in_order = false;
  std::string heard = "now";
  const auto hear = [&](const logic::event& what) {
    heard = std::to_string(what.seq);
    in_order = in_order || ends_in_order(what);
    say(flags, what);
  };
  // Another engine may take over from this one, and yet another from that.
  for (pid_t next = engine; next != 0 && !told_to_end(); next = successor_of(at, engine)) {
    engine = next;
    in_order = false;
    follow(at, heard, told_to_end, hear);
    if (!told_to_end())
      wait_until_gone(engine, end_patience);
    reap();
  }
  if (told_to_end()) {
    if (const auto now = successor_of(at, 0); now != 0) // whoever takes over at this moment stops everything
      engine = now;
    command_hooks hooks;
    hooks.trace_id = flags.trace_id;
    hooks.on_event = [&](const logic::event& what) {
      hear(what);
      return true;
    };
    auto ended = command_engine(at, "stop", nlohmann::json::object(), hooks);
    if (auto* why = std::get_if<topology::failure>(&ended))
      return fail(flags, *why, {{"trace_id", flags.trace_id}});
    if (const auto& outcome = std::get<command_end>(ended).outcome; !outcome.what.code.empty())
      return fail(flags, outcome.what, {{"trace_id", outcome.trace_id}});
    wait_until_gone(engine, end_patience);
    reap();
    return 0;
  }
  if (in_order)
    return 0;
  return fail(flags,
              {"ERR_ENG_006", "the engine of " + at.environment + " ended unexpectedly; its members keep running",
               "start again: paws-engine start; its log: " + at.paths.engine_log});
}

} // namespace paws::bin
