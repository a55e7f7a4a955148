// The engine's small memory on disk, written whole and atomically: what it needs to adopt what runs after it was
// killed. Blocking.
#pragma once

#include "messages/journal.hpp"
#include "topology/failure.hpp"

#include <optional>
#include <string>
#include <variant>

namespace paws::store {

/// Largest state file, in bytes: a few hundred members with their names.
inline constexpr std::size_t state_file_bytes = 1024UL * 1024;

/// The saved state, version 0 when there is no file. ERR_ENG_008 for a file that is no saved state (torn, truncated,
/// foreign), ERR_ENG_007 for one of a newer engine, ERR_SYS_003 for one that cannot be read; it is left as it is.
std::variant<saved_state, topology::failure> load_state(const std::string& path);

/// Moves a damaged state out of the way, and answers where to: "state.json.damaged-1".
std::variant<std::string, topology::failure> set_aside_state(const std::string& path);

/// Puts `what` in the place of the file (0600); durable when it answers.
std::optional<topology::failure> save_state(const std::string& path, const saved_state& what);

} // namespace paws::store
