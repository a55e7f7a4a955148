// Which runtime an environment runs on: what this machine offers, and the choice among it.
#pragma once

#include "bin/target.hpp"
#include "runtimes/docker/engine.hpp"
#include "topology/failure.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

/// A runtime as it was found here.
struct runtime_offer {
  std::string name;                     // docker, podman, process
  std::string about;                    // "docker 20.10.24 (Engine API 1.41) at /run/docker.sock"
  std::string why_not;                  // "" = usable; else what is wrong, with what to do
  bool unreachable = false;             // it is there, and does not answer
  std::optional<docker::engine> engine; // of docker and podman
};

/// The runtime of an environment from an earlier start.
struct kept_runtime {
  std::string name;     // "" = none is known
  bool members = false; // some exist there; else at most their data
};

struct runtime_choice {
  std::string name;
  std::string about;
  std::string why;                      // "named by --runtime"
  std::vector<std::string> passed_over; // of those that were preferred: "docker: no Docker was found …"
  std::optional<docker::engine> engine; // of docker and podman
};

/// The choice: what was `wanted` (auto, docker, podman, process), by the topology's order `prefer`, of what is offered.
/// Members that exist keep their runtime: ERR_RUN_005 when another one is wanted, ERR_RUN_004 when theirs does not
/// answer. ERR_RUN_001 when nothing can be used. Pure.
std::variant<runtime_choice, topology::failure> choose_runtime(const std::string& wanted,
                                                               const std::vector<std::string>& prefer,
                                                               const kept_runtime& kept,
                                                               const std::vector<runtime_offer>& offers);

/// What this machine offers. Asks container engines, and waits for each no longer than `patience`.
std::vector<runtime_offer> offered_runtimes(std::chrono::milliseconds patience = docker::engine_patience);

/// What is known of an environment's runtime: by its saved state, or else by what exists.
kept_runtime runtime_kept_by(const target& of, const std::vector<runtime_offer>& offers);

/// Whether anything of the environment is, or may be, on the container engine that it ran on.
bool may_have_traces(const target& of, const std::vector<runtime_offer>& offers);

/// True for those whose members live in containers.
bool has_containers(const std::string& runtime);

/// "runtime podman: first of runtime.prefer that can be used here; docker: no Docker was found"
std::string sentence_of(const runtime_choice& what);

} // namespace paws::bin
