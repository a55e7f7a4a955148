// What quorum, leader, lag mean for one cluster right now, as a value; and the row of functions that a cluster
// kind consists of. The actors know this header only; the kinds stand in clusters/.
#pragma once

#include "logic/ask.hpp"
#include "logic/member_spec.hpp"
#include "topology/placement.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace paws::logic {

enum class check_status : std::uint8_t { pass, warn, fail, skip };
enum class component_status : std::uint8_t { healthy, degraded, unhealthy, unknown, paused };

std::string_view to_string(check_status what);
std::string_view to_string(component_status what);

struct check {
  std::string name;
  check_status status = check_status::skip;
  std::string value;
  std::int64_t duration_ms = 0;
  std::string error; // "" = none (null in JSON)
};

struct member_view {
  std::string name;
  std::string role;         // leader, replica, sync_standby, follower, master, sentinel; "" when unknown
  bool healthy = false;     // answers, and does its part in the cluster
  std::string state;        // the daemon's own word
  std::string why;          // when not healthy: one plain sentence
  std::int64_t lag_ms = -1; // -1 = not known or not applicable
};

/// `quorum`, `replicating` and `ready` are the conditions that dependents wait for.
struct cluster_view {
  bool replicating = false;
  bool quorum = false;
  bool ready = false;
  std::string leader; // member name; "" when none or disputed
  std::vector<member_view> members;
  std::vector<std::string> awaited; // why not ready yet, plain words, most important first
  component_status status = component_status::unknown;
  std::string summary; // the line of the health report: "3/3 healthy, quorum OK, size 0.1MB"
  std::vector<check> checks;
  /// A question whose only purpose is to wake a daemon that sleeps although all it waits for is there. Sent at most
  /// once per `wake_key` and second, never while a drill runs.
  std::optional<ask> wake;
  std::string wake_key;
};

/// Everything a cluster kind may look at.
struct cluster_context {
  topology::cluster cluster;
  topology::placement places;
  std::map<std::string, std::string> secrets; // name -> value
  std::string remembered_leader;              // last leader the journal knows; "" on a first start
  std::map<std::string, bool> has_data;       // member -> its data directory was not empty when it was created
  std::vector<std::string> etcd_endpoints;    // "address:port" of the etcd members it depends on
  std::set<std::string> running;              // members that the runtime says run now, answering or not
};

/// How a member that is about to start must start now.
struct start_advice {
  bool go = true;
  std::string hold_reason;        // when !go: what is awaited
  std::vector<config_file> files; // replace files of the same path in its spec
  std::vector<std::string> extra_arguments;
};

/// What `ctl inspect` shows of one cluster: tables.
struct inspection {
  struct table {
    std::string title;
    std::vector<std::string> columns;
    std::vector<std::vector<std::string>> rows;
  };
  std::string cluster, kind;
  std::vector<table> tables;
};

/// The answer to each question of an inspection, by the member that was asked and the question's name.
using inspect_answers = std::map<std::pair<std::string, std::string>, answer>;

/// A cluster kind is one row of functions; clusters/kinds.hpp has the table. All are pure.
struct cluster_kind_row {
  std::string_view name;  // as in the topology file
  std::string_view phase; // its start phase: "etcd_formation"
  std::vector<member_spec> (*render)(const cluster_context&);
  /// Dependencies between the kind's own members, e.g. Sentinels wait until the replicas are attached.
  std::vector<topology::dependency> (*member_dependencies)(const cluster_context&, const std::string& member);
  std::vector<ask> (*asks)(const cluster_context&, const std::string& member);
  facts (*interpret)(const ask&, const answer&);
  cluster_view (*judge)(const cluster_context&, const observation_table&, steady_time now);
  start_advice (*advise)(const cluster_context&, const observation_table&, const std::string& member);
  /// Questions that a person has, and what the answers say. May be nullptr.
  std::vector<ask> (*inspect_asks)(const cluster_context&, const std::string& member) = nullptr;
  inspection (*describe)(const cluster_context&, const inspect_answers&) = nullptr;
};

} // namespace paws::logic
