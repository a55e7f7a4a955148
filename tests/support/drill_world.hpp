// An engine over the simulated stack in virtual time, for drills: it lives and dies, is told commands, and whatever it
// does is watched. What must never be is noted down as a flaw, in words, at the instant at which it is.
#pragma once

#include "actors/environment.hpp"
#include "actors/journal.hpp"
#include "tests/support/simulated_stack.hpp"
#include "tests/support/virtual_time.hpp"

#include <deque>
#include <optional>

namespace paws::testing {

/// How well questions and notes get through; counts are of a thousand.
struct sim_weather {
  unsigned lost = 0, slow = 0;
  milliseconds slowness{0};
  milliseconds disk{0}; // until a fault is noted down
  bool disk_full = false;
};

class drill_world {
public:
  drill_world(const sim_rules& rules, std::uint64_t seed);
  ~drill_world();

  // Doing.
  void spawn_engine();
  void kill_engine();
  /// Its outcome is `outcomes[number]` once there is one.
  std::size_t command(operator_command what);
  void crash(const std::string& member) { ++orders_, fake::crash(runtime_, member, 9); }
  void lose_reach(bool lost);
  fake::script& script(const std::string& member) { return runtime_.world->scripts[member]; }

  // Waiting: until `done`, `span` at most. What must never be is looked for all the while.
  bool advance_until(const std::function<bool()>& done, caf::timespan span);
  void advance(caf::timespan span) {
    advance_until([] { return false; }, span);
  }
  bool advance_until_ready(caf::timespan span);

  // Looking.
  bool engine_alive() const { return alive_; }
  std::optional<logic::environment_view> status();
  bool drilling() const { return !stage_.empty(); }
  const std::string& stage() const { return stage_; }
  fake::world& runtime() { return *runtime_.world; }
  std::string describe() const;
  /// After the last trouble is over: nothing of any fault may be left.
  void check_nothing_left();
  void flaw(const std::string& what);

  virtual_time time;
  sim_weather weather;
  std::map<std::size_t, command_outcome> outcomes;
  std::map<std::size_t, steady_time> answered; // when
  std::deque<logic::event> events;
  fault_list faults; // the undo log
  std::vector<std::string> flaws;

private:
  void hear_call(const fake::call& what);
  void hear_event(const logic::event& what);
  caf::behavior answering(caf::event_based_actor* self);
  caf::behavior storing(caf::event_based_actor* self);
  bool is_open(const std::string& member) const;
  bool suffers(const logic::injected_fault& fault) const;
  void check_order(const std::string& member);
  void check_instant();
  void check_starts(const logic::event& started);

  sim_rules rules_;
  std::mt19937_64 random_;
  fake::fake_runtime runtime_ = fake::make_fake_runtime(time.system());

public:
  sim_stack stack;

private:
  saved_state remembered_;
  std::uint64_t last_fault_ = 0;
  std::deque<std::function<void()>> writing_; // what is on its way to the disk
  caf::actor asker_;
  store_actor store_;
  log_store_actor logs_;
  log_collector_actor collector_;
  journal_actor journal_;
  environment_actor environment_;
  std::string stage_; // of the drill under way, in its words; "" = none
  std::size_t drills_begun_ = 0, drills_ended_ = 0;
  std::vector<std::string> started_;                                     // at this instant, while a drill held them
  std::map<std::string, std::pair<std::int64_t, std::size_t>> ended_us_; // crash of a member, and orders until then
  std::map<std::string, std::deque<std::int64_t>> starts_us_;
  std::size_t orders_ = 0; // commands, engines, and whatever else may start a member at once
  std::size_t commands_ = 0;
  std::size_t engine_ = 0;
  bool alive_ = false, reach_lost_ = false;
};

} // namespace paws::testing
