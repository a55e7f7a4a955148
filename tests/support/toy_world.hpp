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
  bool prepared = false; // a quorum of it needs that its leader was told something
};

/// Members of clusters are asked with the first, and accept what stands in their file; the second is known to data.
inline constexpr const char* toy_password = "TOY_PASSWORD";
inline constexpr const char* toy_data_password = "TOY_DATA_PASSWORD";

logic::environment_plan toy_plan(const std::vector<toy_part>& parts,
                                 const std::map<std::string, std::string>& secrets = {});
/// etcd ×3 <- patroni ×3 (quorum) <- backend (ready), redis ×3 beside them: the shape of the default topology.
std::vector<toy_part> toy_stack();

class toy_world {
public:
  explicit toy_world(const std::vector<toy_part>& parts = toy_stack(), saved_state remembered = {},
                     std::map<std::string, std::string> with_secrets = {});
  ~toy_world();

  // Doing.
  void command(const std::string& name, bool keep_on_failure = false, logic::milliseconds timeout = {});
  void command(const std::string& name, const std::vector<std::string>& services, bool cascade = false);
  void send(operator_command what);
  void kill(const std::string& member) { fake::crash(runtime_, member, 9); }
  void stop_outside(const std::string& member) { fake::stop_outside(runtime_, member); }
  void freeze(const std::string& member, bool on) { fake::freeze(runtime_, member, on); }
  void kill_whole(const std::string& cluster);
  void lose_reach(bool lost) {
    fake::lose_reach(runtime_, lost);
    time.settle();
  }
  void hang(const std::string& member) { hung_.insert(member); }
  void heal(const std::string& member) { hung_.erase(member); }
  /// The machine is suspended: its steady clock and all that lives by it stand still, the others go on.
  void sleep_machine(caf::timespan span) { slept_ += span; }
  /// Nothing of the engine runs, the machine does.
  void freeze_engine(caf::timespan span) { time.jump(span); }
  void set_wall_clock(std::chrono::nanoseconds by) { set_ += by; }
  logic::clock_reading clocks_now();
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
  bool accepts(const std::string& member, const std::string& password);
  const logic::rotation_record& pending() const { return pending_; }
  saved_state& saved() { return remembered_; }

  virtual_time time;
  std::vector<logic::event> events;
  logic::milliseconds warm_up{200};
  bool destroy_data = false;                  // of the next down
  std::map<std::string, std::string> secrets; // the secrets file
  std::string data_password;                  // as the data knows it
  std::vector<std::string> obeyed;            // "redis1 ADD": commands that members have carried out
  fault_list faults;                          // the undo log: what is open
  std::map<std::string, int> asked;           // how often each question was asked, by its name
  logic::machine_clock_facts machine;         // hardware_us: how far the hardware is ahead of a wall clock nobody set
  std::string set_refused;                    // why the wall clock cannot be set
  std::chrono::nanoseconds members_ahead{};   // of the machine's wall clock
  std::vector<std::string> certificate_troubles;

private:
  void spawn_engine();
  std::set<std::string>& accepted(const std::string& member);
  void obey(const logic::ask& question, logic::answer& out);
  logic::rotation_record begin_rotation(const std::vector<std::string>& names);

  std::vector<toy_part> parts_;
  saved_state remembered_;         // as on disk
  logic::rotation_record pending_; // as on disk
  int rotations_ = 0;
  std::uint64_t last_fault_ = 0;
  std::map<std::string, std::pair<std::string, std::set<std::string>>> accepted_; // member -> life, passwords
  fake::fake_runtime runtime_ = fake::make_fake_runtime(time.system());
  caf::actor asker_;
  store_actor store_;
  journal_actor journal_;
  environment_actor environment_;
  std::set<std::string> hung_;
  std::chrono::nanoseconds slept_{}, set_{};
  std::optional<command_outcome> outcome_;
  std::uint64_t commands_ = 0;
  bool alive_ = false;
};

} // namespace paws::testing
