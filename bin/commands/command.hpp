// The command line: global flags, one table of commands, one way to say what went wrong. Each command stands in a file
// of its own; to remove one, delete the file and its row.
#pragma once

#include "bin/render.hpp"
#include "messages/environment.hpp"
#include "topology/failure.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace paws::bin {

/// Flags that every command takes; each also as PAWS_<FLAG>, the flag wins.
struct global_flags {
  std::string environment;
  std::string format = "text";   // text, json
  std::string progress = "auto"; // auto, tty, plain, json, quiet
  bool quiet = false;
  bool yes = false;
  bool no_symbols = false;
  std::string color = "auto"; // auto, always, never
  std::string log_level = "info";
  std::string log_format = "text";
  std::string trace_id; // of this command, sent along to the engine

  std::string task; // the verb that was given, when it takes its time and has events to tell

  bool json() const { return format == "json"; }
  /// Every line of stdout is JSON, the last one {"result": ...}.
  bool json_lines() const { return !task.empty() && progress == "json" && !quiet; }
  /// Text on stdout is wanted.
  bool talks() const { return !quiet && !json() && !json_lines(); }
};

struct command_line {
  global_flags flags;
  std::function<int()> action;     // set by the command that was given
  std::vector<std::string> behind; // the words behind `--`, which are another program's: `run … -- CMD`
};

/// Adds one command to `parent`, with its flags; its callback sets line.action.
struct command_row {
  std::string_view name;
  bool below_ctl = false;
  void (*add)(CLI::App& parent, command_line& line);
};

std::span<const command_row> command_table();

/// Parses and carries out. Answers the exit code.
int run_command_line(int argc, char** argv);

/// Says `why` on stderr, with --format json also as an error document on stdout; answers its exit code.
/// `details` are further fields of that document, beside "error"; a "trace_id" among them is said as text as well.
int fail(const global_flags& flags, const topology::failure& why, nlohmann::json details = nlohmann::json::object());

/// The same for a command that the engine carried out in vain, after the lines of the log that explain it.
int fail(const global_flags& flags, const command_outcome& outcome);

/// {"result": {"command": ..., "exit_code": ..., ...}}, where every line of stdout is JSON; else nothing.
void print_result(const global_flags& flags, const command_outcome& outcome);

/// How text on stdout is to look now.
look look_of(const global_flags& flags);

/// "etcd1, etcd2"
std::string listed(const std::vector<std::string>& names);

/// Appends what of `from` is not in `to`.
void add_missing(std::vector<std::string>& to, const std::vector<std::string>& from);

/// One JSON document on stdout.
void print(const nlohmann::json& what);

/// True when whoever sits at the terminal has typed the phrase that destroys `what`; false where nobody can be asked.
bool confirms_data_loss(const global_flags& flags, const std::string& what);
/// The failure of whoever has not.
topology::failure unconfirmed();

// One function per file.
/// --runtime, which also is PAWS_RUNTIME.
void add_runtime_option(CLI::App& to, std::string& into);

void add_start(CLI::App& parent, command_line& line);
void add_run(CLI::App& parent, command_line& line);
void add_validate(CLI::App& parent, command_line& line);
void add_plan(CLI::App& parent, command_line& line);
void add_doctor(CLI::App& parent, command_line& line);
void add_secrets(CLI::App& parent, command_line& line);
void add_secrets_rotate(CLI::App& secrets, command_line& line);
void add_images(CLI::App& parent, command_line& line);
void add_version(CLI::App& parent, command_line& line);
void add_engine(CLI::App& parent, command_line& line);
void add_ctl_status(CLI::App& parent, command_line& line);
void add_ctl_health(CLI::App& parent, command_line& line);
void add_ctl_events(CLI::App& parent, command_line& line);
void add_ctl_stop(CLI::App& parent, command_line& line);
void add_ctl_down(CLI::App& parent, command_line& line);
void add_ctl_reset(CLI::App& parent, command_line& line);
void add_ctl_pause(CLI::App& parent, command_line& line);
void add_ctl_resume(CLI::App& parent, command_line& line);
void add_ctl_restart(CLI::App& parent, command_line& line);
void add_ctl_rebuild(CLI::App& parent, command_line& line);
void add_ctl_reload(CLI::App& parent, command_line& line);
void add_ctl_drill(CLI::App& parent, command_line& line);
void add_ctl_undo(CLI::App& parent, command_line& line);
void add_ctl_resume_after_sleep(CLI::App& parent, command_line& line);
void add_ctl_time_sync(CLI::App& parent, command_line& line);
void add_ctl_switchover(CLI::App& parent, command_line& line);
void add_ctl_failover(CLI::App& parent, command_line& line);
void add_ctl_reinit(CLI::App& parent, command_line& line);
void add_ctl_inspect(CLI::App& parent, command_line& line);
void add_ctl_resources(CLI::App& parent, command_line& line);
void add_completion(CLI::App& parent, command_line& line);
void add_ctl_drills(CLI::App& parent, command_line& line);
void add_ctl_cleanup(CLI::App& parent, command_line& line);
void add_ctl_support_bundle(CLI::App& parent, command_line& line);
void add_ctl_logs(CLI::App& parent, command_line& line);
void add_ctl_actors(CLI::App& parent, command_line& line);
void add_ctl_send(CLI::App& parent, command_line& line);
void add_ctl_migrate(CLI::App& parent, command_line& line);
void add_ctl_seed(CLI::App& parent, command_line& line);

} // namespace paws::bin
