// The place of one run: a directory below the temporary one, with a topology of its own that says what the user's does
// under another name, at other addresses and ports, and with secrets of its own.
#pragma once

#include "bin/run_claims.hpp"
#include "topology/model.hpp"

#include <map>
#include <string>
#include <variant>

namespace paws::bin {

struct run_room {
  topology::document document; // of `topology`
  std::string directory;       // <temporary>/paws-run-<suffix>
  std::string topology;        // <directory>/topology.yaml, mode 0600
  std::map<std::string, std::string> secrets;
};

/// Claims what the run needs and makes its directory, for the stack of `of`. The user's own secrets are taken over
/// where they are, and stay as they are; what is missing is made. Leaves nothing behind when it fails.
std::variant<run_room, topology::failure> make_room(const topology::document& of, claims& into);

/// ${TMPDIR:-/tmp}
std::string temporary_directory();

} // namespace paws::bin
