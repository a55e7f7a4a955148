// What a container engine says of a container, understood: Docker's words and Podman's.
#pragma once

#include "messages/runtime.hpp"

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paws::docker {

struct container_state {
  std::string id;       // of the container
  std::string image_id; // what it was made from
  container_status status = container_status::created;
  std::int64_t pid = 0;
  std::int64_t started_ns = 0, finished_ns = 0; // wall clock; 0 = not yet
  int exit_code = -1;                           // -1 = none, or a signal
  int exit_signal = 0;
  bool oom_killed = false;
  std::map<std::string, std::string> labels;
  std::vector<std::string> volumes;             // that it has mounted
  std::map<std::string, std::string> addresses; // network, as the engine calls it -> address
};

/// The answer of GET /containers/{id}/json; nullopt when it is none. Engines report the end by signal n as code 128+n,
/// whether the process died of it or its shell, its init or itself said so: that counts as the signal.
std::optional<container_state> read_container(const nlohmann::json& inspected);

/// One life of a container, from a start to its end: "<container id>@<start, ns>"; before its first start its id alone.
std::string life_of(const container_state& state);

/// All of it that the engine itself knows.
container_info info_of(const container_state& state, const std::string& member);

/// "2026-11-27T23:16:51.08Z" or with an offset as "+01:00", since 1970 in ns; 0 for anything else and for the engines'
/// "0001-01-01T00:00:00Z".
std::int64_t parse_time_ns(std::string_view text);

} // namespace paws::docker
