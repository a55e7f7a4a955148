// Cuts a container off: packet rules of this machine's kernel inside the container's own network.
#pragma once

#include "runtimes/docker/outcome.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paws::docker {

/// Why it cannot be done here; "" = it can.
std::string why_no_partition();

/// Drops every packet to and from `addresses`, also of connections that are open; all when there are none. Replaces
/// what was cut before.
std::optional<topology::failure> cut_off(const std::string& member, std::int64_t pid,
                                         const std::vector<std::string>& addresses);
std::optional<topology::failure> join_again(const std::string& member, std::int64_t pid);

} // namespace paws::docker
