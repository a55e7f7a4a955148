// What etcd's answers mean: who leads, who follows, whether a majority agrees.
#pragma once

#include "logic/cluster_view.hpp"

#include <string>
#include <vector>

namespace paws::clusters::etcd {

/// "etcd.status": the member's own view by its JSON gateway: its id, the leader's id, the term, the size of its data,
/// alarms. A member without a leader answers too, with leader 0.
std::vector<logic::ask> asks(const logic::cluster_context& context, const std::string& member);
/// "etcd.members": by which URLs it knows its peers, asked seldom: data keeps them from the start that made it.
/// status: id, leader, term, size_bytes, errors. members: "<id>.peer", the URL of a member's peer port.
logic::facts interpret(const logic::ask& ask, const logic::answer& answer);
/// Ready: every member answers and all name the same leader in the same term. Quorum: a majority does. With tls both
/// also need authentication to be on: nobody comes in without a password meanwhile.
logic::cluster_view judge(const logic::cluster_context& context, const logic::observation_table& seen,
                          logic::steady_time now);

/// Its users, where the cluster has tls; asks whoever leads.
std::vector<logic::ask> prepare(const logic::cluster_context& context, const logic::observation_table& seen,
                                logic::steady_time now);

} // namespace paws::clusters::etcd
