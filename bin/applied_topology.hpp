// What an environment's members were made from, key by key: written by each engine that starts something, read by who
// compares a changed topology file with it. And what a reload has begun and not ended.
#pragma once

#include "bin/paths.hpp"
#include "topology/compare.hpp"
#include "topology/failure.hpp"
#include "topology/model.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace paws::bin {

/// Notes what an engine of this topology holds. `desired`: what it takes over (saved_state::desired).
std::optional<topology::failure> note_applied(const environment_paths& paths, const topology::document& doc,
                                              const std::vector<std::string>& profiles,
                                              const std::map<std::string, std::string>& desired);

/// What was noted; empty when nothing was, or nobody can read it.
topology::topology_values applied_values(const environment_paths& paths);

/// Another text whenever an engine has noted anew what it holds; "" while none has.
std::string applied_mark(const environment_paths& paths);

/// Services that a reload has stopped and that are to run again; empty when none is under way.
std::vector<std::string> begun_reload(const environment_paths& paths);
/// Durable when it returns; none: the reload has ended.
std::optional<topology::failure> note_reload(const environment_paths& paths, const std::vector<std::string>& services);

} // namespace paws::bin
