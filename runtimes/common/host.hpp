// What this machine has and has left, as far as the engine may use it: a container or a service manager may hold the
// engine itself to less.
#pragma once

#include "messages/runtime.hpp"

#include <optional>
#include <string>

namespace paws::common {

/// What the control groups around a process leave it. nullopt: no limit.
struct own_limits {
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::uint64_t> memory_available_bytes;
  std::optional<double> cpus;
};

/// `membership`: the text of /proc/<pid>/cgroup. `cgroup_root`: where control groups are mounted, version 1 or 2.
own_limits limits_around(const std::string& membership, const std::string& cgroup_root);

/// Disk: of the file system of `directory`.
host_stats host_now(const std::string& directory, const std::string& cgroup_root);

} // namespace paws::common
