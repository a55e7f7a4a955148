// What a person asks of each cluster kind, and the tables that the answers become.
#pragma once

#include "logic/cluster_view.hpp"

namespace paws::clusters {

namespace etcd {
std::vector<logic::ask> inspect_asks(const logic::cluster_context& context, const std::string& member);
logic::inspection describe(const logic::cluster_context& context, const logic::inspect_answers& answers);
} // namespace etcd

namespace patroni {
std::vector<logic::ask> inspect_asks(const logic::cluster_context& context, const std::string& member);
logic::inspection describe(const logic::cluster_context& context, const logic::inspect_answers& answers);
} // namespace patroni

namespace redis {
std::vector<logic::ask> inspect_asks(const logic::cluster_context& context, const std::string& member);
logic::inspection describe(const logic::cluster_context& context, const logic::inspect_answers& answers);
} // namespace redis

/// The answer of `member` to `question`; an empty failed one when there is none.
const logic::answer& answer_of(const logic::inspect_answers& answers, const std::string& member,
                               const std::string& question);

} // namespace paws::clusters
