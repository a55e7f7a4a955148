// A whole environment in virtual time: the real actors over the simulated runtime, with a cluster kind simple enough
// to reason about. A member answers once it has run for its warm-up; a cluster has quorum while a majority answers,
// and is ready while all do; whoever leads it leads on until it does not answer.
#pragma once

#include "actors/environment.hpp"
#include "actors/journal.hpp"
#include "runtimes/fake/fake_runtime.hpp"
#include "tests/support/virtual_time.hpp"

#include <optional>
#include <random>
#include <set>

namespace paws::testing {

/// Names a plain service or cluster and what it waits for.
struct toy_part {
  std::string name;
  std::vector<std::string> members; // empty: a plain service of that name
  std::vector<topology::dependency> depends_on;
  topology::goal goal = topology::goal::running;
};

logic::environment_plan toy_plan(const std::vector<toy_part>& parts);
/// etcd ×3 <- patroni ×3 (quorum) <- backend (ready), redis ×3 beside them: the shape of the default topology.
std::vector<toy_part> toy_stack();

class toy_world {
public:
  explicit toy_world(const std::vector<toy_part>& parts = toy_stack(), saved_state remembered = {});
  ~toy_world();

  // Doing.
  void command(const std::string& name, bool keep_on_failure = false, logic::milliseconds timeout = {});
  void command(const std::string& name, const std::vector<std::string>& services, bool cascade = false);
  void send(operator_command what);
  void kill(const std::string& member) { fake::crash(runtime_, member, 9); }
  void stop_outside(const std::string& member) { fake::stop_outside(runtime_, member); }
  void freeze(const std::string& member, bool on) { fake::freeze(runtime_, member, on); }
  void kill_whole(const std::string& cluster);
  void hang(const std::string& member) { hung_.insert(member); }
  void heal(const std::string& member) { hung_.erase(member); }
  fake::script& script(const std::string& member) { return runtime_.world->scripts[member]; }
  /// The engine dies and a new one comes: every actor is gone, every container stays, and what the old one saved. One
  /// that `forgets` finds no saved state.
  void restart_engine(bool forgets = false);
  /// Ends an actor that the tree works with, as a defect would.
  void lose_asker() { caf::anon_send_exit(asker_, caf::exit_reason::kill); }
  void lose_runtime() { caf::anon_send_exit(runtime_.actor, caf::exit_reason::kill); }

  // Waiting.
  void advance(caf::timespan span) { time.advance(span); }
  bool advance_until(const std::function<bool()>& done, caf::timespan span) { return time.advance_until(done, span); }
  bool advance_until_ready(caf::timespan span);
  std::optional<command_outcome> advance_until_outcome(caf::timespan span);

  // Looking.
  logic::environment_view status();
  logic::service_view service(const std::string& name);
  logic::health_report health();
  actor_list actors() { return time.ask_now<actor_list>(environment_, actors_atom_v); }
  fake::world& runtime() { return *runtime_.world; }
  std::vector<logic::event> events_of(std::string_view kind, const std::string& subject = "") const;
  bool started_before(const std::string& first, const std::string& second) const;
  /// The container id of every member that runs.
  std::map<std::string, std::string> lives() const;
  /// The state of everything, for a failed test.
  std::string describe();
  bool engine_alive() const { return alive_; }

  virtual_time time;
  std::vector<logic::event> events;
  logic::milliseconds warm_up{200};
  bool destroy_data = false; // of the next down

private:
  void spawn_engine();

  std::vector<toy_part> parts_;
  saved_state remembered_; // as on disk
  fake::fake_runtime runtime_ = fake::make_fake_runtime(time.system());
  caf::actor asker_;
  store_actor store_;
  journal_actor journal_;
  environment_actor environment_;
  std::set<std::string> hung_;
  std::optional<command_outcome> outcome_;
  std::uint64_t commands_ = 0;
  bool alive_ = false;
};

} // namespace paws::testing
