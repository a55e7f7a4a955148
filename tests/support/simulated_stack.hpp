// A whole simulated stack in virtual time: etcd, Patroni, Redis with Sentinels, HAProxy's routes and a backend, as far
// as drills see and break them. What drills ask is answered in the daemons' own form, so that the real kits read it;
// whether all is well is told by a question of its own.
#pragma once

#include "logic/service_plan.hpp"
#include "tests/support/simulated_patroni.hpp"
#include "tests/support/simulated_redis.hpp"

#include <algorithm>
#include <array>

namespace paws::testing {

struct sim_rules {
  topology::patroni_settings patroni; // as the topology says
  topology::redis_settings redis;
  topology::failover_budget budget;
  bool really_synchronous = true; // the databases may work otherwise than the topology says
  bool stale_wake = false;
  milliseconds step{20};
};

extern const std::vector<std::string> sim_members;

/// The plan of that stack: the drills' kits are the real ones, what readiness means is simple.
logic::environment_plan simulated_plan(const sim_rules& rules);

class sim_stack {
public:
  sim_stack(std::shared_ptr<fake::world> world, const sim_rules& rules, std::uint64_t seed);

  void step(steady_time now);
  void ask(const logic::ask& question, const sim_reply& reply);
  exec_result run_program(const std::string& member, const line_list& command);
  /// For how long some part has not been well; what is seen of parts is seen one after the other. Time that was jumped
  /// over does not count.
  milliseconds unwell_for() const;
  /// Acknowledged ids of `run` that were not there when `member` was read last; nothing when it was not read.
  std::map<std::string, std::size_t> missing_at_read(const std::string& run) const;
  std::string describe() const;

  sim_ground ground;
  sim_etcd etcd;
  sim_patroni patroni;
  sim_redis redis;

private:
  std::array<bool, 4> well_parts() const; // etcd, Patroni, Redis, the backend
  void answer_health(const logic::ask& question, const sim_reply& reply);
  std::vector<std::vector<std::string>> health_of(const std::string& member) const;
  void note_read(const logic::ask& question);

  bool synchronous_;
  milliseconds step_;
  std::int64_t steps_ = 0;
  std::array<std::int64_t, 4> unwell_steps_{}; // of each part
  std::map<std::string, std::map<std::string, std::size_t>> missing_;
};

} // namespace paws::testing
