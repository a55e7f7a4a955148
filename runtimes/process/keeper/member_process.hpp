// Starts a member's main process: session, control groups, privileges, environment, descriptors.
#pragma once

#include "runtimes/process/keeper_files.hpp"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace paws::process {

struct started_member {
  pid_t pid = 0;
  int out_fd = -1; // its stdout and stderr, non-blocking
  int err_fd = -1;
  std::string error; // why it could not be executed; "" = it was
};

/// Returns when the program was executed, or could not be. It dies with the calling process.
started_member start_member(const keeper_order& order);

} // namespace paws::process
