#include "bin/replace_engine.hpp"

#include "actors/view_json.hpp"
#include "bin/engine_process.hpp"
#include "store/lock_file.hpp"

#include <chrono>
#include <csignal>
#include <unistd.h>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using topology::failure;

constexpr auto end_patience = 20s; // of an engine's own end
constexpr auto answer_patience = 10s;
constexpr auto look_interval = 100ms;

// Held from before the old engine is told to end until the new one serves.
std::string lock_of(const target& at) {
  return at.paths.directory + "/replacing.lock";
}

pid_t serving(const target& at) {
  bool connected = false;
  const auto status = ask_engine(at, "/v1/status", answer_patience, connected);
  const auto* said = std::get_if<nlohmann::json>(&status);
  return said == nullptr ? 0 : static_cast<pid_t>(environment_from_json(*said).engine_pid);
}

} // namespace

std::variant<found_engine, failure> replace_engine(const target& at, pid_t old, const engine_options& wanted,
                                                   const std::optional<engine_options>& otherwise) {
  const auto lock = store::lock_file::acquire(lock_of(at));
  if (std::holds_alternative<failure>(lock))
    return failure{"ERR_ENG_004", "another command replaces the engine of " + at.environment + " at this moment",
                   "wait until it ends, then try again"};
  ::kill(old, SIGTERM);
  wait_until_gone(old, end_patience);
  auto made = find_engine(at, [&] { return spawn_engine(wanted, at, false); });
  if (otherwise && std::holds_alternative<failure>(made)) // what runs is not left alone
    static_cast<void>(find_engine(at, [&] { return spawn_engine(*otherwise, at, false); }));
  return made;
}

pid_t successor_of(const target& at, pid_t old) {
  for (;;) {
    const auto replacing = store::lock_holder(lock_of(at)); // looked at first: it goes when the new one is there
    if (const auto pid = serving(at); pid != 0 && pid != old)
      return pid;
    if (replacing == 0)
      return 0;
    wait_until_gone(replacing > 0 ? replacing : ::getpid(), look_interval);
  }
}

} // namespace paws::bin
