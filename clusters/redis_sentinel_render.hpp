// What Redis nodes and Sentinels are started with: their configuration files and specs. Both daemons rewrite their
// file while they run (a failover changes who follows whom), so it lies in the run directory and is rendered anew,
// from what is known then, before every start: nothing of an earlier life can contradict it.
#pragma once

#include "logic/cluster_view.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace paws::clusters::redis {

/// Where nodes of `cluster` listen: 6379, encrypted 6380. There is one port only: what is encrypted is nothing else.
std::uint16_t node_port(const topology::cluster& cluster);

/// A user of nodes and Sentinels that needs no password and may ask for nothing but who is master: for checks of who
/// carries a route, which no change of passwords then concerns.
inline constexpr std::string_view role_user = "route-check";

bool is_sentinel(const topology::cluster& cluster, const std::string& member);

/// The address of a member; "" when it has no place.
std::string address_of(const logic::cluster_context& context, const std::string& member);

/// The value of a secret; "" when there is none of that name.
std::string secret(const logic::cluster_context& context, const std::string& name);

/// `text` as one word of a Redis configuration file, whatever bytes it holds.
std::string quoted(std::string_view text);

/// 40 hexadecimal digits that stay the same for a Sentinel: the others know it again after it was rendered anew.
std::string sentinel_id(const std::string& cluster, const std::string& member);

/// Share of its memory limit that a node may fill with data; 0 for no limit, as in Redis. The rest is for
/// replication buffers, the append-only file's rewrite in a forked child, and fragmentation.
std::uint64_t data_memory_bytes(const topology::resource_limits& limits);

/// redis.conf of `member`, which is to be the master, or a replica of `master` when that is another one.
logic::config_file node_file(const logic::cluster_context& context, const std::string& member,
                             const std::string& master);

/// sentinel.conf of `member`, which is to watch `master`; all other nodes and Sentinels are made known to it, those
/// that are down included. `epoch`: the configuration epoch its peers have reached.
logic::config_file sentinel_file(const logic::cluster_context& context, const std::string& member,
                                 const std::string& master, std::uint64_t epoch);

/// All nodes, then all Sentinels, as for a first formation: the first node is the master.
std::vector<logic::member_spec> render(const logic::cluster_context& context);

} // namespace paws::clusters::redis
