// The state of a whole environment as a value: what `ctl status` and `ctl health` show. Times are wall clock,
// microseconds since 1970; 0 = never.
#pragma once

#include "logic/cluster_view.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace paws::logic {

enum class desired_state : std::uint8_t { running, paused, stopped, removed };
enum class actual_state : std::uint8_t {
  absent,
  created,
  starting,
  ready,
  unready,
  paused,
  stopping,
  exited,
  failed,
  completed
};
enum class environment_state : std::uint8_t { starting, ready, degraded, failed, paused, stopping, stopped };

std::string_view to_string(desired_state what);
std::string_view to_string(actual_state what);
std::string_view to_string(environment_state what);

struct awaited_thing {
  std::string what; // a dependency's name, or what readiness lacks
  std::string why;
  std::int64_t since_us = 0;
};

struct service_view {
  std::string name;
  std::string cluster; // "" = none
  desired_state desired = desired_state::stopped;
  actual_state actual = actual_state::absent;
  std::string role;
  std::string address;
  std::map<std::string, std::uint16_t> ports;
  std::string container_id; // "" = null in JSON
  std::int64_t pid = 0;     // 0 = null in JSON
  std::uint32_t restarts = 0;
  std::int64_t since_us = 0; // of `actual`
  std::vector<awaited_thing> waiting_for;
  std::vector<std::string> unsupported; // "memory_limit: …"
  std::string failure;                  // the reason, when failed
  std::string failure_code;             // its code
  std::string failure_remedy;           // what to do about it; "" = look at its log
  bool adopted = false;                 // it ran already when this engine came
  std::string drift;                    // what somebody changed behind the engine's back; "" = nothing
  std::int64_t started_at_us = 0;       // of its present life, by the runtime's record
};

struct route_view {
  std::string name;
  std::string address;
  std::uint16_t port = 0;
  std::string target;            // member it leads to; "" when none
  std::string state = "unknown"; // ready, unready, unknown
  std::string why;
};

struct phase_view {
  std::string name;
  std::int64_t started_us = 0;
  std::int64_t duration_ms = -1; // -1 while it runs
  std::int64_t target_ms = 0;
};

struct environment_view {
  std::string environment;
  std::string runtime;
  environment_state state = environment_state::stopped;
  std::int64_t since_us = 0;
  std::int64_t engine_pid = 0;
  std::int64_t engine_uptime_ms = 0;
  std::string engine_version;
  std::vector<service_view> services;
  std::vector<route_view> routes;
  std::vector<phase_view> phases;
  std::int64_t start_total_ms = -1; // -1 = not finished
  std::vector<std::string> open_faults;
  std::vector<std::string> profiles; // that this engine runs with
  bool engine_temporary = false;     // it ends with the command that brought it up
  std::string in_progress;           // the command that is under way; "" = none
  // Members that live here although the topology, with these profiles, has none of that name.
  std::vector<std::string> unknown_members;
  std::string runtime_unreachable; // why, while nothing can be asked of the runtime; "" = all is well
};

struct component_report {
  std::string name;
  component_status status = component_status::unknown;
  std::string summary;
  std::int64_t duration_ms = 0;
  std::vector<check> checks;
};

struct health_report {
  std::string status = "unhealthy"; // healthy, degraded, unhealthy
  std::uint32_t passed = 0;
  std::uint32_t total = 0;
  std::int64_t duration_ms = 0;
  std::int64_t at_us = 0;
  std::vector<component_report> components;
  // What is near a limit, and a recovery after a sleep that is under way; of no consequence for `status`.
  std::vector<std::string> warnings;
};

} // namespace paws::logic
