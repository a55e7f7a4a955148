// One thing that happened. Everything that happens becomes one event in one journal; progress, logs, metrics and
// reports are readers of that journal.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace paws::logic {

struct event {
  std::uint64_t seq = 0;                     // given by the journal, 1, 2, 3 … without gaps, across engine lives
  std::int64_t at_us = 0;                    // wall clock, microseconds since 1970; monotonic within one engine's life
  std::string kind;                          // one of event_kinds
  std::string subject;                       // member, cluster, route or environment name
  std::string text;                          // one plain sentence for a person
  std::map<std::string, std::string> fields; // for programs; never a secret. trace_id: of the command that caused it
};

namespace event_kinds {
inline constexpr std::string_view engine_started = "engine_started"; // fields: pid, version
inline constexpr std::string_view engine_stopping = "engine_stopping";
inline constexpr std::string_view command_begun = "command_begun";     // subject: command name
inline constexpr std::string_view command_ended = "command_ended";     // fields: outcome, exit_code
inline constexpr std::string_view command_joined = "command_joined";   // fields: joins (trace id of the one under way)
inline constexpr std::string_view command_refused = "command_refused"; // fields: code
inline constexpr std::string_view service_state = "service_state";     // fields: from, to, desired, generation
inline constexpr std::string_view service_waiting = "service_waiting"; // fields: for
inline constexpr std::string_view start_called = "start_called";       // fields: after (dependency), ready_at_us
inline constexpr std::string_view container_exited = "container_exited";       // fields: exit_code, signal
inline constexpr std::string_view drift_seen = "drift_seen";                   // fields: actual, desired
inline constexpr std::string_view restart_scheduled = "restart_scheduled";     // fields: delay_ms, attempt
inline constexpr std::string_view service_failed = "service_failed";           // fields: code, reason
inline constexpr std::string_view cluster_state = "cluster_state";             // fields: quorum, replicating, ready
inline constexpr std::string_view leader_changed = "leader_changed";           // fields: from, to
inline constexpr std::string_view cluster_woken = "cluster_woken";             // fields: key
inline constexpr std::string_view route_state = "route_state";                 // fields: state, target
inline constexpr std::string_view phase_begun = "phase_begun";                 // subject: phase name
inline constexpr std::string_view phase_ended = "phase_ended";                 // fields: duration_ms, target_ms
inline constexpr std::string_view health_checked = "health_checked";           // fields: status, duration_ms
inline constexpr std::string_view environment_state = "environment_state";     // fields: from, to
inline constexpr std::string_view resource_low = "resource_low";               // fields: resource, percent
inline constexpr std::string_view resource_ok = "resource_ok";                 // fields: resource, percent
inline constexpr std::string_view memory_kill = "memory_kill";                 // fields: processes
inline constexpr std::string_view runtime_unreachable = "runtime_unreachable"; // fields: reason
inline constexpr std::string_view runtime_reachable = "runtime_reachable";
inline constexpr std::string_view secrets_step = "secrets_step";     // subject: names; fields: stage, where
inline constexpr std::string_view drill_begun = "drill_begun";       // subject: its id; fields: drill, fault
inline constexpr std::string_view drill_step = "drill_step";         // fields: stage
inline constexpr std::string_view fault_injected = "fault_injected"; // fields: drill, fault
inline constexpr std::string_view fault_undone = "fault_undone";     // fields: drill
inline constexpr std::string_view fault_stays = "fault_stays";       // fields: code
inline constexpr std::string_view drill_ended = "drill_ended";       // fields: drill, verdict
inline constexpr std::string_view clock_gap = "clock_gap";   // fields: gap (sleep, freeze, wall_clock), length_ms
inline constexpr std::string_view wake_begun = "wake_begun"; // a recovery; fields: cause
inline constexpr std::string_view wake_step = "wake_step";   // subject: service; fields: end, after_ms
inline constexpr std::string_view wake_ended = "wake_ended"; // fields: status, duration_ms
inline constexpr std::string_view clocks_compared = "clocks_compared"; // fields: in_step, set_by_ms
inline constexpr std::string_view recovery_step = "recovery_step";     // subject: member or cluster
inline constexpr std::string_view state_damaged = "state_damaged";     // fields: moved_to
inline constexpr std::string_view start_failed = "start_failed"; // fields: code, culprit, remedy, log (last lines)
} // namespace event_kinds

} // namespace paws::logic
