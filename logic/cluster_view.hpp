// What quorum, leader, lag mean for one cluster right now, as a value; and the row of functions that a cluster
// kind consists of. The actors know this header only; the kinds stand in clusters/.
#pragma once

#include "logic/ask.hpp"
#include "logic/awakening.hpp"
#include "logic/member_spec.hpp"
#include "logic/rotation.hpp"
#include "logic/tls_material.hpp"
#include "topology/failure.hpp"
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
  bool etcd_tls = false;                      // they want TLS and a user with a password
  tls_material certificates;                  // empty when neither `cluster` nor its etcd has tls
  std::set<std::string> running;              // members that the runtime says run now, answering or not
  std::set<std::string> cleared;              // members that were told to start, and not created anew since
  bool begins_anew = false;                   // what it depends on was emptied on purpose, and knows it no more
};

/// How a member that is about to start must start now.
struct start_advice {
  bool go = true;
  std::string hold_reason;        // when !go: what is awaited
  topology::failure refusal;      // when !go: it must not start, and only an operator can change that; code "" = not so
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

struct drill_kit;    // logic/drill_kit.hpp
struct recovery_kit; // logic/recovery_kit.hpp

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
  /// What the cluster itself must be told before it can be used (etcd: its users), as the questions that come next;
  /// none: nothing to do, or nothing that can be done now. Each is on its way once at a time by its name; its answer
  /// goes through `interpret` and becomes the observation of that name of the cluster itself, forgotten when the last
  /// member ends; a fact "told" is a sentence for the journal. May be nullptr.
  std::vector<ask> (*prepare)(const cluster_context&, const observation_table&, steady_time now) = nullptr;
  /// What is asked of whom so that the secrets of `before` become those of `after` while everything runs; nothing when
  /// they are the same. Files are not its business. May be nullptr.
  std::vector<rotation_step> (*rotate)(const cluster_context& before, const cluster_context& after) = nullptr;
  /// What drills need of it. May be nullptr.
  const drill_kit* drills = nullptr;
  /// What can be done by hand. May be nullptr.
  const recovery_kit* recovery = nullptr;
  /// What silence means to it. May be nullptr: nothing is known, and members are given plain_recovery.
  silence_limits (*silence)(const cluster_context&) = nullptr;
  /// A question whose answer says what this member's daemon holds for the time (see daemon_clock); nothing for a
  /// daemon that cannot say. May be nullptr.
  std::optional<ask> (*clock_ask)(const cluster_context&, const std::string& member) = nullptr;
};

} // namespace paws::logic
