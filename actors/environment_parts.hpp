// What the environment actor consists of: what it is made of, what it is about, and the jobs beside that.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/service_plan.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace paws {

using outcome_promise = caf::typed_response_promise<command_outcome>;

/// What the environment is made of, besides the actors around it.
struct environment_setup {
  logic::environment_plan plan;
  surroundings around;
  store_actor store;      // may be invalid
  saved_state remembered; // as loaded; version 0 = none
  std::int64_t engine_pid = 0;
  std::string engine_version;
  bool temporary = false; // it ends with the command that brought it up
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
  unpausing // a pause that is undone
};

/// A stop of some services, or a restart: several may go on beside each other.
struct environment_job {
  std::uint64_t id = 0;
  operator_command what;
  std::vector<outcome_promise> promises;
  std::vector<std::vector<std::string>> batches; // one after another; the first is at work
  std::set<std::string> asked;                   // to stop, of this batch
  bool was_ready = true;                         // the clusters of this batch, before it was stopped
  bool starting = false;                         // this batch has stopped and is to become ready
  bool over = false;
};

/// `fields` of an event that `cause` brought about.
inline std::map<std::string, std::string> traced(std::map<std::string, std::string> fields,
                                                 const operator_command& cause) {
  if (!cause.trace_id.empty())
    fields["trace_id"] = cause.trace_id;
  return fields;
}

} // namespace paws
