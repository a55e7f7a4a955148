// What this machine brings along: programs with their versions, and what its runtimes can do.
#pragma once

#include "messages/runtime.hpp"

#include <string>
#include <vector>

namespace paws::bin {

struct found_program {
  std::string name;    // "etcd"
  std::string path;    // "" = not installed
  std::string package; // that brings it
  std::string version; // "3.4.23"; "" = it did not say
};

/// Every program that a topology's members may need, each asked for its version (at most 5 s each).
std::vector<found_program> needed_programs();

/// Where limits of members are set.
inline constexpr const char* cgroup_root = "/sys/fs/cgroup";

struct ability {
  std::string name;    // "memory_limit"
  std::string lacking; // "" = supported
};

/// The first word of `text` that looks like a version: "3.4.23" of "etcd Version: 3.4.23"; "" = none.
std::string version_in(const std::string& text);

std::vector<ability> abilities_of(const runtime_capabilities& can);

/// Of the process runtime, as it says itself.
std::vector<ability> process_abilities();

} // namespace paws::bin
