// The embedded runtime: real daemons of this machine, each under a keeper that outlives the engine. No container
// engine.
#pragma once

#include "messages/runtime.hpp"

#include <string>

namespace paws::process {

struct process_options {
  std::string environment;
  std::string environment_dir; // <root>/.local/env/<environment>; members lie in <environment_dir>/members/<name>
  std::string keeper_path;     // the program paws-keeper
  std::string cgroup_root = "/sys/fs/cgroup";
};

/// Every member is served by a thread of its own: what one waits for never delays another. When the actor ends, the
/// members keep running.
runtime_actor make_process_runtime(caf::actor_system& system, process_options options);

/// What this machine can enforce, without an actor.
runtime_capabilities process_capabilities(const std::string& cgroup_root);

} // namespace paws::process
