// The engine process: reads the topology, builds every actor, and serves until it is told to end. The only place
// that knows all rooms.
#pragma once

#include <string>
#include <vector>

namespace paws::bin {

struct engine_options {
  std::string topology_file;    // absolute
  std::string environment;      // "" = the topology's name
  std::string runtime = "auto"; // auto, docker, podman, process
  bool profiles_given = false;
  std::vector<std::string> profiles; // instead of the topology's default_profiles when profiles_given
  bool starts = true;                // false: adopt what runs, start nothing (for ctl status, health, down)
  std::vector<std::string> services; // what a start is meant to start; preflight looks at them only; none: at all
  std::string log_level = "info";
  std::string log_format = "text"; // text, json
  int report_fd = -1;              // where the one line about the engine's own start goes; -1 = stdout
};

/// Runs the engine in the calling process until a command ended it or a signal came. First writes one JSON line to
/// report_fd, {"ok":true,"socket":"…","pid":1} once the control socket answers, or {"error":{component, code,
/// message, remedy}} when it cannot serve (bad topology, secrets, preflight, another engine); then closes it.
/// Returns the process's exit code.
int run_engine(const engine_options& options);

} // namespace paws::bin
