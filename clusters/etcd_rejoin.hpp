// An etcd member whose data is gone while its cluster lives. Started as before it would end at once ("member ... has
// already been bootstrapped", etcd 3.4.23): the others remember that it has run. So, while they have a majority without
// it, its old membership is removed, a new one is added, and it starts as a member of a cluster that exists.
#pragma once

#include "logic/cluster_view.hpp"

#include <string>
#include <vector>

namespace paws::clusters::etcd {

/// Every question of these begins so; the name of the member that lost its data follows what is asked.
inline constexpr const char* rejoin_ask = "etcd.rejoin.";

/// What comes next for the first member without data, asked of `leader`; none: there is none, or it may start. At most
/// one change a second.
std::vector<logic::ask> prepare_rejoin(const logic::cluster_context& context, const logic::observation_table& seen,
                                       const std::string& leader, logic::steady_time now);
/// list: by "<peer URL>", ".state" (added: not started yet; started) and ".id" of each membership. remove, add: "said"
/// (done) and "told" for the journal. Or "why".
logic::facts interpret_rejoin(const logic::ask& ask, const logic::answer& answer);
/// How `member` must start.
logic::start_advice advise_rejoin(const logic::cluster_context& context, const logic::observation_table& seen,
                                  const std::string& member);

} // namespace paws::clusters::etcd
