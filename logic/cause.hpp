// Which code of the registry stands behind what a person is shown: an unready environment, a route that leads nowhere.
#pragma once

#include "logic/environment_rules.hpp"

namespace paws::logic {

/// The first failing check with a code of the first wanted cluster that is not ready: "[ETCD] ERR_ETCD_001: …", with
/// its remedy behind " | "; "" when no code explains it. Clusters stand behind those they depend on.
std::string first_cause(const environment_plan& plan, const service_views& services, const cluster_views& clusters);

/// What a failing check of this route says: ERR_NET_002 when nobody answers behind it, else whom it leads to; "" when
/// it is ready.
std::string flaw_of(const route_view& route);

} // namespace paws::logic
