// What files take on the disk.
#pragma once

#include <cstdint>
#include <string>

namespace paws::process {

/// Bytes that the regular files below `path` take, links not followed. What goes away meanwhile counts nothing.
std::uint64_t size_below(const std::string& path);

} // namespace paws::process
