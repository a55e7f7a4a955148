// Every limit of a topology file in one place, each with its unit and its reason. A file beyond one of them is
// refused with a position, never cut short.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace paws::topology::limits {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// --- reading YAML: nothing an author writes by hand comes near these; they bound time and memory of hostile input.

/// Largest topology file. The biggest real one is a few tens of kilobytes.
inline constexpr std::size_t file_bytes = 1024 * 1024;
/// Deepest nesting. The contract itself needs 6; the parser recurses once per level.
inline constexpr std::size_t nesting_levels = 64;
/// Nodes of the tree, those that aliases repeat included.
inline constexpr std::size_t yaml_nodes = 20'000;
/// Entries of one list or group of keys: they are looked up one after the other.
inline constexpr std::size_t group_entries = 1000;
/// Text in all nodes together, repetitions by aliases included.
inline constexpr std::size_t yaml_text_bytes = 4 * file_bytes;
/// Aliases in one file.
inline constexpr std::size_t yaml_aliases = 100;
/// Characters of `[ ] { } ,` in one file: yaml-cpp keeps every token of a flow collection that is open, at about 240
/// bytes each; a file that holds nothing but `[` would take 240 MB.
inline constexpr std::size_t flow_characters = 50'000;
/// Bytes that yaml-cpp was seen to take per token of an open flow collection.
inline constexpr std::size_t yaml_token_bytes = 240;
/// What reading may take in all.
inline constexpr std::size_t memory_bytes = 200 * 1024 * 1024;
/// Problems that are listed; a person reads the first, and one mistake can cause thousands.
inline constexpr std::size_t problems_listed = 100;
/// Candidates among which the nearest to a misspelt word is sought: the search is quadratic in the words' lengths.
inline constexpr std::size_t suggestion_candidates = 64;

static_assert(yaml_nodes >= yaml_aliases && yaml_nodes >= group_entries);
static_assert(yaml_text_bytes >= file_bytes, "a file without aliases always fits");
static_assert(flow_characters * yaml_token_bytes < memory_bytes / 4);

// --- names and texts

/// Longest name: etcd, Patroni and DNS labels take more, but a container's name is "<environment>-<member>" (63).
inline constexpr std::size_t name_characters = 31;
/// Longest PostgreSQL identifier (NAMEDATALEN - 1), and longest name of a variable.
inline constexpr std::size_t identifier_characters = 63;
/// Longest single text: command arguments, environment values, paths.
inline constexpr std::size_t text_bytes = 4096;
/// Texts in one list (arguments, patterns).
inline constexpr std::size_t list_entries = 256;

/// Longest image reference: registries take no longer name, and a tag or digest comes on top.
inline constexpr std::size_t image_characters = 255;

static_assert(2 * name_characters + 1 <= 63, "environment and member make one DNS label");
static_assert(text_bytes < file_bytes);

// --- numbers

inline constexpr std::uint16_t lowest_port = 1;
inline constexpr std::uint16_t highest_port = 65535;
/// Docker's own lower bound for a memory limit.
inline constexpr std::uint64_t lowest_memory_bytes = 6ULL << 20;
/// More than any machine this runs on has; keeps sums far from overflow.
inline constexpr std::uint64_t highest_memory_bytes = 16ULL << 40;
inline constexpr double lowest_cpus = 0.01; // one hundredth: the resolution of a cgroup quota at a 100 ms period
inline constexpr double highest_cpus = 1024;

static_assert(highest_memory_bytes <= UINT64_MAX / 4096, "sums over all members cannot overflow");

/// Shortest and longest duration anywhere in a file.
inline constexpr milliseconds shortest_duration = 1ms;
inline constexpr milliseconds longest_duration = 24h;
/// etcd refuses election timeouts above 50 s; heartbeats below 10 ms are noise on any machine.
inline constexpr milliseconds shortest_heartbeat = 10ms;
inline constexpr milliseconds longest_election = 50s;
/// etcd refuses to start when the election timeout is below five heartbeats.
inline constexpr int heartbeats_per_election = 5;
/// Patroni counts whole seconds; below 3 s it cannot do one loop and two retries of 1 s.
inline constexpr milliseconds shortest_ttl = 3s;
inline constexpr milliseconds longest_ttl = 1h;
/// HAProxy checks more often than this would load the members more than their clients do.
inline constexpr milliseconds shortest_check = 50ms;
inline constexpr milliseconds longest_probe = 5min;
/// PostgreSQL: 3 are reserved for the superuser, replicas and the engine need some; the upper bound is its own.
inline constexpr std::uint32_t lowest_max_connections = 20;
inline constexpr std::uint32_t highest_max_connections = 262'143;

static_assert(shortest_heartbeat * heartbeats_per_election <= longest_election);
static_assert(shortest_ttl >= 3 * 1s, "loop_wait + 2 * retry_timeout with the smallest values");

// --- members

/// etcd's own advice is at most 7 voting members; writes slow down with each.
inline constexpr std::size_t etcd_members = 9;
/// Every replica is a WAL sender of the leader, and Patroni's default is 10 of them.
inline constexpr std::size_t patroni_members = 9;
inline constexpr std::size_t redis_members = 9;
inline constexpr std::size_t sentinels = 9;
/// With one member, strict synchronous replication refuses every write.
inline constexpr std::size_t strict_synchronous_members = 2;
inline constexpr std::size_t clusters = 32;
/// A /24 holds about twenty groups of members and 200 services.
inline constexpr std::size_t services = 200;
inline constexpr std::size_t routes = 64;
inline constexpr std::size_t networks = 64;

// --- addresses of the process runtime

/// 127.0.0.0/24 belongs to everybody on the machine (resolvers, other tools): members stay out of it.
inline constexpr std::uint32_t loopback_network = 127U << 24;
inline constexpr int loopback_prefix = 8;
inline constexpr int shared_loopback_prefix = 24;
inline constexpr int narrowest_subnet_prefix = 30;
/// Members begin at .11; each group at the next multiple of ten plus one, so that an address tells its group.
inline constexpr std::uint32_t address_step = 10;

static_assert(services < group_entries && clusters < group_entries && routes < group_entries);
static_assert(loopback_prefix < shared_loopback_prefix && shared_loopback_prefix < narrowest_subnet_prefix);

/// The one address on which ports are published.
inline constexpr std::string_view publish_address = "127.0.0.1";
/// Redis Sentinel's port, which `${sentinels:…}` names.
inline constexpr std::uint16_t sentinel_port = 26379;

} // namespace paws::topology::limits
