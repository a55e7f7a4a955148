// The environment is the root of the tree: it builds the actors of one topology, adopts what runs, admits one
// command at a time, aggregates the state, and owns the order of a shutdown. Nobody sequences a start: services do.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/environment_rules.hpp"
#include "logic/phase_timeline.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace paws {

/// What the environment is made of, besides the actors around it.
struct environment_setup {
  logic::environment_plan plan;
  surroundings around;
  store_actor store;      // may be invalid
  saved_state remembered; // as loaded; version 0 = none
  std::int64_t engine_pid = 0;
  std::string engine_version;
};

using environment_pointer = environment_actor::stateful_pointer<struct environment_state_data>;

struct environment_state_data {
  using outcome_promise = caf::typed_response_promise<command_outcome>;

  void init(environment_pointer self, environment_setup setup);
  void spawn_tree();
  void spawn_cluster(const logic::cluster_plan& plan);
  void spawn_service(const logic::service_plan& plan, const cluster_actor& owner);
  void spawn_route(const logic::route_plan& plan);
  void adopt();
  void adopted(const container_list& found);

  // What it is told.
  void hear_service(const logic::service_view& view);
  void hear_cluster(const cluster_report& report);
  void hear_route(const logic::route_view& view);
  void hear_tick(std::uint64_t tick);
  caf::result<command_outcome> command(const operator_command& what);
  logic::environment_view status();
  caf::result<logic::environment_view> hear_status();
  caf::result<logic::health_report> health(const line_list& only);
  void check_health(const line_list& only, caf::typed_response_promise<logic::health_report> promise);
  caf::result<actor_list> actors();

  // Commands.
  void begin_start(const operator_command& what);
  void begin_stop(const operator_command& what);
  void evaluate();
  void evaluate_start();
  void validate_start();
  void start_succeeded();
  void start_failed(topology::exit_code code, topology::failure why, const std::string& culprit);
  void roll_back();
  void order_stop();
  void evaluate_stop();
  void finish(command_outcome outcome);

  void note_phases();
  void set_state(logic::environment_state next);
  void remember();
  bool all_idle() const;

  /// What the environment is about; exactly one at a time.
  enum class activity : std::uint8_t { adopting, idle, starting, validating, collecting, rolling_back, stopping };

  environment_pointer self_ = nullptr;
  environment_setup setup_;
  std::map<std::string, cluster_actor> clusters_;
  std::map<std::string, service_actor> services_;
  std::map<std::string, route_actor> routes_;
  std::map<std::string, milestone_source> sources_; // everything that can be waited for
  logic::service_views service_views_;
  logic::cluster_views cluster_views_;
  logic::route_views route_views_;
  std::map<std::string, std::vector<std::string>> stop_order_; // who must be idle before a service is stopped

  activity doing_ = activity::adopting;
  std::set<std::string> adopting_; // running members whose service has not said so yet
  logic::environment_state state_ = logic::environment_state::stopped;
  std::int64_t since_us_ = 0;
  std::int64_t born_us_ = 0;
  std::optional<logic::phase_timeline> phases_;
  std::int64_t start_begun_us_ = 0;
  std::int64_t start_total_ms_ = -1;
  operator_command current_;
  std::vector<outcome_promise> promises_;                            // of the current command
  std::vector<std::pair<operator_command, outcome_promise>> queued_; // came while adopting
  std::vector<std::function<void()>> after_adoption_;                // questions that came while adopting
  command_outcome outcome_;                                          // what the current command will end with
  std::set<std::string> asked_to_stop_;
  std::uint64_t tick_ = 0;

  static constexpr const char* name = "environment";
};

environment_actor::behavior_type environment(environment_pointer self, environment_setup setup);

} // namespace paws
