// What this machine brings along: programs with their versions, and what its runtimes can do.
#pragma once

#include <string>
#include <vector>

namespace paws::bin {

struct found_program {
  std::string name;    // "etcd"
  std::string path;    // "" = not installed
  std::string package; // that brings it
};

/// Every program that a topology's members may need.
std::vector<found_program> needed_programs();

struct ability {
  std::string name;    // "memory_limit"
  std::string lacking; // "" = supported
};

/// Of the process runtime.
std::vector<ability> process_abilities();

} // namespace paws::bin
