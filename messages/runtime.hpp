// The role of a runtime: the only way to touch containers. On the process runtime a container is one keeper and all
// that runs below it. Every request answers with the state after it, or with an error made by messages/error.hpp.
#pragma once

#include "messages/protocol.hpp"

namespace paws {

enum class container_status : std::uint8_t { absent, created, running, paused, exited };
std::string_view to_string(container_status what);

struct container_info {
  std::string name; // member name
  std::string id;   // container engines: their id; process: "<keeper pid>-<keeper start time>"; "" when absent
  container_status status = container_status::absent;
  std::int64_t pid = 0;           // root process of the container (process: the keeper); 0 = none
  std::int64_t started_at_us = 0; // wall clock
  std::int64_t exited_at_us = 0;
  int exit_code = -1;                   // of the member's main process; -1 = not known
  int exit_signal = 0;                  // when a signal ended it
  bool oom_killed = false;              // its memory limit ended it
  bool stop_requested = false;          // the record says that somebody asked for the stop
  bool fresh_data = false;              // `create` found the data directory or volume empty or missing
  std::vector<std::string> unsupported; // limits of the spec that are not enforced: "memory_limit: reason"
};

/// True while something of it runs or stands still.
inline bool lives(const container_info& what) {
  return what.status == container_status::running || what.status == container_status::paused;
}

/// Sent to every subscriber when a container changes, and once for all after a relist.
struct container_event {
  container_info info;
  bool from_relist = false;
};

struct container_stats {
  std::uint64_t memory_bytes = 0;       // what cannot be given back at once: without clean file pages
  std::uint64_t memory_limit_bytes = 0; // of the topology; 0 = none
  bool memory_limit_enforced = true;    // this machine holds it to that
  std::uint64_t cpu_usec = 0;           // so far; grows while it runs
  double cpu_limit = 0;                 // processors, of the topology; 0 = none
  bool cpu_limit_enforced = true;
  std::uint64_t periods = 0, throttled_periods = 0; // of the processor limit
  std::uint64_t oom_kills = 0;                      // processes of this life that its memory limit has ended
  std::uint64_t disk_bytes = 0;                     // of its directories, at most some minutes old; 0 = not known yet
  std::uint32_t processes = 0;                      // 0 = it does not run
};

/// What this machine has, and has left; less where the engine's own control group holds it to less.
struct host_stats {
  std::uint64_t memory_bytes = 0, memory_available_bytes = 0;
  std::uint64_t disk_bytes = 0, disk_available_bytes = 0; // where the environment lies
  double cpus = 0;
  double load = 0; // of the last minute
};

struct exec_result {
  int exit_code = -1;
  std::string output; // stdout and stderr interleaved, at most 1 MiB
};

/// What this runtime can do on this machine. An empty reason means supported.
struct runtime_capabilities {
  std::string name; // process, docker, podman, fake
  std::string memory_limit, cpu_limit, pause, partition, networks, images;
};

/// Names are member names; all requests are idempotent: asking for what already is answers at once.
/// create: directories, files (also over existing ones, but for keep_existing), limits. A running one: error.
/// files: writes the spec's files (one with keep_existing only where it is missing) over those of one that exists,
/// running or not; the daemon is not told. start: answers when the member's main process runs. Leftovers of an earlier
/// life are ended first. stop: stop signal, grace, then kill; answers when nothing of it is alive. kill: SIGKILL to
/// everything of it, the root included; answers when nothing of it is alive. pause / unpause: everything of it but the
/// keeper. remove(name, with_data): only when not running. Data directory or volume only when with_data. list: every
/// container with this environment's labels, running or not. adopt(specs): tells the runtime what this topology has,
/// after a new engine found them; creates nothing. tail(name, lines): last lines of its output, oldest first, without
/// the runtime's own framing. stats: of one that does not run as well, without what only a running one uses.
/// logs(positions, most): the lines of all members behind `positions`, about `most` of them; none are lost or doubled
/// as long as the runtime still has them.
/// subscribe(reach_listener): is told why the runtime's engine cannot be reached as soon as that is known, and "" when
/// it answers again; nothing while all is well. While it is out of reach every request fails with ERR_RUN_004: what it
/// asked for may have been done all the same.
/// cut / heal(name, peers): packet rules in its network namespace, both directions; peers empty = all.
using runtime_actor = caf::typed_actor<
    caf::replies_to<capabilities_atom>::with<runtime_capabilities>,
    caf::replies_to<create_atom, logic::member_spec>::with<container_info>,
    caf::replies_to<files_atom, logic::member_spec>::with<container_info>,
    caf::replies_to<start_atom, std::string>::with<container_info>,
    caf::replies_to<stop_atom, std::string>::with<container_info>,
    caf::replies_to<kill_atom, std::string>::with<container_info>,
    caf::replies_to<pause_atom, std::string>::with<container_info>,
    caf::replies_to<unpause_atom, std::string>::with<container_info>,
    caf::replies_to<remove_atom, std::string, bool>::with<container_info>,
    caf::replies_to<inspect_atom, std::string>::with<container_info>, caf::replies_to<list_atom>::with<container_list>,
    caf::replies_to<adopt_atom, spec_list>::with<container_list>, caf::reacts_to<subscribe_atom, runtime_listener>,
    caf::reacts_to<subscribe_atom, reach_listener>,
    caf::replies_to<tail_atom, std::string, std::uint32_t>::with<line_list>,
    caf::replies_to<logs_atom, log_positions, std::uint32_t>::with<log_batch>,
    caf::replies_to<exec_atom, std::string, line_list>::with<exec_result>,
    caf::replies_to<stats_atom, std::string>::with<container_stats>, caf::replies_to<resources_atom>::with<host_stats>,
    caf::replies_to<cut_atom, std::string, line_list>::with<container_info>,
    caf::replies_to<heal_atom, std::string>::with<container_info>, caf::replies_to<actors_atom>::with<actor_list>>;

} // namespace paws
