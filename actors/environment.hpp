// The environment is the root of the tree: it builds the actors of one topology, adopts what runs, admits commands,
// aggregates the state, and owns the order of a shutdown. Nobody sequences a start: services do.
#pragma once

#include "actors/environment_parts.hpp"
#include "actors/surroundings.hpp"
#include "logic/environment_rules.hpp"
#include "logic/phase_timeline.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace paws {

using environment_pointer = environment_actor::stateful_pointer<struct environment_state_data>;

struct environment_state_data : environment_tree {
  void init(environment_pointer self, environment_setup setup);
  void spawn_tree();
  void spawn_cluster(const logic::cluster_plan& plan);
  void spawn_service(const logic::service_plan& plan, const cluster_actor& owner);
  void spawn_route(const logic::route_plan& plan);
  void adopt();
  void adopted(const container_list& found);
  void note_unknown(const container_list& all);
  void stop_unknown();
  bool is_one_shot(const std::string& service) const;

  void hear_service(const logic::service_view& view);
  void hear_cluster(const cluster_report& report);
  void hear_route(const logic::route_view& view);
  void hear_tick(std::uint64_t tick);
  void hear_deadline(std::uint64_t tick); // of the current command
  void hear_reach(const std::string& why_not);
  caf::result<command_outcome> command(const operator_command& what);
  logic::environment_view status();
  caf::result<logic::environment_view> hear_status();
  caf::result<logic::health_report> health(const line_list& only);
  void check_health(const line_list& only, caf::typed_response_promise<logic::health_report> promise);
  caf::result<actor_list> actors();
  caf::result<inspection_list> inspect(const std::string& kind);

  // Commands.
  void admit(const operator_command& what, outcome_promise promise);
  std::optional<topology::failure> refuses(const operator_command& what) const;
  void begin(const operator_command& what);
  void begin_start(const operator_command& what);
  void begin_stop(const operator_command& what);
  /// What a service should be from now on, because of the command with this trace id.
  void wish(const std::string& service, logic::desired_state wanted, const std::string& trace_id,
            bool destroy_data = false);
  void evaluate();
  void ask_again(const operator_command& what);
  bool about_to_stop(const std::string& service) const;
  void evaluate_start();
  void validate_start();
  void start_succeeded(const logic::health_report& report);
  void start_failed(topology::exit_code code, topology::failure why, const std::string& culprit);
  void roll_back();
  void interrupt_start(const operator_command& what, outcome_promise promise);
  void begin_thaw();
  void evaluate_thaw();
  void begin_clearing();
  bool destroys() const;
  void admit_queued();
  void order_stop();
  void evaluate_stop();
  void finish(command_outcome outcome);
  void tell_joined(const operator_command& what, const operator_command& under_way);
  void tell_end(const operator_command& what, const command_outcome& outcome);
  command_outcome not_in_time(const operator_command& what, const std::string& culprit) const;

  // Pausing and resuming, all or nothing: environment_pause.cpp.
  void begin_pause(const operator_command& what);
  void begin_resume(const operator_command& what);
  void evaluate_pause();
  void undo_pause(topology::failure why);
  std::vector<std::string> moved_leaders() const;

  // Changing secrets: environment_rotation.cpp.
  std::optional<topology::failure> refuses_rotation(const operator_command& what) const;
  void begin_rotation(const operator_command& what);
  void launch_rotator(bool patient);
  void end_rotator();
  void renew();
  caf::result<command_outcome> restart_for_rotation(const std::string& service);
  void hear_rotated(const command_outcome& outcome);

  // Breaking things on purpose, and taking it back: environment_drill.cpp.
  std::optional<topology::failure> refuses_drill(const operator_command& what) const;
  void begin_drill(const operator_command& what);
  void hear_drill(const logic::drill_report& report);
  void undo(outcome_promise promise);
  void take_back_faults(const std::function<void(const topology::failure&)>& then);
  void start_broken();
  void note_started(const logic::service_view& view);

  // A stop of some services, or a restart: environment_jobs.cpp.
  using job = environment_job;
  void begin_job(const operator_command& what, const outcome_promise& promise);
  void evaluate_jobs();
  void evaluate_job(job& of);
  bool batch_stopped(job& of);
  bool batch_ready(const job& of) const;
  void end_job(job& of, command_outcome outcome);
  void fail_job(job& of, const std::string& culprit);
  void end_jobs(const std::string& because);
  void hear_job_deadline(std::uint64_t id);
  void note_phases();
  /// `cause`: the command that makes it so; none when it came by itself.
  void set_state(logic::environment_state next, const operator_command& cause = {});
  void tell_phase(std::string_view kind, const std::string& phase);
  /// Calls `then` when it is durable, or cannot be.
  void remember(std::function<void()> then = {});
  bool all_idle() const;
  bool nothing_left() const;
  void hear_down(const caf::down_msg& down);
  std::string in_progress() const;
  logic::service_views wished_views() const;
  logic::environment_state judge() const;
  topology::failure failure_of(const std::string& service) const;
  /// Calls `then` with the telling lines of its log; with none when there are none.
  void with_log_of(const std::string& service, const std::function<void(line_list)>& then);

  environment_pointer self_ = nullptr;
  environment_setup setup_;
  using activity = environment_activity;
  activity doing_ = activity::adopting;
  logic::environment_state state_ = logic::environment_state::stopped;
  std::int64_t since_us_ = 0, born_us_ = 0;
  std::optional<logic::phase_timeline> phases_;
  std::int64_t start_begun_us_ = 0, start_total_ms_ = -1;
  operator_command current_;
  std::vector<outcome_promise> promises_; // of the current command
  command_outcome outcome_;               // what the current command will end with
  rotator_actor rotator_;
  bool rotation_complete_ = true; // it reaches everything that keeps a password
  environment_drills drills_;
  environment_recovery recovery_;
  environment_wake wake_;
  std::vector<job> jobs_;
  std::uint64_t last_job_ = 0, tick_ = 0;

  static constexpr const char* name = "environment";
};

environment_actor::behavior_type environment(environment_pointer self, environment_setup setup);

} // namespace paws
