// Starts programs from the engine: a keeper, whose one line is awaited, and short commands inside a member.
#pragma once

#include "messages/runtime.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace paws::common {

/// Runs `argv` with exactly `environment` ("NAME=value"), descriptor 3 a pipe; answers the first line that is written
/// there, "" when there was none within `within_ms`. The program itself is expected to go to the background.
std::string launch_and_hear(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                            std::uint32_t within_ms);

/// Runs `argv` to its end, both outputs together, at most `most_bytes` of them. exit_code -1: killed after `within_ms`
/// or not started.
exec_result run_to_end(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                       const std::string& directory, std::uint32_t within_ms, std::size_t most_bytes);

} // namespace paws::common
