// What the process runtime and a keeper tell each other: two small JSON files in the member's run directory. The
// runtime writes keeper.json before it starts a keeper; the keeper writes status.json, durably, whenever something
// changes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace paws::process {

/// Of one member, the current one included: 80 MiB are more than ten seconds of 50,000 lines a second, while an engine
/// is replaced.
inline constexpr std::uint32_t usual_log_files = 8;

/// What a keeper shall run: keeper.json, mode 0600 (its variables may hold secrets).
struct keeper_order {
  std::string environment;
  std::string member;
  std::vector<std::string> command;             // argv; command[0] is an absolute path
  std::map<std::string, std::string> variables; // the whole environment of the member, PATH and HOME included
  std::string working_directory;                // absolute
  std::string user;                             // "" = the keeper's own; else its uid, gid and groups are taken on
  std::string log_directory;                    // the pump writes member.log here
  std::uint64_t log_file_bytes = 10'485'760;    // rotated beyond this
  std::uint32_t log_files = usual_log_files;    // kept in all, the current one included
  int stop_signal = 15;
  std::uint32_t stop_grace_ms = 10'000;        // from stop signal to SIGKILL
  std::vector<std::string> cgroup_directories; // the member's main process joins these before it is executed
  std::uint64_t oom_kills_before = 0;          // by its memory limit, when it was started; for a later engine
};

enum class keeper_phase : std::uint8_t { starting, running, stopping, exited };

/// What became of it: status.json, mode 0600. Pids count only together with their start times (field 22 of
/// /proc/<pid>/stat, clock ticks since boot) and the boot they belong to.
struct keeper_record {
  keeper_phase phase = keeper_phase::starting;
  std::string boot_id; // /proc/sys/kernel/random/boot_id
  std::int64_t keeper_pid = 0, keeper_started = 0;
  std::int64_t main_pid = 0, main_started = 0;
  std::int64_t started_at_us = 0; // wall clock; 0 = not yet
  std::int64_t exited_at_us = 0;
  int exit_code = -1; // of the main process; -1 = ended by a signal or not known
  int exit_signal = 0;
  bool stop_requested = false; // the keeper was asked (SIGTERM) to stop the member
  std::string error;           // why the member could not be executed; "" = it was
};

/// Variable by which everything of a member is recognised: PAWS_MEMBER=<environment>/<member>.
inline constexpr const char* marker_variable = "PAWS_MEMBER";

std::string order_path(const std::string& run_dir);  // <run_dir>/keeper.json
std::string record_path(const std::string& run_dir); // <run_dir>/status.json

/// Written whole: temporary file, fsync, rename, fsync of the directory. "" or why it failed.
std::string write_order(const std::string& run_dir, const keeper_order& order);
/// Not durable: what is only of use while this boot lasts (the member runs) need not wait for the disk.
std::string write_record(const std::string& run_dir, const keeper_record& record, bool durable = true);
/// nullopt: missing, torn or of another shape.
std::optional<keeper_order> read_order(const std::string& run_dir);
std::optional<keeper_record> read_record(const std::string& run_dir);

} // namespace paws::process
