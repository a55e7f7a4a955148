// The role of the environment: one topology; admits commands, aggregates state, owns shutdown order.
#pragma once

#include "messages/protocol.hpp"
#include "topology/failure.hpp"

#include <optional>

namespace paws {

/// A command from an operator. `name` is a verb of the control API: start, stop, down, reset, pause, resume, restart,
/// rotate, drill, undo, failover, switchover, reinit, defragment, resume-after-sleep, time-sync.
struct operator_command {
  std::string name;
  bool keep_on_failure = false;      // start
  std::int64_t wait_timeout_ms = 0;  // start, resume-after-sleep; 0 = the topology's cold total
  bool destroy_data = false;         // down --volumes; the confirmation was checked before
  bool interrupted = false;          // stop: only the start of the same trace_id, and what it has started
  bool cascade = false;              // restart: dependents as well
  std::vector<std::string> services; // start, stop, restart: only these members, clusters or routes; empty = all
  std::vector<std::string> secrets;  // rotate: only these; empty = all generated ones in use
  std::string trace_id;              // ties the journal's events to this command
  // drill; `target` also failover, switchover (the candidate) and reinit (member or cluster)
  std::string drill, fault, target;
  std::vector<std::string> from; // partition: only from these
  std::int64_t repeat = 1;
  bool no_writer = false;
  bool force = false; // drill: also when the stack is not healthy; failover: also when the candidate lags
};

/// How a command ended. `what.code` is "" on success.
struct command_outcome {
  std::string name;
  topology::exit_code code = topology::exit_code::success;
  topology::failure what;
  std::vector<std::string> log; // last lines of the culprit, when a start failed
  std::string culprit;
  std::string trace_id;             // of the command
  bool already = false;             // nothing had to be done
  bool engine_ends = false;         // nothing is left to supervise
  std::vector<std::string> rotated; // rotate: the secrets that have new values
  std::int64_t duration_ms = -1;    // rotate, and the recoveries; -1 = not measured
  logic::recovery_report recovery;  // failover, switchover, reinit, defragment
  std::vector<logic::drill_report> drills;
  std::optional<logic::wake_report> wake;    // resume-after-sleep
  std::optional<logic::clock_report> clocks; // time-sync
  std::vector<std::string> notes; // what else is worth knowing: "patroni: patroni2 leads instead of patroni1"
};

struct actor_row {
  std::string path; // "environment/etcd/etcd1/etcd.status"
  std::string kind; // environment, cluster, service, probe, journal, control …
  std::string state;
  std::uint64_t mailbox = 0;      // messages waiting
  caf::strong_actor_ptr who = {}; // itself; null: nothing can be sent to it
};

/// Every actor that lives as long as the engine tells its own row, and those of what is below it (see actor_rows.hpp).
using mailbox_source = caf::typed_actor<caf::replies_to<actors_atom>::with<actor_list>>;

/// renew, restart(service), and an outcome come from the rotator below it. renew: every actor is given the new secrets;
/// answers who leads each cluster. restart: answers when the service is ready again, or has failed. A report comes from
/// the drill below it, which ends with it; undo(faults): what that drill holds broken now. A gap comes from the clock
/// watch, awakened from each service.
using environment_actor = caf::typed_actor<
    caf::replies_to<status_atom>::with<logic::environment_view>,
    caf::replies_to<health_atom, line_list>::with<logic::health_report>, // only these components; empty = all
    caf::replies_to<describe_atom, std::string>::with<inspection_list>,  // every cluster of this kind
    caf::replies_to<operator_command>::with<command_outcome>, caf::replies_to<actors_atom>::with<actor_list>,
    caf::reacts_to<logic::service_view>, caf::reacts_to<logic::route_view>, caf::reacts_to<cluster_report>,
    caf::reacts_to<renew_atom>, caf::replies_to<restart_atom, std::string>::with<command_outcome>,
    caf::reacts_to<command_outcome>, caf::reacts_to<logic::drill_report>, caf::reacts_to<undo_atom, fault_list>,
    caf::reacts_to<logic::clock_gap>, caf::reacts_to<awakened>, caf::reacts_to<tick_atom, std::uint64_t>,
    caf::reacts_to<reach_atom, std::string>>;

} // namespace paws
