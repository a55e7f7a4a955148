// The door through which the command line reaches the wiring: set by the program, absent in tests of commands.
#pragma once

#include "bin/wiring.hpp"

#include <functional>

namespace paws::bin {

/// run_engine of bin/wiring.hpp in the program itself.
extern std::function<int(const engine_options&)> engine_entry;

} // namespace paws::bin
