// All processes of one member, found in /proc and acted on until none is left out: descendants of its root, and
// whatever carries its marker although its parents are gone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paws::process {

struct process_id {
  std::int64_t pid = 0;
  std::int64_t started = 0; // field 22 of /proc/<pid>/stat: with it a reused pid is told apart

  friend bool operator==(const process_id&, const process_id&) = default;
};

/// The start time of a live (not zombie) process; nullopt when there is none.
std::optional<process_id> identify(std::int64_t pid);
bool is_alive(const process_id& who);
/// Its start time even when it is a zombie that nobody has reaped; 0: there is none.
std::int64_t started_of(std::int64_t pid);
/// It was stopped by a signal (SIGSTOP) and does not run.
bool is_stopped(const process_id& who);

/// Every live descendant of `root` (not itself), and every live process, with its descendants, whose environment says
/// PAWS_MEMBER=<marker> or whose control group is paws-engine/<marker>; `root` itself never. Zombies are left out. An
/// empty marker is not looked for.
std::vector<process_id> members_of(std::int64_t root, const std::string& marker);

/// Sends `signal` to one process through a pidfd, so that a reused pid is never hit. False: it is gone.
bool signal_process(const process_id& who, int signal);

/// SIGSTOPs all, looking again until no new one appears, then SIGKILLs all and waits on their pidfds until they are
/// gone. True when nothing of it is alive any more; false after `within_ms`.
bool kill_tree(std::int64_t root, const std::string& marker, std::uint32_t within_ms);

} // namespace paws::process
