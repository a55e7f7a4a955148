// Whether a member is under a keeper that lives.
#pragma once

#include "runtimes/process/process_tree.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace paws::process {

/// This boot of the machine: pids of another one mean nothing.
std::string_view this_boot();

/// The keeper that `run_dir` tells of, when it is alive.
std::optional<process_id> live_keeper(const std::string& run_dir);

} // namespace paws::process
