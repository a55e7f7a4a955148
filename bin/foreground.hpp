// `start --foreground`: the process that was asked stays, passes events on, and stops everything when it is told to
// end.
#pragma once

#include "bin/commands/command.hpp"
#include "bin/target.hpp"

#include <functional>
#include <sys/types.h>

namespace paws::bin {

/// Returns when the engine has ended and no other has taken over: 0 after an ordered stop, which `told_to_end` asked
/// for, or one from elsewhere; else it says that the engine is lost (ERR_ENG_006).
/// As process 1 it also reaps whatever it inherits.
int stay_in_foreground(const global_flags& flags, const target& at, pid_t engine,
                       const std::function<bool()>& told_to_end);

} // namespace paws::bin
