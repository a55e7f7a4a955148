#include "bin/commands/command.hpp"

#include "actors/control.hpp"
#include "actors/view_json.hpp"
#include "bin/commands/completion.hpp"
#include "bin/layout.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace paws::bin {

namespace {

constexpr std::array commands{
    command_row{"start", false, add_start},
    command_row{"run", false, add_run},
    command_row{"validate", false, add_validate},
    command_row{"plan", false, add_plan},
    command_row{"doctor", false, add_doctor},
    command_row{"secrets", false, add_secrets},
    command_row{"images", false, add_images},
    command_row{"version", false, add_version},
    command_row{"engine", false, add_engine},
    command_row{"status", true, add_ctl_status},
    command_row{"health", true, add_ctl_health},
    command_row{"events", true, add_ctl_events},
    command_row{"stop", true, add_ctl_stop},
    command_row{"down", true, add_ctl_down},
    command_row{"reset", true, add_ctl_reset},
    command_row{"pause", true, add_ctl_pause},
    command_row{"resume", true, add_ctl_resume},
    command_row{"restart", true, add_ctl_restart},
    command_row{"rebuild", true, add_ctl_rebuild},
    command_row{"reload", true, add_ctl_reload},
    command_row{"drill", true, add_ctl_drill},
    command_row{"undo", true, add_ctl_undo},
    command_row{"resume-after-sleep", true, add_ctl_resume_after_sleep},
    command_row{"time-sync", true, add_ctl_time_sync},
    command_row{"switchover", true, add_ctl_switchover},
    command_row{"failover", true, add_ctl_failover},
    command_row{"reinit", true, add_ctl_reinit},
    command_row{"actors", true, add_ctl_actors},
    command_row{"send", true, add_ctl_send},
    command_row{"logs", true, add_ctl_logs},
    command_row{"inspect", true, add_ctl_inspect},
    command_row{"resources", true, add_ctl_resources},
    command_row{"drills", true, add_ctl_drills},
    command_row{"cleanup", true, add_ctl_cleanup},
    command_row{"support-bundle", true, add_ctl_support_bundle},
    command_row{"migrate", true, add_ctl_migrate},
    command_row{"seed", true, add_ctl_seed},
    command_row{"completion", false, add_completion},
};

// Verbs that later versions have. Saying so is better than "unknown".
constexpr std::array later_ctl_verbs{"backup", "restore", "snapshot",  "config-diff", "parity",
                                     "verify", "ci",      "dashboard", "export"};

void add_later(CLI::App& parent, command_line& line, const std::string& name) {
  auto* sub = parent.add_subcommand(name)->group("")->allow_extras()->prefix_command();
  sub->callback([&line, name] {
    line.action = [&line, name] {
      return fail(line.flags,
                  {"ERR_CLI_004", "`" + name + "` is not built into this version", "see what is: paws-engine --help"});
    };
  });
}

void add_globals(CLI::App& app, global_flags& flags) {
  const auto one_of = [](std::initializer_list<std::string> words) {
    return CLI::IsMember(std::vector<std::string>(words));
  };
  app.add_option("--env", flags.environment, "Name of the environment")->envname("PAWS_ENV");
  app.add_option("--format", flags.format, "text or json")->envname("PAWS_FORMAT")->check(one_of({"text", "json"}));
  app.add_option("--progress", flags.progress, "auto, tty, plain, json or quiet")
      ->envname("PAWS_PROGRESS")
      ->check(one_of({"auto", "tty", "plain", "json", "quiet"}));
  app.add_flag("-q,--quiet", flags.quiet, "Say only what went wrong")->envname("PAWS_QUIET");
  app.add_flag("-y,--yes", flags.yes, "Go on where a question would be asked")->envname("PAWS_YES");
  app.add_flag("--no-symbols", flags.no_symbols, "Letters only, no symbols")->envname("PAWS_NO_SYMBOLS");
  app.add_option("--color", flags.color, "auto, always or never (NO_COLOR is honoured)")
      ->envname("PAWS_COLOR")
      ->check(one_of({"auto", "always", "never"}));
  app.add_option("--log-level", flags.log_level, "Of the engine's log: trace, debug, info, warning, error")
      ->envname("PAWS_LOG_LEVEL")
      ->check(one_of({"trace", "debug", "info", "warning", "error", "off"}));
  app.add_option("--log-format", flags.log_format, "Of the engine's log: text or json")
      ->envname("PAWS_LOG_FORMAT")
      ->check(one_of({"text", "json"}));
}

// Global flags may stand anywhere; what follows a verb of later versions is nobody's business.
void let_globals_through(CLI::App& sub) {
  if (!sub.get_prefix_command())
    sub.fallthrough();
}

// The verb that was given as far as it was understood: "ctl status".
std::string verb_of(const CLI::App& app) {
  std::string out;
  for (const auto* at = &app; at != nullptr;) {
    const auto given = at->get_subcommands();
    at = given.empty() ? nullptr : given.front();
    if (at != nullptr)
      out += " " + at->get_name();
  }
  return out;
}

// The format is needed before everything was understood, for what is said about that.
bool asks_for_json(int argc, char** argv) {
  const char* given = std::getenv("PAWS_FORMAT"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  std::string_view format = given == nullptr ? "" : given;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("--format="))
      format = word.substr(9);
    else if (word == "--format" && i + 1 < argc)
      format = argv[i + 1];
  }
  return format == "json";
}

