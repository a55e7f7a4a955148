// What a runtime needs to know to run one member: command, files, user, limits. Rendered by the cluster kinds,
// carried out by a runtime, understood by both without either knowing the other.
#pragma once

#include "topology/model.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace paws::logic {

/// One rendered file. It is written before the member starts, owned by the member's user.
struct config_file {
  std::string path; // absolute, as the member sees it, inside one of its directories
  std::string content;
  std::uint32_t mode = 0600;
  bool keep_existing = false; // written only when absent: the daemon rewrites it itself
};

/// A network of the topology that a container joins, with its fixed address there.
struct network_place {
  std::string network; // "infra"
  std::string address;
};

/// 127.0.0.1:host_port leads to `port` of the container.
struct published_port {
  std::uint16_t host_port = 0;
  std::uint16_t port = 0;
};

/// A named volume of the environment, or a file or directory of this machine, that the container sees at `target`.
struct mount {
  std::string volume; // name within the environment; "" = source is meant
  std::string source; // absolute path
  std::string target; // absolute path in the container
  bool read_only = true;
};

struct member_spec {
  std::string name;
  std::string environment;          // the environment it belongs to
  std::string image;                // container runtimes
  std::vector<std::string> command; // argv; [0]: absolute, or sought in PATH and program_dirs; none: the image's
  std::map<std::string, std::string> variables; // the whole environment besides PATH, HOME, LANG
  std::vector<config_file> files;
  std::string config_dir, data_dir, run_dir;
  std::string working_directory; // "" = data_dir
  std::string user;              // "postgres", "etcd", "redis", "haproxy"; "" = the engine's own or nobody
  std::string package;           // Debian package that brings command[0], for the remedy when it is missing
  int stop_signal = 15;
  std::uint32_t stop_grace_ms = 10'000; // until SIGKILL
  std::string address;
  std::map<std::string, std::uint16_t> ports; // "client" -> 2379, at `address`
  topology::resource_limits limits;
  // Of container runtimes alone; the process runtime ignores all of these.
  std::vector<network_place> networks; // the first one's address is `address`
  std::vector<std::string> aliases;    // names in each of its networks, besides `name`
  std::vector<published_port> published;
  std::vector<mount> mounts;
  std::string platform;  // "linux/arm64"; "" = the container engine's own
  std::uint32_t uid = 0; // user and group that it runs as and that own its files and data; never 0 for a container
};

} // namespace paws::logic
