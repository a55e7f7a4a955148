// Starts an engine as a process of its own, and talks to it.
#pragma once

#include "bin/target.hpp"
#include "bin/wiring.hpp"
#include "logic/event.hpp"
#include "messages/environment.hpp"
#include "topology/failure.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <sys/types.h>
#include <variant>

namespace paws::bin {

/// Runs `paws-engine engine …` in a session of its own, its output in the environment's engine.log. Answers its pid
/// once it serves, or why it does not. `dies_with_us`: it ends when the calling process does.
std::variant<pid_t, topology::failure> spawn_engine(const engine_options& options, const target& at, bool dies_with_us);

/// Waits until the process `pid`, child or not, is gone; false after `limit`.
bool wait_until_gone(pid_t pid, std::chrono::milliseconds limit);

/// One request to the engine of `at`, repeated within `limit` while the engine has no connection free. `connected` is
/// set when somebody listens there. `body`: posted; "" = it is a GET.
std::variant<nlohmann::json, topology::failure> ask_engine(const target& at, const std::string& path,
                                                           std::chrono::milliseconds limit, bool& connected,
                                                           const std::string& body = {});

struct command_hooks {
  std::string trace_id;                              // of the command; "" = the engine makes one
  std::function<bool(const logic::event&)> on_event; // false: hear no more, the command goes on
  std::function<bool()> interrupted;                 // true: hear no more
  std::chrono::milliseconds tick{1000};              // it is asked at least that often
};

struct command_end {
  command_outcome outcome;
  bool aborted = false; // a hook ended the listening
};

/// Carries out `verb` with `body`, telling every event until it is over.
std::variant<command_end, topology::failure> command_engine(const target& at, const std::string& verb,
                                                            const nlohmann::json& body, const command_hooks& hooks);

} // namespace paws::bin
