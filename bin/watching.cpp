#include "bin/watching.hpp"

#include "actors/view_json.hpp"

#include <iostream>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::int64_t count_every_ms = 1000;

} // namespace

std::variant<command_end, topology::failure> watch_command(const target& at, const std::string& verb, const json& body,
                                                           progress& shown, command_hooks hooks, bool counts) {
  const stopwatch watch{shown};
  std::int64_t counted_ms = -count_every_ms;
  const auto redraw = [&] {
    if (counts && (shown.draws() || shown.is_overdue(watch.elapsed_ms())) &&
        watch.elapsed_ms() - counted_ms >= count_every_ms) {
      counted_ms = watch.elapsed_ms();
      bool connected = false;
      if (const auto status = ask_engine(at, "/v1/status", 500ms, connected); std::holds_alternative<json>(status))
        shown.see(environment_from_json(std::get<json>(status)));
    }
    watch.redraw();
  };
  auto watched = hooks;
  watched.tick = std::chrono::milliseconds{redraw_ms};
  watched.on_event = [&](const logic::event& what) {
    std::cout << shown.hear(what) << std::flush;
    redraw();
    return !hooks.on_event || hooks.on_event(what);
  };
  watched.interrupted = [&] {
    redraw();
    return hooks.interrupted && hooks.interrupted();
  };
  auto out = command_engine(at, verb, body, watched);
  shown.end();
  return out;
}

} // namespace paws::bin
