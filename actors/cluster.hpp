// A cluster watches what its members' probes say, judges what it means together (quorum, leader, readiness), tells
// its members and whoever waits for it, and wakes a daemon that sleeps although all it waits for is there.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/service_plan.hpp"

#include <map>
#include <set>
#include <vector>

namespace paws {

using cluster_pointer = cluster_actor::stateful_pointer<struct cluster_state>;

struct cluster_state {
  void init(cluster_pointer self, logic::cluster_plan plan, surroundings around, environment_actor environment);

  void add_listener(const milestone_listener& listener);
  void hear_observation(const logic::observation& what);
  dependency_list admit(const std::string& member, bool has_data);
  void hear_member(const std::string& member, std::uint64_t generation, bool running);
  caf::result<logic::start_advice> hear_advise(const std::string& member);
  void hear_tick(std::uint64_t tick);
  caf::result<logic::component_report> check_health();
  caf::result<logic::inspection> inspect();

  /// Judges anew and tells everybody whom the difference concerns.
  void judge();
  void tell_members(const logic::cluster_view& before);
  void tell_listeners(const logic::cluster_view& before, bool started_before);
  void wake();
  /// Asks what the cluster must be told before it can be used.
  void prepare();
  /// `life`: the one in which it was asked.
  void hear_prepared(const logic::ask& question, const logic::answer& answer, std::uint64_t life);
  logic::start_advice advise(const std::string& member, const service_actor& service);
  /// Advises all who wait until it is known of every member whether there is data.
  void answer_unadvised();
  /// Tells members that were held, and may start by now, to ask again.
  void release_held();
  bool all_created() const;
  bool all_started() const;
  milestones own_milestones() const;

  struct member_entry {
    std::uint64_t generation = 0;
    bool running = false;
    service_actor service; // known once it said that it runs or not
    member_verdict told;   // the last verdict it was sent
  };

  cluster_pointer self_ = nullptr;
  logic::cluster_plan plan_;
  surroundings around_;
  environment_actor environment_;
  std::map<std::string, member_entry> members_;
  logic::observation_table seen_;
  logic::cluster_view view_;
  bool started_ = false;
  std::int64_t changed_us_ = 0;
  std::vector<milestone_listener> listeners_;
  using advice_promise = caf::typed_response_promise<logic::start_advice>;
  std::vector<std::pair<std::pair<std::string, service_actor>, advice_promise>> unadvised_;
  std::map<std::string, service_actor> held_; // told to wait
  bool held_by_drill_ = false;                // nobody is woken
  std::set<std::string> preparing_;           // questions of prepare() under way
  std::uint64_t prepared_life_ = 0;           // counts the times when the last member ended
  std::set<std::string> admitted_;            // created, and neither started nor removed since: what they told holds
  std::string last_wake_key_;
  logic::steady_time last_wake_{};
  std::uint64_t tick_ = 0;

  static constexpr const char* name = "cluster";
};

cluster_actor::behavior_type cluster(cluster_pointer self, logic::cluster_plan plan, surroundings around,
                                     environment_actor environment);

} // namespace paws
