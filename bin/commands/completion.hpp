// What could stand next on the command line.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace paws::bin {

/// Words that may complete the last of `words` (which may be empty), in order: verbs, flags, or names of the topology.
std::vector<std::string> completions(const CLI::App& app, const std::vector<std::string>& words);

} // namespace paws::bin
