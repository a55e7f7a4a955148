// The state table of one service: for every desired state, actual state and event the next actual state and the
// one action to take. The service actor does nothing that is not in here.
#pragma once

#include "logic/environment_view.hpp"

#include <cstdint>
#include <string_view>

namespace paws::logic {

/// What can happen to a service.
enum class service_event : std::uint8_t {
  desire,         // the desired state was set (again): do what is missing
  found_running,  // the runtime says: it runs already (adoption)
  found_idle,     // the runtime says: absent, created or exited
  created,        // the container exists and may be started
  cleared,        // every dependency is satisfied and the cluster says go
  started,        // the runtime confirmed the start
  healthy,        // a verdict on this start
  unhealthy,      // a verdict on this start
  exited,         // it ended, and nobody asked for it
  finished,       // a one-shot ended with exit code 0
  refused,        // the runtime could not do what was asked
  backoff,        // the restart delay is over
  gave_up,        // the restart policy has no attempt left
  stopped,        // the runtime confirmed the stop
  paused,         // the runtime says: paused
  resumed,        // the runtime says: running again
  removed,        // the runtime confirmed the removal
  found_stopping, // the runtime says: it runs, and somebody asked for its stop before this engine came
  left,           // it ended because somebody outside the engine asked for that
  unreachable,    // the runtime's engine could not be asked: whether it was done is not known
  ask_again,      // it is time to ask anew
  overdue,        // it has not recovered by itself in its time
};
inline constexpr std::size_t service_event_count = 22;
inline constexpr std::size_t desired_state_count = 4;
inline constexpr std::size_t actual_state_count = 10;

enum class service_action : std::uint8_t {
  none,
  inspect,        // ask the runtime what there is
  create,         // make the container and its files
  seek_clearance, // wait for dependencies, then ask the cluster for advice
  start,
  stop,
  pause,
  unpause,
  remove,
  consult_policy, // the restart policy answers with backoff or gave_up
  announce_failure,
  report_drift,  // it changed behind our back
  await_runtime, // ask_again comes in a while
  find_start,    // whether the start that was called came to be: if not, call it again
};
inline constexpr std::size_t service_action_count = 14;

/// The drift (service_view::drift) of a member that a drill takes down.
inline constexpr std::string_view drill_drift = "down for a drill";

struct service_step {
  actual_state next;
  service_action action;
  friend bool operator==(const service_step&, const service_step&) = default;
};

/// The cell of the table. Total: every combination has an answer; most are "stay, do nothing".
service_step next_step(desired_state desired, actual_state actual, service_event event);

std::string_view to_string(service_event what);
std::string_view to_string(service_action what);

} // namespace paws::logic
