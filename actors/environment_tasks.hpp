// What the environment keeps of what it is about: drills, recoveries after a sleep and by hand, and jobs.
#pragma once

#include "logic/drill_plan.hpp"
#include "logic/log_scan.hpp"
#include "messages/all.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace paws {

using outcome_promise = caf::typed_response_promise<command_outcome>;

/// Drills: the one under way, those that follow, and faults that an earlier one has left.
struct environment_drills {
  drill_actor actor; // invalid: none is under way
  std::vector<logic::drill_request> left;
  std::size_t number = 0;   // of the one under way, of all of this engine: two may begin in one second
  std::string no_partition; // why nobody can be cut off here
  bool ending = false;      // somebody has asked for its end
  std::vector<outcome_promise> ended_by;
  bool looked = false;                  // for what an earlier engine has left
  fault_list open, undone;              // of the record; undone: since it was asked for
  fault_list held;                      // by the one under way
  std::vector<logic::log_span> planned; // errors in logs of these times are expected
};

/// After the machine slept, the engine stood still, or somebody asked: one recovery at a time (environment_wake.cpp).
struct environment_wake {
  std::uint64_t number = 0; // of the one under way, or of the last
  bool under_way = false, holding = false, validating = false, settled = false;
  bool settling = false; // all services have told their end, and the whole is awaited
  std::int64_t begun_us = 0;
  logic::steady_time grace_over{}, settling_over{};
  std::set<std::string> awaited; // services that have not told their end
  std::map<std::string, std::string> leaders_before;
  logic::wake_report report;
  operator_command cause; // whoever asked first; no name: nobody
  std::vector<std::pair<operator_command, outcome_promise>> asked_by;
  std::vector<std::function<void()>> after_hold; // health checks that wait until an answer means something
};

/// What an operator has asked for by hand: environment_recovery.hpp.
struct environment_recovery {
  recovery_actor actor;           // invalid: none is under way
  std::set<std::string> renewing; // members whose data is to go, to begin anew
  std::set<std::string> anew;     // gone; what depends on them has not seen them yet
  bool finishing = false;         // what an earlier engine had begun: commands wait for its end
};

/// How far a job has come that destroys data.
enum class emptying_stage : std::uint8_t { none, recording, recorded, removing, forgetting, over };

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
  // reinit: what is destroyed once the batch has stopped, and what is asked before it is started again.
  std::set<std::string> emptied;
  std::vector<logic::ask> forgets;
  emptying_stage emptying = emptying_stage::none;
  bool starts_again = true; // false: nothing ran
  std::int64_t begun_us = 0;
};

} // namespace paws
