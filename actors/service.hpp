// A service supervises exactly one container: it waits for its dependencies by listening to their actors, starts,
// watches and restarts it, and tells the environment. Every decision is a cell of logic/service_table.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/restart_policy.hpp"
#include "logic/service_plan.hpp"
#include "logic/service_table.hpp"

#include <map>
#include <optional>
#include <vector>

namespace paws {

/// Whom a service belongs to and whom it listens to.
struct service_kin {
  environment_actor environment;
  cluster_actor cluster;                           // invalid when it stands alone
  std::map<std::string, milestone_source> sources; // by the names in plan.depends_on
};

/// Its part of the recovery after an awakening.
struct service_wake {
  std::uint64_t number = 0;                // of the recovery; 0 = none is under way
  bool holding = false;                    // what is said against it waits until it was asked anew
  bool restarted = false;                  // once is enough
  std::string why;                         // what was wrong last; "" = nothing so far
  std::optional<member_verdict> verdict;   // that waits
  std::optional<logic::observation> heard; // that waits
  logic::steady_time begun{}, watched_until{}, due{};
  logic::steady_time well_at{}; // since when it is well; the clock's beginning: it is not
};

using service_pointer = service_actor::stateful_pointer<struct service_state>;

struct service_state {
  void init(service_pointer self, logic::service_plan plan, surroundings around, service_kin kin);

  // What it is told.
  void desire(logic::desired_state wish, bool destroy_data, const std::string& trace_id);
  void hold(bool on);
  void adopt_ended(const container_info& info, bool done);
  void hear_milestones(const milestones& what);
  void hear_container(const container_event& what);
  void hear_observation(const logic::observation& what);
  void hear_verdict(const member_verdict& what);
  void hear_tick(std::uint64_t tick);
  void awake(const awakening& what);
  void renew(const renewal& what);
  void add_listener(const milestone_listener& listener);
  caf::result<logic::component_report> check_health();
  std::string path() const; // in the tree
  caf::result<actor_list> list_actors();

  // The one way to change state.
  void step(logic::service_event what);
  void act(logic::service_action what);

  // Actions of the table.
  void inspect();
  void create();
  void seek_clearance();
  void start();
  void stop();
  void pause(bool on);
  void remove();
  void remove_now();
  void consult_policy();
  void await_runtime();
  void find_start();

  // After the machine slept: service_wake.cpp.
  void remind_wake(logic::steady_time when);
  void hear_wake_tick(std::uint64_t tick);
  void hear_fresh_round(std::uint64_t round);
  void see_to_wake();
  void see_to_unready();
  void end_wake(logic::wake_end how);

  // Parts of them.
  void take_over(const container_info& info);
  void look_again(const caf::error& why);
  void created(const container_info& info);
  void ask_advice();
  void follow(const logic::start_advice& advice);
  void call_start();
  void confirm_running(const container_info& info);
  void over();
  void fail(const caf::error& why);
  void exited(const container_info& info);
  void hold_still();
  void watch_again();
  void note_drift(const std::string& what);
  void begin_probes();
  void end_probes();
  bool obeyed() const; // what is desired has been reached, or was given up
  std::vector<logic::awaited_thing> unmet() const;
  void publish();
  milestones own_milestones() const;

  service_pointer self_ = nullptr;
  logic::service_plan plan_;
  surroundings around_;
  service_kin kin_;

  logic::desired_state desired_ = logic::desired_state::stopped;
  bool destroy_data_ = false;
  logic::service_view view_; // `actual` is the state of the table
  container_info container_;
  std::uint64_t generation_ = 0;         // counts starts; probes and verdicts carry it
  std::uint64_t running_generation_ = 0; // the start that the runtime confirmed; == generation_ while it runs
  logic::steady_time started_at_{};
  std::int64_t changed_us_ = 0;  // of the last milestone
  std::uint64_t tick_ = 0;       // an older tick is ignored
  bool seeking_ = false;         // an advice is awaited
  bool creating_ = false;        // a create is awaited
  bool pausing_ = false;         // a pause is awaited
  bool held_ = false;            // a drill wants it down
  bool out_of_reach_ = false;    // the runtime's engine could not be asked
  std::uint64_t reach_tick_ = 0; // of the next attempt to ask it
  std::int64_t start_called_us_ = 0;
  std::optional<std::string> next_trace_id_; // of an order that came while an older one still stops the member
  topology::failure failure_;
  logic::restart_policy policy_;
  std::vector<topology::dependency> inner_dependencies_; // inside the cluster, known once created
  std::map<std::string, milestones> known_;
  std::vector<milestone_listener> listeners_;
  std::vector<probe_actor> probes_;
  bool fast_ = true;
  service_wake wake_;
  std::uint64_t wake_tick_ = 0; // older reminders are ignored

  static constexpr std::uint64_t wake_mark = std::uint64_t{1} << 62;  // of a tick that is wake_'s
  static constexpr std::uint64_t reach_mark = std::uint64_t{1} << 63; // of a tick that is not tick_'s
  static constexpr const char* name = "service";
};

service_actor::behavior_type service(service_pointer self, logic::service_plan plan, surroundings around,
                                     service_kin kin);

} // namespace paws
