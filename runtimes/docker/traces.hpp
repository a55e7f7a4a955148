// What an environment has on a container engine, seen without its runtime.
#pragma once

#include "runtimes/docker/engine.hpp"

namespace paws::docker {

struct traces {
  std::map<std::string, bool> members; // that have a container -> does it run or stand still
  std::size_t volumes = 0;
};

/// What carries the label of `environment`. ERR_RUN_004 when the engine does not answer. Blocks.
std::variant<traces, topology::failure> traces_of(const engine& on, const std::string& environment);

} // namespace paws::docker
