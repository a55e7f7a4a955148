// Services that are built from their sources, and replaced: once, or whenever these change.
#pragma once

#include "bin/commands/command.hpp"
#include "bin/target.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>

namespace paws::bin {

struct rebuild_flags {
  std::string file, service;
  std::int64_t wait_timeout_s = 0;
};

/// Builds the service, then replaces what runs of it; nothing else is touched, and nothing at all when the build fails.
/// Says how it went; the exit code.
int rebuild(const global_flags& flags, const rebuild_flags& given);

/// Rebuilds each service that `engine` runs at `at` and that has a build there, whenever its sources have changed,
/// until `told_to_end`. A build that fails is said, and waits for the next change. Once another engine has taken over,
/// after a reload say, the services are those of that one. The exit code.
int rebuild_on_change(const global_flags& flags, const target& at, pid_t engine,
                      const std::function<bool()>& told_to_end);

/// Whether that service is built from sources on such a runtime.
bool is_built(const topology::service& what, const std::string& runtime);

} // namespace paws::bin
