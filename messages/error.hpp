// Failures of the registry as caf::error and back, so that a request can fail with a code, a sentence and a remedy.
#pragma once

#include "messages/prelude.hpp"

#include "topology/failure.hpp"

namespace paws {

/// A caf::error that carries all of `what`.
caf::error to_error(const topology::failure& what);

/// The failure inside `err`; for errors of CAF itself (timeouts, dead actors) one with ERR_SYS_000 that says so.
topology::failure to_failure(const caf::error& err);

} // namespace paws
