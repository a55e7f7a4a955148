// Which environment a command means, and whether an engine serves it.
#pragma once

#include "bin/paths.hpp"
#include "messages/journal.hpp"
#include "topology/failure.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

struct target {
  std::string environment;
  std::string root;
  std::string topology_file;         // absolute; "" when nobody knows it any more
  std::vector<std::string> profiles; // of its last start
  bool profiles_known = false;
  bool taken_down = false; // since its last start: only data is left
  std::string runtime;     // of its last start; "" = not known
  environment_paths paths;
  bool exists = false; // its directory is there
};

/// The environment of `ctl`: `environment` when given, else the one of `file`, else the only one below this root (the
/// nearest directory upwards with .local/env, else the default topology's). ERR_CLI_003 when several match,
/// ERR_CLI_002 when there is none.
std::variant<target, topology::failure> find_target(const std::string& environment, const std::string& file);

/// The target of a start of `topology_file`, with what its last start left to remember.
target target_of(const std::string& root, const std::string& environment, const std::string& topology_file);

inline constexpr const char* default_topology = "config/paws360.yaml";

} // namespace paws::bin
