// What a container engine is asked for when a member's container is made: never more than the member needs.
#pragma once

#include "messages/runtime.hpp"
#include "runtimes/docker/outcome.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace paws::docker {

/// What differs between engines and machines.
struct request_habits {
  bool podman = false;
  bool init = true;                                 // a small process 1 that reaps what members leave behind
  std::uint64_t most_files = 0, most_processes = 0; // limits of Podman's containers; 0 = the engine's own
};

/// A volume of a member or of the environment.
struct volume_mount {
  std::string volume; // as the engine calls it
  std::string target;
  bool read_only = false;
};

/// Top directories of the member's volumes inside its container.
inline constexpr const char* files_top = "/paws";
inline constexpr const char* data_top = "/data";

/// The volumes of `spec`: its own two first.
std::vector<volume_mount> volumes_of(const logic::member_spec& spec);

/// ERR_RUN_002 for names and paths that have no place in a request.
std::optional<topology::failure> refuse_spec(const logic::member_spec& spec);

/// The body of POST /containers/create.
nlohmann::json container_request(const logic::member_spec& spec, const request_habits& habits);

/// The labels of `spec`'s container and of its own volumes.
nlohmann::json labels_of(const std::string& environment, const std::string& member);

/// How a container is found in `place`'s network: its address and names.
nlohmann::json endpoint_of(const logic::member_spec& spec, const logic::network_place& place);

} // namespace paws::docker
