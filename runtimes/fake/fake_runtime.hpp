// A simulated container engine in virtual time: scripted delays and faults, and a record of every call. For tests
// and simulation; it has no thread, no process and no file.
#pragma once

#include "messages/runtime.hpp"
#include "topology/failure.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace paws::fake {

using std::chrono::milliseconds;

/// How one member's container behaves from now on.
struct script {
  milliseconds create_delay{1};
  milliseconds start_delay{5};
  milliseconds stop_delay{10};
  milliseconds pause_delay{0};    // of cutting off and of programs, too
  topology::failure create_fails; // code "" = it does not
  topology::failure start_fails;
  topology::failure pause_fails, unpause_fails;
  topology::failure remove_fails;
  bool start_hangs = false;     // never answers
  bool pause_ignored = false;   // answers, and runs on
  int exits_with = -1;          // it ends by itself with this code; -1 = it does not
  milliseconds exits_after{10}; // after its start
};

/// One call that the runtime was asked to do.
struct call {
  std::string verb; // create, files, start, stop, kill, pause, unpause, remove, cut, heal, exec
  std::string name;
  caf::actor_clock::time_point at{};
};

/// What a test sees and changes. Used only between two steps of the deterministic coordinator: it has no lock.
struct world {
  std::map<std::string, script> scripts;
  std::map<std::string, container_info> containers;
  std::map<std::string, logic::member_spec> specs;                     // as last created
  std::map<std::string, std::vector<logic::config_file>> started_with; // files, as of the last start
  std::set<std::string> data;                                          // members whose data directory is not empty
  std::map<std::string, line_list> logs;
  std::map<std::string, container_stats> stats;
  host_stats host;
  std::vector<call> calls;
  std::size_t started_while_running = 0; // start calls for what ran already: somebody lost count
  bool swallow_events = false;           // lose every event, as a restarted container engine does
  bool unreachable = false;              // see lose_reach
  bool networked = false;                // members can be cut off from each other
  std::map<std::string, line_list> cuts; // who is, and from whom: none = from all. Ends with the member's life
  /// What a program does in a member; empty = members run no programs.
  std::function<exec_result(const std::string& member, const line_list& command)> run_program;
  std::function<void(const call&)> on_call; // told of every call before anything is done

  bool runs(const std::string& name) const;
  std::size_t count(const std::string& verb, const std::string& name) const;
};

/// The runtime, and a door for tests: a message (kill_atom, name, signal) that ends a container from outside.
struct fake_runtime {
  runtime_actor actor;
  std::shared_ptr<fake::world> world;
};

/// Everything answers after its scripted delay by the actor clock; whatever changes is told to subscribers.
fake_runtime make_fake_runtime(caf::actor_system& system);

/// The container ends by `signal` (or, when 0, with `exit_code`), as seen from outside the engine.
void crash(const fake_runtime& runtime, const std::string& name, int signal, int exit_code = 0);
/// Somebody asks the container to stop, past the engine; the record says so.
void stop_outside(const fake_runtime& runtime, const std::string& name);
/// Whether the runtime's engine can be reached. While it cannot, every request fails with ERR_RUN_004 at once, nothing
/// is told, and what is under way is done all the same, with no answer but ERR_RUN_004.
void lose_reach(const fake_runtime& runtime, bool lost);
/// The container is frozen or thawed behind the engine's back.
void freeze(const fake_runtime& runtime, const std::string& name, bool on);

} // namespace paws::fake
