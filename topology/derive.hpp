// A topology made from another one: the same stack under another name, at other addresses and ports, with a place of
// its own. For environments that are thrown away.
#pragma once

#include "topology/failure.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

namespace paws::topology {

/// What differs. A text that is empty leaves things as they are.
struct derivation {
  std::string name;
  std::string root;                                                               // as it is to stand in the file: "."
  std::string project;                                                            // where the paths of services start
  std::string subnet;                                                             // of the process runtime
  std::string secrets_file;                                                       // below the root
  std::map<std::string, std::uint16_t> ports;                                     // route -> its published port
  std::map<std::string, std::map<std::string, std::uint16_t>> service_ports = {}; // service -> name -> likewise
  std::uint16_t control_port = 0;                                                 // of the engine's listener
};

/// The text of a topology file that says what `text` (read from `path`) says, but for `changes`; a listener of its own
/// (`control`) that gets no other port is left out. Comments are lost. ERR_TOPO_001 for a text that is no YAML.
std::variant<std::string, failure> derive_topology(std::string_view text, const std::string& path,
                                                   const derivation& changes);

} // namespace paws::topology
