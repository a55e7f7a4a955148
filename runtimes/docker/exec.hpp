// Commands inside a container.
#pragma once

#include "runtimes/docker/api.hpp"

namespace paws::docker {

/// Runs `command` as the container's own user, its input closed, to its end. What it says beyond 1 MiB is left out;
/// exit_code -1: it did not end in time.
outcome<exec_result> run_inside(api& on, const std::string& container, const line_list& command);

} // namespace paws::docker
