// What the command of a run finds in its environment: where the stack is, and how to get in.
#pragma once

#include "logic/environment_view.hpp"
#include "topology/model.hpp"

#include <map>
#include <span>
#include <string>

namespace paws::bin {

using variable_map = std::map<std::string, std::string>;

/// One variable, as docs/ci.md explains it.
struct variable_row {
  const char* name; // PAWS_ROUTE_<ROUTE> stands for one of each route
  const char* meaning;
};

/// Every variable that a command may find; those that its topology has nothing for are not there.
std::span<const variable_row> variable_table();

/// Where the run itself is.
struct run_place {
  std::string topology;  // its own file
  std::string program;   // the engine
  std::string socket;    // the control socket
  std::string authority; // the certificate of the authority that signed for its members
};

/// The variables of a stack that is ready: `seen` says where its members are. The first cluster of a kind, and the
/// first published route that leads to it, are the ones that common names are about. Passwords are among the values.
variable_map run_variables(const topology::document& doc, const logic::environment_view& seen,
                           const std::map<std::string, std::string>& secrets, const run_place& at);

/// `inherited` ("NAME=value" each, as in environ) with `own`: what was inherited under a name of the table is left out,
/// so that nothing leads to another stack.
variable_map with_inherited(const variable_map& own, const char* const* inherited);

} // namespace paws::bin
