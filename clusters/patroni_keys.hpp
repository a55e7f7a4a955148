// What drills watch of a Patroni cluster in its etcd: the keys as they change, and the lease that holds the leader's.
// At each etcd member one chain of questions for either: all keys once, then a stream from there on; whose lease it is,
// then how long it still lasts.
#pragma once

#include "logic/drill_kit.hpp"

#include <vector>

namespace paws::clusters::patroni {

/// The first question of each chain.
std::vector<logic::ask> key_watches(const logic::cluster_context& context, const logic::cluster_context& etcd);
/// The next question of a chain.
logic::ask key_watch_again(const logic::cluster_context& context, const logic::ask& asked, const logic::answer& got);
/// leader_key, sync and settings of "etcd", ordered by revision; lease of the member that was asked.
std::vector<logic::drill_sight> key_sights(const logic::cluster_context& context, const logic::ask& asked,
                                           const logic::answer& got, logic::steady_time at);

} // namespace paws::clusters::patroni
