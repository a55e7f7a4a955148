// Where the programs of members are on this machine.
#pragma once

#include <string>

namespace paws::process {

/// The program `wanted`: absolute already, or in PATH, or where Debian keeps daemons that are in no ordinary user's
/// PATH (PostgreSQL's own, HAProxy). "" when it is nowhere.
std::string find_program(const std::string& wanted);

} // namespace paws::process
