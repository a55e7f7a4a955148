// What a start would create, for people and for programs.
#pragma once

#include "bin/preparation.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace paws::bin {

/// {environment, root, runtime, networks, layers, members, limits}: layers of {name, members, depends_on}. In
/// containers each member has {image, container, networks, published, volumes, mounts} as well.
nlohmann::json plan_document(const prepared& from);

/// The same for a terminal of `width` columns.
std::string plan_text(const nlohmann::json& plan, std::size_t width);

} // namespace paws::bin
