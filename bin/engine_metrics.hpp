// The engine's metrics for Prometheus: another reader of the journal, and of what the probes see.
#pragma once

#include "messages/metrics.hpp"

#include <string>
#include <vector>

namespace paws::bin {

/// Metrics of `environment` with its `services`; every name begins with paws_.
metrics_actor spawn_engine_metrics(caf::actor_system& system, const std::string& environment,
                                   const std::vector<std::string>& services);

} // namespace paws::bin
