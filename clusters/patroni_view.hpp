// What Patroni's and PostgreSQL's answers mean together: who leads, who really streams, whether a leader's death would
// be survived now.
#pragma once

#include "logic/cluster_view.hpp"

#include <string>
#include <vector>

namespace paws::clusters::patroni {

/// "patroni.cluster": what a member's Patroni sees in etcd. "patroni.sql": what its PostgreSQL says of itself.
std::vector<logic::ask> asks(const logic::cluster_context& context, const std::string& member);

/// patroni.cluster: "members" (names, separated by spaces), "<member>.role", "<member>.state".
/// patroni.sql: "recovery" (true, false), "streaming" (names of standbys that stream), "<standby>.lag_ms", "receiver"
/// (status of the own WAL receiver), "standbys" (synchronous_standby_names).
logic::facts interpret(const logic::ask& ask, const logic::answer& answer);

/// Ready is failover-ready: the leader answers and is in no recovery, every other member streams from it as the leader
/// itself says, and, in strict synchronous mode, a synchronous standby is registered.
logic::cluster_view judge(const logic::cluster_context& context, const logic::observation_table& seen,
                          logic::steady_time now);

} // namespace paws::clusters::patroni