// Where the words of another program begin: right behind `run … --`. argc when they do not.
int own_words(int argc, char** argv) {
  bool runs = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--")
      return runs ? i : argc;
    runs = runs || word == "run";
  }
  return argc;
}

topology::failure misuse(const CLI::App& app, const CLI::ParseError& why) {
  auto message = std::string{why.what()};
  // A word that nobody knows says more than what is missing without it.
  if (const auto unknown = app.remaining(true); !unknown.empty())
    message = "paws-engine" + verb_of(app) + " does not know `" + harmless(unknown.front()) + "`";
  else if (const auto end = message.find_last_not_of("\n "); end != std::string::npos)
    message = harmless(message.substr(0, end + 1));
  return {"ERR_CLI_001", message, "run: paws-engine" + verb_of(app) + " --help"};
}

int tell_failure(const global_flags& flags, command_outcome outcome, nlohmann::json details) {
  std::cout.flush();
  const auto& why = outcome.what;
  if (outcome.code == topology::exit_code::success)
    outcome.code = topology::find_error(why.code).exits_with;
  // What belongs to the message line by line (each problem of a file) comes first, the failure itself last.
  auto headline = why;
  if (const auto end = why.message.find('\n'); end != std::string::npos) {
    headline.message = why.message.substr(0, end);
    std::cerr << why.message.substr(end + 1) << "\n";
  }
  std::cerr << topology::to_string(headline) << std::endl;
  if (details.contains("trace_id"))
    std::cerr << "trace id: " << details["trace_id"].get<std::string>() << std::endl;
  if (flags.json()) {
    details.update(error_document(why));
    print(details);
  }
  print_result(flags, outcome);
  return static_cast<int>(outcome.code);
}

} // namespace

std::span<const command_row> command_table() {
  return commands;
}

look look_of(const global_flags& flags) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {wants_color(flags.color, STDOUT_FILENO), !flags.no_symbols && has_unicode(),
          std::chrono::duration_cast<std::chrono::microseconds>(now).count(),
          std::max(terminal_columns(), fewest_columns)};
}

void print(const nlohmann::json& what) {
  std::cout << dump(what) << std::endl;
}

void print_result(const global_flags& flags, const command_outcome& outcome) {
  if (flags.json_lines())
    print({{"result", to_json(outcome)}});
}

void add_missing(std::vector<std::string>& to, const std::vector<std::string>& from) {
  for (const auto& each : from)
    if (std::find(to.begin(), to.end(), each) == to.end())
      to.push_back(each);
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names)
    out += (out.empty() ? "" : ", ") + name;
  return out;
}

int fail(const global_flags& flags, const topology::failure& why, nlohmann::json details) {
  command_outcome outcome;
  outcome.name = flags.task;
  outcome.what = why;
  return tell_failure(flags, std::move(outcome), std::move(details));
}

int fail(const global_flags& flags, const command_outcome& outcome) {
  std::cout.flush();
  if (!outcome.log.empty())
    std::cerr << "last lines of " << outcome.culprit << ":\n";
  for (const auto& line : outcome.log)
    std::cerr << "  " << harmless(line) << "\n";
  return tell_failure(flags, outcome,
                      {{"culprit", outcome.culprit}, {"log", outcome.log}, {"trace_id", outcome.trace_id}});
}

int run_command_line(int argc, char** argv) {
  command_line line;
  const bool completes = argc > 1 && std::string_view{argv[1]} == "__complete"; // asked by a shell
  if (const int own = own_words(argc, argv); own < argc && !completes) {
    line.behind.assign(argv + own + 1, argv + argc);
    argc = own;
  }
  line.flags.trace_id = new_trace_id();
  line.flags.format = asks_for_json(argc, argv) ? "json" : "text";
  CLI::App app{"Brings a production-parity HA stack up on this machine, keeps it true and proves it.", "paws-engine"};
  app.require_subcommand(1);
  app.footer("Examples:\n  paws-engine start\n  paws-engine ctl health --format json\n  paws-engine ctl down");
  add_globals(app, line.flags);
  auto* ctl = app.add_subcommand("ctl", "Look at and steer an environment");
  ctl->require_subcommand(1);
  ctl->footer("Examples:\n  paws-engine ctl status\n  paws-engine ctl events -f");
  for (const auto& row : command_table())
    row.add(row.below_ctl ? *ctl : app, line);
  for (const auto* name : later_ctl_verbs)
    add_later(*ctl, line, name);
  for (auto* sub : app.get_subcommands({})) {
    let_globals_through(*sub);
    for (auto* below : sub->get_subcommands({}))
      let_globals_through(*below);
  }
  if (completes) {
    for (const auto& word : completions(app, std::vector<std::string>(argv + 2, argv + argc)))
      std::cout << word << "\n";
    return 0;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& why) {
    return fail(line.flags, misuse(app, why));
  }
  try {
    if (!line.behind.empty() && line.flags.task != "run")
      return fail(line.flags, {"ERR_CLI_001", "paws-engine" + verb_of(app) + " does not know `--`",
                               "run: paws-engine" + verb_of(app) + " --help"});
    return line.action();
  } catch (const std::exception& why) {
    return fail(line.flags, {"ERR_SYS_000", why.what(), "please report this"});
  }
}

void add_runtime_option(CLI::App& to, std::string& into) {
  to.add_option("--runtime", into, "auto, docker, podman or process")
      ->envname("PAWS_RUNTIME")
      ->check(CLI::IsMember(std::vector<std::string>{"auto", "docker", "podman", "process"}));
}

} // namespace paws::bin
