// Simulated Redis nodes and Sentinels: a master that replicates asynchronously, Sentinels that replace it when enough
// of them miss it, and HAProxy's route to whoever they name. What the master had not sent yet is lost with it.
#pragma once

#include "tests/support/simulated_ground.hpp"
#include "topology/model.hpp"

#include <map>
#include <set>

namespace paws::testing {

class sim_redis {
public:
  sim_redis(std::vector<std::string> nodes, std::vector<std::string> sentinels, std::string router,
            topology::redis_settings settings);

  void step(sim_ground& ground);
  void answer_route(sim_ground& ground, const logic::ask& asked, const sim_reply& reply);
  void answer_member(sim_ground& ground, const logic::ask& asked, const sim_reply& reply);

  const std::string& master() const { return master_; } // as the Sentinels name it
  std::string role(const sim_ground& ground, const std::string& member) const;
  bool follows(const sim_ground& ground, const std::string& member) const;
  std::string routed(const sim_ground& ground) const;
  bool all_well(const sim_ground& ground) const;
  const std::set<std::int64_t>& heard(std::uint32_t run) { return heard_[run]; }
  std::set<std::int64_t> ids_at(const std::string& member, std::uint32_t run) const;
  const std::vector<logic::log_row>& log() const { return log_; }

private:
  struct node {
    std::string name, life;
    bool leads = false, was_up = false;
    std::string follows;
    steady_time attached_at{}, told_at{}; // told_at: when the Sentinels tell it whom to follow
    std::vector<sim_row> rows;
    std::size_t shown = 0;
    int failed_checks = 2;
  };
  struct command {
    std::string node, life;
    std::uint32_t run = 0;
    std::int64_t id = 0; // negative: it writes nothing
    steady_time due{}, deadline{};
    sim_reply reply;
  };

  node& at(const std::string& name);
  const node* find(const std::string& name) const;
  bool is_missed(const sim_ground& ground) const; // by enough Sentinels
  void fail_over(sim_ground& ground);
  void say(sim_ground& ground, const std::string& event);
  void attach(sim_ground& ground, node& of);
  void replicate(sim_ground& ground);
  bool carry_on(sim_ground& ground, command& of);

  std::vector<node> nodes_;
  std::vector<std::string> sentinels_;
  std::string router_, master_, successor_;
  topology::redis_settings settings_;
  std::vector<command> commands_;
  std::map<std::uint32_t, std::set<std::int64_t>> heard_;
  std::vector<logic::log_row> log_;
  steady_time missed_since_{}, elected_at_{}, promoted_at_{}, next_check_{};
  enum class failover : std::uint8_t { none, missing, electing, promoting } stage_ = failover::none;
  std::uint64_t last_stamp_ = 0;
};

} // namespace paws::testing
