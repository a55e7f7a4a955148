// The volumes of an environment: labelled, made for their first user, removed with a member's data.
#pragma once

#include "runtimes/docker/api.hpp"

#include <optional>
#include <string>
#include <vector>

namespace paws::docker {

/// Makes the volume if there is none. One of the same name without the environment's label is an error, and stays as
/// it is. `member` "": the environment's own. `ranges`: subnets by network, that what will lie in it knows. Answers
/// where it lies on the engine's machine.
outcome<std::string> ensure_volume(api& on, const std::string& name, const std::string& environment,
                                   const std::string& member, const std::map<std::string, std::string>& ranges);

/// Removes what carries the member's label, and of `others` what carries the environment's; what another container
/// still uses stays.
std::optional<topology::failure> remove_volumes(api& on, const std::string& environment, const std::string& member,
                                                const std::vector<std::string>& others);

/// What the environment's volumes take, by member; the engine counts file by file.
outcome<std::map<std::string, std::uint64_t>> sizes_of_volumes(api& on, const std::string& environment);

} // namespace paws::docker
