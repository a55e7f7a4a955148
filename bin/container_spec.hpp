// What a member's spec says of its container, beyond what every runtime needs.
#pragma once

#include "logic/member_spec.hpp"
#include "topology/placement.hpp"

namespace paws::bin {

/// Fills in `spec`, of the member that `doc` has under its name: networks, aliases, published ports, mounts, platform,
/// user.
void fit_into_container(logic::member_spec& spec, const topology::document& doc, const topology::placement& places);

} // namespace paws::bin
