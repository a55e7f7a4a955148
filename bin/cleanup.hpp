// What an environment has left behind and nobody needs any more: old logs, reports and leftovers. Never data, never
// what is in use.
#pragma once

#include "bin/paths.hpp"

#include <cstdint>
#include <filesystem>
#include <vector>

namespace paws::bin {

struct old_file {
  std::filesystem::path path;
  std::uint64_t bytes = 0;
};

/// Regular files that were last written before `before`, each once. Links are left. While an engine runs, it minds the
/// segments of the collected logs itself; else all but the newest, which knows how far logs were read.
std::vector<old_file> old_files(const environment_paths& paths, std::filesystem::file_time_type before,
                                bool engine_runs);

} // namespace paws::bin
