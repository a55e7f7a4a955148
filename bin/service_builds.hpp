// What services without containers are built from, and whether what they run is made from it. Blocks, for minutes; for
// the command line.
#pragma once

#include "runtimes/docker/building.hpp"
#include "topology/failure.hpp"
#include "topology/model.hpp"

#include <optional>
#include <string>
#include <vector>

namespace paws::bin {

/// Runs `process.build` of each of `names` that has one and whose sources are not those of its last build (`anew`:
/// whatever they are), one after another: in its `build.context`, with all that it prints in <project>/.local/builds/
/// SERVICE.log. Of several commands that build one service at a time the others wait. ERR_IMG_004 with the last lines
/// of a build that failed, ERR_SYS_003 where nothing can be written, ERR_SYS_005 when it was interrupted.
std::optional<topology::failure> build_services(const topology::document& doc, const std::vector<std::string>& names,
                                                const docker::image_hooks& hooks, bool anew = false);

} // namespace paws::bin
