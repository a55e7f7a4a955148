// What an environment's members were made from, key by key: written by each engine that starts something, read by who
// compares a changed topology file with it. And what a reload has begun and not ended.
#pragma once

#include "bin/paths.hpp"
#include "bin/wiring.hpp"
#include "topology/compare.hpp"
#include "topology/failure.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

/// The values of the topology file of `options` for these profiles, with the name that stands in the file.
std::variant<topology::topology_values, topology::failure> read_values(const engine_options& options,
                                                                       const std::vector<std::string>& profiles);

/// Notes what an engine with these options holds. `desired`: what it takes over (saved_state::desired).
std::optional<topology::failure> note_applied(const environment_paths& paths, const engine_options& options,
                                              const std::vector<std::string>& profiles,
                                              const std::map<std::string, std::string>& desired);

/// What was noted; empty when nothing was, or nobody can read it.
topology::topology_values applied_values(const environment_paths& paths);

/// Services that a reload has stopped and that are to run again; empty when none is under way.
std::vector<std::string> begun_reload(const environment_paths& paths);
/// Durable when it returns; none: the reload has ended.
std::optional<topology::failure> note_reload(const environment_paths& paths, const std::vector<std::string>& services);

} // namespace paws::bin
