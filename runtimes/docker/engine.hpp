// Container engines of this machine: Docker, and Podman behind Docker's API. What can be asked of one without an actor;
// all of it blocks, at most `engine_patience`.
#pragma once

#include "messages/runtime.hpp"
#include "topology/failure.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace paws::docker {

/// Until an engine that does not answer is called unreachable.
inline constexpr std::chrono::seconds engine_patience{5};

/// One engine that was looked for.
struct engine {
  std::string name;        // docker, podman
  std::string socket;      // path of its Unix socket; "" = none was found
  std::string version;     // its own; "" when it does not answer
  std::string api_version; // "1.41"
  std::string platform;    // "linux/amd64"
  std::string why_not;     // "" = usable; else what is wrong, with what to do
};

/// The engines `docker` and `podman`, usable or not. Sockets are looked for in the usual order: DOCKER_HOST (unix://
/// only; another scheme is why_not), /run/docker.sock and /var/run/docker.sock for Docker; CONTAINER_HOST,
/// $XDG_RUNTIME_DIR/podman/podman.sock, /run/podman/podman.sock for Podman. Which of the two answers on a socket is
/// asked, never guessed from its name.
/// Each is waited for no longer than `patience`.
std::vector<engine> find_engines(std::chrono::milliseconds patience = engine_patience);

/// The one called `name`; ERR_RUN_001 with its why_not when it cannot be used.
std::variant<engine, topology::failure> find_engine(const std::string& name);

/// What it can do on this machine.
runtime_capabilities capabilities_of(const engine& on);

/// A network of the topology and the addresses it has on the engine.
struct subnet {
  std::string cidr;    // "172.31.4.0/24"
  std::string gateway; // the first address
  bool exists = false; // the environment's network is there already
};

/// For each of `networks` the subnet of this environment's network of that name; where there is none, the one that data
/// of this environment knows (etcd keeps its members' addresses); else a /24 that neither a network of the engine nor a
/// route or address of this machine overlaps. Creates nothing. ERR_NET_005 when none is free, or another one is where
/// the data wants to be.
std::variant<std::map<std::string, subnet>, topology::failure>
choose_subnets(const engine& on, const std::string& environment, const std::vector<std::string>& networks);

/// An image that a topology names.
struct image_state {
  std::string name;     // "paws360/etcd:bookworm"
  std::string id;       // "" = not there
  std::string platform; // "linux/amd64"
  std::uint64_t bytes = 0;
  std::map<std::string, std::string> labels;
};

/// Each of `names`, there or not, in their order.
std::variant<std::vector<image_state>, topology::failure> look_at_images(const engine& on,
                                                                         const std::vector<std::string>& names);

} // namespace paws::docker
