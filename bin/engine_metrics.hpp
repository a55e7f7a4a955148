// The engine's metrics for Prometheus: another reader of the journal, and of what the probes see.
#pragma once

#include "messages/metrics.hpp"

#include <string>

namespace paws::bin {

/// Metrics of `environment`; every name begins with paws_.
metrics_actor spawn_engine_metrics(caf::actor_system& system, const std::string& environment);

} // namespace paws::bin
