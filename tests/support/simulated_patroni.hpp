// A simulated Patroni cluster: each member's loop over the leader's key in the simulated etcd, PostgreSQL with rows
// that stream to standbys, and HAProxy's route to whoever leads. Synchronous or not. Rows are kept for good, and what a
// member has beyond its new leader's is thrown away: losses happen here exactly as they do.
#pragma once

#include "tests/support/simulated_etcd.hpp"
#include "topology/model.hpp"

#include <optional>
#include <set>

namespace paws::testing {

struct sim_patroni_rules {
  topology::patroni_settings settings;
  bool synchronous = true;
  bool stale_wake = false; // Patroni 3.0: who was paused may take the key although another one leads (docs/drills.md)
};

class sim_patroni {
  static constexpr int checks_failed_most = 2; // of the route: down after so many

public:
  enum class postgres : std::uint8_t { down, starting, standby, primary };
  struct node {
    std::string name, life;
    postgres state = postgres::down;
    bool frozen = false, was_up = false, leads = false; // leads: its Patroni believes that it holds the key
    bool starts_as_leader = false, has_led = false;     // has_led: its data are a primary's
    steady_time ready_at{}, next_loop{}, attached_at{};
    std::optional<steady_time> promoted_at, etcd_lost; // promoted_at: a promotion is under way until then
    std::vector<sim_row> rows;
    std::size_t shown = 0; // of `rows`, to standbys: what was there a step ago
    int timeline = 0;
    std::string follows;             // "" = nobody
    std::string standbys;            // synchronous_standby_names
    std::string registering;         // a standby that is registered once it has everything
    std::size_t registered_from = 0; // what that is: all that was there when it was chosen
    int failed_checks = checks_failed_most;
  };

  sim_patroni(std::vector<std::string> members, std::string router, sim_patroni_rules rules, sim_etcd& etcd);

  void step(sim_ground& ground);
  void answer_route(sim_ground& ground, const logic::ask& asked, const sim_reply& reply);
  void answer_member(sim_ground& ground, const logic::ask& asked, const sim_reply& reply);
  /// What a signal to the main process does: "KILL", "STOP", "CONT".
  void signal(const std::string& member, const std::string& word);

  std::string role(const sim_ground& ground, const std::string& member) const; // "" = nothing is known
  bool streams(const sim_ground& ground, const std::string& member) const;
  bool answers(const sim_ground& ground, const std::string& member) const;
  const std::string& registered() const { return sync_standby_; }
  std::string routed(const sim_ground& ground) const; // "" = nobody
  bool all_well(const sim_ground& ground) const;
  /// Ids of `run` whose acknowledgement was heard.
  const std::set<std::int64_t>& heard(std::uint32_t run) { return heard_[run]; }
  std::set<std::int64_t> ids_at(const std::string& member, std::uint32_t run) const;
  const std::vector<node>& nodes() const { return nodes_; }
  bool two_acknowledged() const { return two_acknowledged_; }
  std::string describe() const;

private:
  struct statement {
    std::string node, life;
    std::uint32_t run = 0;
    std::int64_t id = 0; // negative: it writes nothing
    steady_time due{}, deadline{};
    sim_reply reply;
    std::size_t position = 0; // of its row; 0 = it is still to be done
  };

  node& at(const std::string& name);
  const node* find(const std::string& name) const;
  void begin_life(sim_ground& ground, node& of, const std::string& life);
  void loop(sim_ground& ground, node& of);
  void lead(sim_ground& ground, node& of);
  void choose_standby(sim_ground& ground, node& of);
  void follow(sim_ground& ground, node& of, const std::string& leader);
  void demote(sim_ground& ground, node& of);
  void promote(sim_ground& ground, node& of);
  bool may_lead(const sim_ground& ground, const node& of) const;
  void set_sync(const std::string& leader, const std::string& standby);
  void stream(sim_ground& ground);
  void check_routes(sim_ground& ground);
  bool carry_on(sim_ground& ground, statement& of); // true: it has its answer
  bool has_all(const sim_ground& ground, const node& leader, const node& standby, std::size_t position) const;
  bool acknowledged(const sim_ground& ground, const node& by, std::size_t position) const;

  sim_etcd& etcd_;
  std::string router_;
  sim_patroni_rules rules_;
  std::vector<node> nodes_;
  std::vector<statement> statements_;
  std::map<std::uint32_t, std::set<std::int64_t>> heard_;
  std::string sync_leader_, sync_standby_;
  std::uint64_t last_stamp_ = 0, seen_deletions_ = 0;
  int newest_acknowledging_ = 0;
  bool two_acknowledged_ = false, formed_ = false;
  steady_time next_check_{};
};

} // namespace paws::testing
