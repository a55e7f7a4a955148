// What the answers of Redis nodes and Sentinels say together: who is the master, for whom, and how well it is
// followed. Read once per judgement or advice; both then decide on the same picture.
#pragma once

#include "logic/cluster_view.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace paws::clusters::redis {

// Names of the asks.
inline constexpr std::string_view info_ask = "redis.info";
inline constexpr std::string_view master_ask = "sentinel.master";
inline constexpr std::string_view replicas_ask = "sentinel.replicas";
inline constexpr std::string_view peers_ask = "sentinel.peers";
inline constexpr std::string_view tilt_ask = "sentinel.tilt";

enum class node_role : std::uint8_t { unknown, master, replica };

/// A replica as its master sees it.
struct attached_replica {
  bool online = false;
  std::uint64_t acknowledged = 0; // offset in bytes
  std::int64_t silent_ms = -1;    // since it last acknowledged; -1 = not known
};

struct node_sight {
  std::string name;
  bool running = false; // the runtime says so
  bool awaited = false; // it runs, and its first answer is still to come
  bool heard = false;   // it answered the last question; all below is meaningful only then
  std::string why;      // when not heard
  node_role role = node_role::unknown;
  std::string follows; // a replica's master: member name, else its address
  bool link_up = false;
  bool holds_keys = false;                          // or is still loading them
  std::uint64_t offset = 0;                         // of the replication stream, in bytes
  std::map<std::string, attached_replica> attached; // by member name
  std::size_t online = 0;                           // of them
};

struct sentinel_sight {
  std::string name;
  bool running = false;
  bool awaited = false;
  bool heard = false;
  std::string why;
  std::string names;         // the master it names: member name, else its address
  bool down = false;         // it holds that master to be down
  bool failing_over = false; // it is at replacing it
  bool tilted = false;       // it stood still, trusts no clock, and replaces nobody for 30 s (TILT)
  std::uint64_t epoch = 0;
  std::size_t replicas = 0, peers = 0;               // it knows, itself not counted
  std::size_t linked_replicas = 0, linked_peers = 0; // of them it is connected with, and they are well
};

struct sight {
  std::vector<node_sight> nodes;
  std::vector<sentinel_sight> sentinels;
  std::string agreed;                 // what most of all configured Sentinels name; "" = no majority
  std::size_t agreeing = 0;           // how many name it
  std::vector<std::string> claimants; // nodes that call themselves master
  std::string master;                 // whom to follow: `agreed`, else the claimant with the most replicas, else ""

  const node_sight* node(const std::string& name) const;
  bool failing_over() const;
};

/// `without` is left out: a member that is about to start says nothing yet.
sight look(const logic::cluster_context& context, const logic::observation_table& seen,
           const std::string& without = "");

/// The node at `address`, else the address itself.
std::string name_of(const logic::cluster_context& context, const std::string& address);

/// "name, value, name, value …"
std::map<std::string, std::string> pairs(const std::vector<std::string>& cells);
/// Every cell of an answer's rows, one after the other.
std::vector<std::string> cells_of(const logic::answer& answer);

std::vector<logic::ask> asks(const logic::cluster_context& context, const std::string& member);
logic::facts interpret(const logic::ask& ask, const logic::answer& answer);
logic::cluster_view judge(const logic::cluster_context& context, const logic::observation_table& seen,
                          logic::steady_time now);

/// How a node or Sentinel must start now; the rules stand in the source as a table.
logic::start_advice advise(const logic::cluster_context& context, const logic::observation_table& seen,
                           const std::string& member);

} // namespace paws::clusters::redis
