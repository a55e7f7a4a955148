// Images as a container engine knows them.
#pragma once

#include "runtimes/docker/api.hpp"

namespace paws::docker {

/// There or not (id ""). Podman's "docker.io/library/..." and "localhost/..." are found by the short name.
outcome<image_state> look_at_image(api& on, const std::string& name);

/// ERR_IMG_001 when `image` is missing, ERR_IMG_002 when it is for another platform than `platform` ("": the engine's).
std::optional<topology::failure> refuse_missing(const engine& on, const image_state& image,
                                                const std::string& platform);

} // namespace paws::docker
