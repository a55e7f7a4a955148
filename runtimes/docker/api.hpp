// One conversation with a container engine: requests over its Unix socket, each with a deadline. Blocking; used from
// one thread at a time.
#pragma once

#include "runtimes/docker/engine.hpp"
#include "runtimes/docker/outcome.hpp"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

namespace paws::docker {

/// For what the engine does not answer at once: creating, starting, removing on a loaded machine.
inline constexpr std::chrono::seconds work_patience{60};

struct request {
  std::string method = "GET";
  std::string path{}; // with its query, already escaped: "/containers/json?all=1"
  std::string body{};
  std::string content_type = "application/json";
  std::chrono::milliseconds patience = engine_patience;
  bool own_connection = false;               // a new one, so that an engine that no longer listens is noticed
  std::size_t most_bytes = 64 * 1024 * 1024; // of the answer; the rest is not waited for
};

struct reply {
  int status = 0;
  std::string body;
  bool cut = false; // there was more than most_bytes
  bool ok() const { return status >= 200 && status < 300; }
  nlohmann::json json() const; // discarded when it is none
  /// What the engine says of its refusal.
  std::string message() const;
};

class api {
public:
  explicit api(engine on);
  ~api();
  api(const api&) = delete;
  api& operator=(const api&) = delete;

  /// Any answer, also a refusal; ERR_RUN_004 when there is none.
  outcome<reply> call(const request& what);
  outcome<reply> get(const std::string& path) { return call({.path = path}); }
  outcome<reply> post(const std::string& path, const nlohmann::json& body = nullptr,
                      std::chrono::milliseconds patience = work_patience);
  outcome<reply> remove(const std::string& path);

  /// What was refused, in words: ERR_RUN_002.
  topology::failure refused(const std::string& what, const reply& answer) const;
  const engine& on() const { return on_; }

private:
  engine on_;
  void* handle_ = nullptr; // CURL*
};

/// What `ask` answers; ERR_RUN_002 when the engine said something that is not of its API.
template <class F>
auto understood(const engine& which, F ask) -> decltype(ask()) {
  try {
    return ask();
  } catch (const nlohmann::json::exception& what) {
    return topology::failure{"ERR_RUN_002",
                             "the container engine (" + which.name + " at " + which.socket +
                                 ") gave an answer that cannot be understood: " + what.what(),
                             "look at its version: " + which.name + " version"};
  }
}

/// "http://engine/v1.41": what paths are appended to.
std::string base_url();

/// ERR_RUN_004.
topology::failure unreachable(const engine& which, const std::string& why);

} // namespace paws::docker
