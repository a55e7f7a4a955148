// What etcd's answers mean: who leads, who follows, whether a majority agrees.
#pragma once

#include "logic/cluster_view.hpp"

#include <string>
#include <vector>

namespace paws::clusters::etcd {

/// "etcd.status": the member's own view by its JSON gateway: its id, the leader's id, the term, the size of its data,
/// alarms. A member without a leader answers too, with leader 0.
std::vector<logic::ask> asks(const logic::cluster_context& context, const std::string& member);
/// id, leader, term, size_bytes, errors
logic::facts interpret(const logic::ask& ask, const logic::answer& answer);
/// Ready: every member answers and all name the same leader in the same term. Quorum: a majority does.
logic::cluster_view judge(const logic::cluster_context& context, const logic::observation_table& seen,
                          logic::steady_time now);

} // namespace paws::clusters::etcd
