// One engine takes over what another has served: members outlive theirs.
#pragma once

#include "bin/find_engine.hpp"
#include "bin/wiring.hpp"

#include <optional>

namespace paws::bin {

/// Ends the engine `old` of `at`, which leaves its members running, and has one with `wanted` take them over; when that
/// one cannot be had, one with `otherwise`, and the failure is told all the same. ERR_ENG_004 while somebody else
/// replaces it.
std::variant<found_engine, topology::failure> replace_engine(const target& at, pid_t old, const engine_options& wanted,
                                                             const std::optional<engine_options>& otherwise = {});

/// The engine that has taken over from `old`, which has ended, or takes over at this moment; 0 when nobody does.
pid_t successor_of(const target& at, pid_t old);

} // namespace paws::bin
