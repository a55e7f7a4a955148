// A route is a stable name and port that follows a role. Its actor asks through the published port where it really
// leads, and tells whoever waits for it.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/service_plan.hpp"

#include <vector>

namespace paws {

using route_pointer = route_actor::stateful_pointer<struct route_state>;

struct route_state {
  void init(route_pointer self, logic::route_plan plan, surroundings around, environment_actor environment,
            const milestone_source& carrier);

  void add_listener(const milestone_listener& listener);
  void hear_observation(const logic::observation& what);
  void hear_carrier(const milestones& what);
  void renew(const renewal& what);
  void end_probes();
  void begin_probes();
  caf::result<logic::component_report> check_health();
  caf::result<actor_list> list_actors();
  void judge();
  milestones own_milestones() const;
  logic::component_report report(std::int64_t duration_ms) const;

  route_pointer self_ = nullptr;
  logic::route_plan plan_;
  surroundings around_;
  environment_actor environment_;
  logic::observation_table seen_;
  logic::route_view view_;
  bool carried_ = false; // the service that carries it runs
  std::string carrier_why_;
  std::uint64_t generation_ = 0;
  std::int64_t changed_us_ = 0;
  std::vector<milestone_listener> listeners_;
  std::vector<probe_actor> probes_;

  static constexpr const char* name = "route";
};

route_actor::behavior_type route(route_pointer self, logic::route_plan plan, surroundings around,
                                 environment_actor environment, const milestone_source& carrier);

} // namespace paws
