#include "bin/find_engine.hpp"

#include "actors/view_json.hpp"
#include "bin/engine_process.hpp"
#include "store/lock_file.hpp"

#include <chrono>
#include <optional>
#include <unistd.h>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using topology::failure;

constexpr auto settling_patience = 20s;  // between an engine's lock and its socket, or until its end
constexpr auto temporary_patience = 90s; // a command that has an engine of its own
constexpr auto answer_patience = 10s;
constexpr auto look_interval = 50ms;
constexpr auto interrupt_interval = 500ms;

// Until whoever holds the environment is gone, or the next look.
void wait_a_moment(const target& at) {
  const auto holder = store::lock_holder(at.paths.lock);
  wait_until_gone(holder > 0 ? holder : ::getpid(), look_interval);
}

// Until the engine `pid` of another command is gone. Nothing: it is.
std::optional<failure> wait_for_end_of(pid_t pid, const std::function<bool()>& given_up) {
  const auto until = std::chrono::steady_clock::now() + temporary_patience;
  while (!wait_until_gone(pid, interrupt_interval)) {
    if (given_up && given_up())
      return failure{"ERR_SYS_005", "interrupted while another command was at work", "try again"};
    if (std::chrono::steady_clock::now() >= until)
      return failure{"ERR_ENG_004", "another command has an engine of its own here (pid " + std::to_string(pid) + ")",
                     "wait until that command ends, then try again"};
  }
  return std::nullopt;
}

} // namespace

std::variant<found_engine, failure> find_engine(const target& at, const engine_maker& make,
                                                const std::function<bool()>& given_up) {
  auto until = std::chrono::steady_clock::now() + settling_patience;
  for (;;) {
    bool connected = false;
    auto status = ask_engine(at, "/v1/status", answer_patience, connected);
    failure why;
    if (auto* document = std::get_if<nlohmann::json>(&status)) {
      const auto view = environment_from_json(*document);
      const auto pid = static_cast<pid_t>(view.engine_pid);
      if (!view.engine_temporary)
        return found_engine{pid, std::move(*document)};
      if (auto late = wait_for_end_of(pid, given_up))
        return *late;
      until = std::chrono::steady_clock::now() + settling_patience;
      continue;
    }
    if (connected) {
      why = std::get<failure>(std::move(status));
      if (why.code == "ERR_NET_003") // it listens and says nothing
        return why;
    } else {
      auto made = make();
      if (const auto* pid = std::get_if<pid_t>(&made))
        return found_engine{*pid, nullptr};
      why = std::get<failure>(std::move(made));
      if (why.code != "ERR_ENG_001")
        return why;
    }
    if (std::chrono::steady_clock::now() >= until || (given_up && given_up()))
      return why;
    wait_a_moment(at);
  }
}

} // namespace paws::bin
