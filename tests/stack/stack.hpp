// A real environment in a directory of its own: a topology made from the default one with its own name, addresses
// and ports, driven through the engine's binary alone. Whatever a test leaves running is ended, by pid, and reported.
#pragma once

#include "tests/stack/clients.hpp"
#include "tests/stack/process.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace YAML {
class Node;
}

namespace paws::e2e {

/// How a command ended.
struct outcome {
  bool in_time = false;
  int exit_code = -1;
  std::string out, err;
  bool output_closed = false;
  /// The one JSON document on stdout; null when there is none.
  nlohmann::json json() const;
};

/// A port on 127.0.0.1 that nobody has at this moment.
std::uint16_t free_port();

class stack {
public:
  /// `edit` changes the topology before it is written. `runtime`: process, docker or podman.
  explicit stack(const std::function<void(YAML::Node&)>& edit = {}, std::string runtime = "process");
  stack(const stack&) = delete;
  stack& operator=(const stack&) = delete;
  ~stack();

  /// Every later command runs as the ordinary user `nobody`, who owns the root from then on.
  void become_ordinary();
  /// `paws-engine words…`, in the stack's root; generous deadline by default.
  outcome run(const std::vector<std::string>& words, std::chrono::milliseconds limit = std::chrono::seconds{180});
  std::unique_ptr<program> spawn(const std::vector<std::string>& words);
  /// What it says is told with the next failed assertion.
  outcome start();
  /// `ctl words…` of this environment.
  outcome ctl(std::vector<std::string> words, std::chrono::milliseconds limit = std::chrono::seconds{60});
  nlohmann::json status();
  nlohmann::json health();
  /// Waits for health with the engine's own `--wait`.
  bool becomes_healthy(std::chrono::seconds limit);
  /// True when an event that `wanted` accepts is in the journal in time; follows from its beginning.
  bool sees_event(const std::function<bool(const nlohmann::json&)>& wanted, deadline until);
  std::vector<nlohmann::json> events();

  std::filesystem::path root() const { return root_; }
  std::filesystem::path topology() const { return root_ / "topology.yaml"; }
  std::filesystem::path environment_dir() const { return root_ / ".local/env" / name_; }
  const std::string& name() const { return name_; }
  std::filesystem::path authority() const { return environment_dir() / "certificates/ca.crt"; }
  std::uint16_t postgres_port() const { return postgres_port_; }
  std::uint16_t redis_port() const { return redis_port_; }
  std::string secret(const std::string& name) const;
  const std::map<std::string, std::string>& variables() const { return variables_; }
  /// For every later command.
  void set_variable(const std::string& name, const std::string& value) { variables_[name] = value; }
  const std::string& runtime() const { return runtime_; }

  /// PostgreSQL is asked as the environment offers it: verify-full with its authority, or without TLS.
  endpoint postgres_route() const;
  endpoint postgres_member(const std::string& address) const;
  endpoint redis_route() const;
  endpoint redis_member(const std::string& address) const;
  endpoint sentinel(const std::string& address) const;

  std::map<pid_t, std::string> processes() const { return processes_below(root_.string()); }

private:
  endpoint encrypted(endpoint plain) const;

  std::filesystem::path root_;
  std::string name_, runtime_;
  std::uint16_t postgres_port_ = 0, redis_port_ = 0;
  std::map<std::string, std::string> variables_;
  std::vector<std::string> engine_; // the command, before its words
};

/// The service `name` of a status document; null when there is none.
nlohmann::json service_of(const nlohmann::json& status, const std::string& name);
/// The first service of `cluster` with `role`; null when there is none.
nlohmann::json with_role(const nlohmann::json& status, const std::string& cluster, const std::string& role);
nlohmann::json route_of(const nlohmann::json& status, const std::string& name);
/// The component `name` of a health document; null when there is none.
nlohmann::json component_of(const nlohmann::json& health, const std::string& name);
/// Every service's name and pid.
std::map<std::string, pid_t> pids_of(const nlohmann::json& status);

} // namespace paws::e2e
