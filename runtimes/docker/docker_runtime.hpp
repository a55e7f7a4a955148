// Containers on Docker or Podman, through the Engine API.
#pragma once

#include "messages/runtime.hpp"
#include "runtimes/docker/engine.hpp"

#include <map>
#include <string>

namespace paws::docker {

struct docker_options {
  std::string environment;
  std::string environment_dir;            // <root>/.local/env/<environment>
  docker::engine engine;                  // found before
  std::map<std::string, subnet> networks; // of the topology; made when the first container that needs one is created
};

/// The runtime of one environment. A member's directories: config_dir and run_dir lie in one volume of the environment
/// (/paws), data_dir in another (/data), both made and filled through the engine, owned by spec.uid. When the actor
/// ends, the containers keep running.
runtime_actor make_docker_runtime(caf::actor_system& system, docker_options options);

} // namespace paws::docker
