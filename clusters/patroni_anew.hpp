// Whether etcd knows the data that is there, before anything of Patroni is started over it.
#pragma once

#include "logic/cluster_view.hpp"

#include <string>
#include <vector>

namespace paws::clusters::patroni {

/// Every question begins so; the etcd member's "address:port" follows.
inline const std::string initialize_ask = "patroni.initialize.";

/// Asks etcd for the key `initialize` of this cluster, which it has from the first leader on.
std::vector<logic::ask> prepare(const logic::cluster_context& context, const logic::observation_table& seen,
                                logic::steady_time now);
/// "initialize": there or missing; "why" when the answer is none.
logic::facts interpret_initialize(const logic::answer& answer);
/// Refuses with ERR_PATRONI_003 while etcd knows nothing of data that was led before.
logic::start_advice advise(const logic::cluster_context& context, const logic::observation_table& seen,
                           const std::string& member);

} // namespace paws::clusters::patroni
