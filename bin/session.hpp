// A command's time with the engine of an environment: the one that serves it, or one of its own for as long as it
// lasts.
#pragma once

#include "bin/commands/command.hpp"
#include "bin/engine_process.hpp"

namespace paws::bin {

class session {
public:
  /// The engine of the environment that `flags` and `file` mean. With nobody serving it: one that adopts what runs and
  /// starts nothing, when `temporary` allows that and there is something to adopt; else ERR_CLI_002. ERR_ENG_008 when
  /// there is something, and nobody knows of which topology.
  static std::variant<session, topology::failure> open(const global_flags& flags, const std::string& file,
                                                       bool temporary);
  session(session&& other) noexcept;
  session& operator=(session&&) = delete;
  /// Ends an engine of its own.
  ~session();

  const target& at() const { return at_; }
  std::variant<nlohmann::json, topology::failure> ask(const std::string& path, std::chrono::milliseconds limit) const;
  std::variant<nlohmann::json, topology::failure> post(const std::string& path, const nlohmann::json& body,
                                                       std::chrono::milliseconds limit) const;
  /// Waits until the engine is gone, as it is after stop and down.
  void wait_for_end();

private:
  session() = default;

  target at_;
  pid_t engine_ = 0; // that serves
  bool own_ = false;
};

} // namespace paws::bin
