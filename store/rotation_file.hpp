// The record of a change of secrets: <environment>/rotation.json (0600), there before anything is changed, gone when
// it is complete. It holds old and new values: whoever loses it may be left with members that know neither file's.
// Blocking.
#pragma once

#include "logic/rotation.hpp"
#include "topology/failure.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace paws::store {

/// Larger than any that is written: as many values as the secrets file has, twice.
inline constexpr std::size_t rotation_file_bytes = 256UL * 1024;

/// The record at `path`; one without names when there is none. ERR_SEC_008 when it is none of ours.
std::variant<logic::rotation_record, topology::failure> load_rotation(const std::string& path);

/// Durable when it answers.
std::optional<topology::failure> save_rotation(const std::string& path, const logic::rotation_record& what);

/// Nothing to remove is no failure.
std::optional<topology::failure> remove_rotation(const std::string& path);

/// A new record for `names`: their values in the secrets file, and as many new ones. Saved at `path`. ERR_SEC_001 for
/// a name without a value.
std::variant<logic::rotation_record, topology::failure>
begin_rotation(const std::string& path, const std::string& secrets_file, const std::vector<std::string>& names);

} // namespace paws::store
