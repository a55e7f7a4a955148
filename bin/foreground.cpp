#include "bin/foreground.hpp"

#include "actors/view_json.hpp"
#include "bin/engine_process.hpp"
#include "bin/progress.hpp"
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

} // namespace

int stay_in_foreground(const global_flags& flags, const target& at, pid_t engine,
                       const std::function<bool()>& told_to_end) {
  bool in_order = false;
  const auto hear = [&](const logic::event& what) {
    in_order = in_order || ends_in_order(what);
    say(flags, what);
    return true;
  };
  net::blocking_request follow;
  follow.socket_path = at.paths.socket;
  follow.target = "/v1/events?follow=1&since=now";
  follow.interrupted = [&] {
    reap();
    return told_to_end();
  };
  net::blocking_http(follow, [&](std::string_view line) {
    const auto said = nlohmann::json::parse(line, nullptr, false);
    return !said.is_object() || !said.contains("seq") || hear(event_from_json(said));
  });
  const bool told = told_to_end();
  if (told) {
    command_hooks hooks;
    hooks.on_event = hear;
    auto ended = command_engine(at, "stop", nlohmann::json::object(), hooks);
    if (auto* why = std::get_if<topology::failure>(&ended))
      return fail(flags, *why);
    if (const auto& outcome = std::get<command_end>(ended).outcome; !outcome.what.code.empty())
      return fail(flags, outcome.what);
  }
  wait_until_gone(engine, end_patience);
  reap();
  if (told || in_order)
    return 0;
  return fail(flags,
              {"ERR_ENG_006", "the engine of " + at.environment + " ended unexpectedly; its members keep running",
               "start again: paws-engine start; its log: " + at.paths.engine_log});
}

} // namespace paws::bin
