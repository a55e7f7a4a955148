#include "bin/foreground.hpp"

#include "bin/engine_process.hpp"
#include "bin/render.hpp"
#include "net/http_unix_client.hpp"

#include "actors/view_json.hpp"

#include <iostream>
#include <sys/wait.h>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;

void reap() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

} // namespace

int stay_in_foreground(const global_flags& flags, const target& at, pid_t engine,
                       const std::function<bool()>& told_to_end) {
  net::blocking_request follow;
  follow.socket_path = at.paths.socket;
  follow.target = "/v1/events?follow=1&since=now";
  follow.interrupted = [&] {
    reap();
    return told_to_end();
  };
  net::blocking_http(follow, [&](std::string_view line) {
    const auto said = nlohmann::json::parse(line, nullptr, false);
    if (said.is_object() && !flags.quiet)
      std::cout << (flags.json() ? std::string{line} : event_text(event_from_json(said))) << std::endl;
    return true;
  });
  if (told_to_end()) {
    auto ended = command_engine(at, "stop", {{"interrupted", true}}, {});
    if (auto* why = std::get_if<topology::failure>(&ended))
      return fail(flags, *why);
  }
  wait_until_gone(engine, 20s);
  reap();
  return 0;
}

} // namespace paws::bin
