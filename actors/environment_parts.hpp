// What the environment actor consists of: what it is made of, what it is about, and the jobs beside that.
#pragma once

#include "actors/clock_watch.hpp"
#include "actors/environment_tasks.hpp"
#include "actors/surroundings.hpp"
#include "logic/environment_rules.hpp"
#include "logic/rotation_plan.hpp"
#include "logic/service_plan.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace paws {

/// How secrets are changed. Without `plan_of` they cannot be.
struct rotation_means {
  logic::replan plan_of;
  std::map<std::string, std::string> secrets; // all, as they are now
  std::vector<std::string> generated, user_provided;
  logic::rotation_record pending; // begun and not complete; no names: none
};

/// What the environment is made of, besides the actors around it.
struct environment_setup {
  logic::environment_plan plan;
  surroundings around;
  store_actor store;      // may be invalid
  saved_state remembered; // as loaded; version 0 = none
  std::int64_t engine_pid = 0;
  std::string engine_version;
  bool temporary = false; // it ends with the command that brought it up
  rotation_means rotation = {};
  log_store_actor logs = {}; // may be invalid
  machine_clocks clocks = {};
  /// What is wrong with certificates at this wall time, as plain sentences; may be empty.
  std::function<std::vector<std::string>(std::int64_t wall_us)> certificates_at = {};
};

/// A rotation that an earlier engine had begun: the secrets file is ahead of the data until all data knows the new
/// values. What is started in between must get in to its own data, so the plan starts it with the old ones. Questions
/// keep the new ones: a cluster that was changed already must be seen to be well, or nothing behind it would start.
void keep_to_data(environment_setup& setup);

/// The actors below it, what they said last, and what is remembered meanwhile.
struct environment_tree {
  std::map<std::string, cluster_actor> clusters_;
  std::map<std::string, service_actor> services_;
  std::map<std::string, route_actor> routes_;
  std::map<std::string, milestone_source> sources_; // everything that can be waited for
  clock_watch_actor clocks_;                        // invalid: nobody watches
  logic::service_views service_views_;
  logic::cluster_views cluster_views_;
  // Since when each cluster is healthy, last time it became so: errors in logs from before are no news.
  std::map<std::string, std::int64_t> healthy_since_;
  logic::route_views route_views_;
  std::map<std::string, logic::desired_state> wishes_;         // what each service was last told to be
  std::map<std::string, std::vector<std::string>> stop_order_; // who must be idle before a service is stopped
  std::map<std::string, container_info> unknown_;              // what the runtime has and the plan has not
  std::size_t unknown_leaving_ = 0;                            // of them, asked to go and not gone yet
  std::set<std::string> adopting_;                             // running members whose service has not said so yet
  std::vector<std::pair<operator_command, outcome_promise>> queued_; // came while adopting
  std::set<std::string> ran_before_;                                 // this start: a rollback leaves them alone
  std::map<std::string, std::string> leaders_before_;                // this start or resume, by cluster
  std::set<std::string> asked_to_stop_;
  std::vector<std::function<void()>> after_adoption_; // questions that came while adopting
  bool unseen_ = false;                               // what runs could not be looked at, and will be looked at again
  std::string unreachable_;                           // why nothing can be asked of the runtime; "" = it can
};

/// What it is about; exactly one at a time.
enum class environment_activity : std::uint8_t {
  adopting,
  idle,
  recording, // a stop that destroys data: the intent is written down first
  thawing,   // a stop: what stands still goes on, or it could not stop in order
  clearing,  // the destruction that an earlier engine had begun; whoever asks meanwhile waits for its end
  starting,
  validating,
  collecting,
  rolling_back,
  stopping,
  pausing,
  unpausing, // a pause that is undone
  rotating,  // secrets are changed
  drilling,  // something is broken on purpose
  recovering // somebody has asked for another leader, or for a repair
};

/// `fields` of an event that `cause` brought about.
inline std::map<std::string, std::string> traced(std::map<std::string, std::string> fields,
                                                 const operator_command& cause) {
  if (!cause.trace_id.empty())
    fields["trace_id"] = cause.trace_id;
  return fields;
}

// Ticks that are not the current command's deadline.
inline constexpr std::uint64_t job_tick = std::uint64_t{1} << 63;   // marks the deadline of a job
inline constexpr std::uint64_t adopt_tick = std::uint64_t{1} << 62; // what runs is looked for again
inline constexpr std::uint64_t wake_tick = std::uint64_t{1} << 61;  // marks those of a recovery

} // namespace paws
