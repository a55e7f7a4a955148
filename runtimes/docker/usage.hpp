// What a container uses, read from its control groups on this machine: no question to the container engine.
#pragma once

#include "messages/runtime.hpp"

#include <string>

namespace paws::docker {

/// `membership`: the text of /proc/<pid>/cgroup of the container's first process. Without limits and disk.
container_stats usage_of(const std::string& membership, const std::string& cgroup_root);
/// Of the container whose first process is `pid`; zeros when it is gone.
container_stats usage_of(std::int64_t pid);

} // namespace paws::docker
