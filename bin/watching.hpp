// A command of the engine, and a person who is shown how it goes.
#pragma once

#include "bin/engine_process.hpp"
#include "bin/progress.hpp"

#include <functional>

namespace paws::bin {

/// The time since it was made, and a spinner or bar that is drawn with it.
class stopwatch {
public:
  explicit stopwatch(progress& shown) : shown_{shown} {}
  void redraw() const { shown_.refresh(elapsed_ms()); }
  std::int64_t elapsed_ms() const {
    const auto passed = std::chrono::steady_clock::now() - begun_;
    return std::chrono::duration_cast<std::chrono::milliseconds>(passed).count();
  }

private:
  progress& shown_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// As command_engine; what `shown` makes of its events is written to stdout, and its bar or spinner is drawn until the
/// end. A bar asks for the engine's status once a second, which `counts` allows.
std::variant<command_end, topology::failure> watch_command(const target& at, const std::string& verb,
                                                           const nlohmann::json& body, progress& shown,
                                                           command_hooks hooks, bool counts = false);

} // namespace paws::bin
