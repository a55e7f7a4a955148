// start: make it so. Finds or starts the engine, has it start everything, shows how it goes and what came of it.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/connections.hpp"
#include "bin/foreground.hpp"
#include "bin/last_start.hpp"
#include "bin/layout.hpp"
#include "bin/preparation.hpp"
#include "bin/session.hpp"
#include "bin/watching.hpp"
#include "store/git_ignore.hpp"
#include "store/secrets.hpp"
#include "topology/placement.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <unistd.h>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using topology::failure;

constexpr auto stop_patience = 20s; // of the engine's own end, after everything has stopped

struct start_flags {
  std::string file = default_topology;
  std::string runtime = "auto";
  std::vector<std::string> profiles;
  bool foreground = false, no_wait = false, keep_on_failure = false, watch = false;
  std::int64_t wait_timeout_s = 0;
  std::vector<std::string> services;
};

// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a signal handler can reach nothing else
volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int signal) {
  interrupted = signal;
}

void watch_signals() {
  struct sigaction act {};
  act.sa_handler = note_interrupt; // no SA_RESTART: what waits is to notice
  for (const int signal : {SIGINT, SIGTERM})
    ::sigaction(signal, &act, nullptr);
}

// The secrets file is made only when there is none, and only when everything else is in order.
std::optional<failure> make_secrets(const global_flags& flags, const topology::document& doc) {
  const auto path = doc.root + "/" + doc.secrets.file;
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored)))
    return std::nullopt;
  auto made = store::generate_secrets(path, doc.secrets.generate);
  if (auto* why = std::get_if<failure>(&made))
    return *why;
  auto ignored_by_git = store::ensure_git_ignore(doc.root);
  if (auto* why = std::get_if<failure>(&ignored_by_git))
    return *why;
  auto written = store::write_secrets_template(doc);
  if (auto* why = std::get_if<failure>(&written))
    return *why;
  if (flags.talks())
    std::cout << "generated " << std::get<std::vector<std::string>>(made).size() << " secrets: " << path << std::endl;
  return std::nullopt;
}

// Too little of something, and yet it may work: --yes says so, or a person does.
bool goes_on(const global_flags& flags, const failure& shortage) {
  if (flags.talks())
    std::cerr << "warning: " << shortage.message << std::endl;
  if (flags.yes)
    return true;
  if (::isatty(STDIN_FILENO) != 1 || !flags.talks())
    return false;
  std::cout << "Go on all the same? [y/N] " << std::flush;
  std::string typed;
  std::getline(std::cin, typed);
  return typed == "y" || typed == "Y" || typed == "yes";
}

class starter {
public:
  starter(const global_flags& flags, const start_flags& given, topology::document doc)
      : flags_{flags}, given_{given}, doc_{std::move(doc)}, at_{target_of(doc_.root, doc_.name, doc_.file)} {}

  int run();

private:
  engine_options options() const;
  std::optional<failure> find_engine();
  std::optional<failure> replace_engine(const logic::environment_view& serving);
  int carry_out();
  int stop_after_interrupt();
  int show_failure(const command_outcome& outcome);
  int show_success(const command_outcome& outcome);
  std::string success_text(const command_outcome& outcome, const logic::environment_view& view) const;
  std::int64_t usual_ms() const;

  const global_flags& flags_;
  const start_flags& given_;
  topology::document doc_;
  target at_;
  pid_t engine_ = 0;
};

engine_options starter::options() const {
  engine_options out;
  out.topology_file = doc_.file;
  out.environment = flags_.environment;
  out.runtime = given_.runtime;
  out.profiles = given_.profiles;
  out.profiles_given = !given_.profiles.empty();
  out.log_level = flags_.log_level;
  out.log_format = flags_.log_format;
  return out;
}

std::optional<failure> starter::find_engine() {
  bool connected = false;
  auto status = ask_engine(at_, "/v1/status", 20s, connected);
  if (connected) {
    if (auto* why = std::get_if<failure>(&status))
      return *why;
    const auto view = environment_from_json(std::get<json>(status));
    engine_ = static_cast<pid_t>(view.engine_pid);
    const auto lacks = [&](const std::string& wanted) {
      return std::find(view.profiles.begin(), view.profiles.end(), wanted) == view.profiles.end();
    };
    if (std::none_of(given_.profiles.begin(), given_.profiles.end(), lacks))
      return std::nullopt;
    return replace_engine(view);
  }
  auto checked = check_machine(options()); // before anything is created, secrets included
  if (auto* why = std::get_if<failure>(&checked))
    return *why;
  const auto& found = std::get<preflight_result>(checked);
  if (!flags_.quiet && !flags_.json())
    for (const auto& warning : found.warnings)
      std::cerr << "warning: " << warning << std::endl;
  for (const auto& shortage : found.shortages)
    if (!goes_on(flags_, shortage))
      return shortage;
  if (auto why = make_secrets(flags_, doc_))
    return why;
  auto made = spawn_engine(options(), at_, false);
  if (auto* why = std::get_if<failure>(&made))
    return *why;
  engine_ = std::get<pid_t>(made);
  return std::nullopt;
}

// The engine that serves does not know the services of another profile: one that does takes over what runs.
std::optional<failure> starter::replace_engine(const logic::environment_view& serving) {
  auto wider = options();
  for (const auto& each : serving.profiles)
    if (std::find(wider.profiles.begin(), wider.profiles.end(), each) == wider.profiles.end())
      wider.profiles.push_back(each);
  ::kill(engine_, SIGTERM);
  wait_until_gone(engine_, stop_patience);
  auto made = spawn_engine(wider, at_, false);
  if (auto* why = std::get_if<failure>(&made))
    return *why;
  engine_ = std::get<pid_t>(made);
  return std::nullopt;
}

int starter::run() {
  watch_signals();
  if (auto why = find_engine())
    return fail(flags_, *why);
  const int code = carry_out();
  if (code != 0 || !given_.foreground)
    return code;
  return stay_in_foreground(flags_, at_, engine_, [] { return interrupted != 0; });
}

int starter::carry_out() {
  auto mode = choose_progress(flags_.progress, flags_.quiet, flags_.json());
  if (given_.foreground && mode == progress_mode::tty)
    mode = progress_mode::plain; // lines go on after the start
  progress shown{mode, look_of(flags_), {"start", at_.environment, usual_ms()}};
  command_hooks hooks;
  hooks.on_event = [&](const logic::event& what) {
    return !(given_.no_wait && what.kind == logic::event_kinds::command_begun);
  };
  hooks.interrupted = [] { return interrupted != 0; };
  json body{{"keep_on_failure", given_.keep_on_failure}};
  if (!given_.services.empty())
    body["services"] = given_.services;
  if (given_.wait_timeout_s > 0)
    body["wait_timeout_ms"] = given_.wait_timeout_s * 1000;
  auto ended = watch_command(at_, "start", body, shown, hooks, true);
  if (auto* why = std::get_if<failure>(&ended))
    return fail(flags_, *why);
  const auto& end = std::get<command_end>(ended);
  if (end.aborted && interrupted != 0)
    return stop_after_interrupt();
  if (end.aborted) { // --no-wait
    if (flags_.json())
      print({{"environment", at_.environment}, {"state", "starting"}, {"engine", {{"pid", engine_}}}});
    if (flags_.talks())
      std::cout << at_.environment << ": starting; follow it with: paws-engine ctl events -f" << std::endl;
    command_outcome begun;
    begun.name = "start";
    print_result(flags_, begun);
    return 0;
  }
  return end.outcome.what.code.empty() ? show_success(end.outcome) : show_failure(end.outcome);
}

// What a start of everything took the last time; 0 when that is not known, or no help.
std::int64_t starter::usual_ms() const {
  const auto& profiles = given_.profiles.empty() ? doc_.default_profiles : given_.profiles;
  return given_.services.empty() ? last_start_ms(at_.paths.journal, topology::active_members(doc_, profiles).size())
                                 : 0;
}

int starter::stop_after_interrupt() {
  if (flags_.talks())
    std::cout << "interrupted: stopping what was started" << std::endl;
  interrupted = 0;
  progress shown{
      choose_progress(flags_.progress, flags_.quiet, flags_.json()), look_of(flags_), {"stop", at_.environment}};
  command_hooks hooks;
  hooks.interrupted = [] { return interrupted != 0; }; // once more: the engine goes on, we do not wait
  auto ended = watch_command(at_, "stop", {{"interrupted", true}}, shown, hooks);
  if (std::holds_alternative<command_end>(ended))
    wait_until_gone(engine_, stop_patience);
  return fail(flags_, {"ERR_SYS_005", "start of " + at_.environment + " was interrupted; its data is kept",
                       "start again: paws-engine start " + given_.file});
}

int starter::show_failure(const command_outcome& outcome) {
  const int code = fail(flags_, outcome);
  if (!given_.keep_on_failure)
    wait_until_gone(engine_, stop_patience);
  return code;
}

int starter::show_success(const command_outcome& outcome) {
  bool connected = false;
  auto got = ask_engine(at_, "/v1/status", 20s, connected);
  if (auto* why = std::get_if<failure>(&got))
    return fail(flags_, *why);
  const auto& status = std::get<json>(got);
  const auto view = environment_from_json(status);
  if (flags_.json()) {
    auto document = status;
    document["already"] = outcome.already;
    document["connections"] = json::array();
    for (const auto& one : connections_of(doc_))
      document["connections"].push_back({{"route", one.route}, {"url", one.url}, {"password", one.password}});
    print(document);
  }
  if (flags_.talks())
    std::cout << success_text(outcome, view) << std::flush;
  print_result(flags_, outcome);
  return 0;
}

std::string starter::success_text(const command_outcome& outcome, const logic::environment_view& view) const {
  const auto as = look_of(flags_);
  std::string out;
  for (const auto& note : outcome.notes)
    out += paragraph("", harmless_lines(note), 4, as.width);
  if (!outcome.already)
    out += phases_text(view, as);
  const auto which = given_.services.empty() || outcome.already ? at_.environment : listed(given_.services);
  out += paragraph("",
                   which + (outcome.already           ? " is already ready"
                            : given_.services.empty() ? " is ready: it would survive the death of any of its leaders"
                            : given_.services.size() == 1 ? " is ready, and all it needs"
                                                          : " are ready, and all they need"),
                   4, as.width);
  for (const auto& one : connections_of(doc_))
    out += paragraph("  ", one.route + ": " + one.url + "\npassword: " + one.password + " in " + doc_.secrets.file, 4,
                     as.width);
  return out;
}

int start(const global_flags& flags, const start_flags& given) {
  if (given.watch)
    return fail(flags, {"ERR_CLI_004", "`start --watch` is not built into this version", "start without it"});
  engine_options options;
  options.topology_file = given.file;
  options.environment = flags.environment;
  auto doc = load_document(options);
  if (auto* why = std::get_if<failure>(&doc))
    return fail(flags, *why);
  return starter{flags, given, std::get<topology::document>(std::move(doc))}.run();
}

} // namespace

void add_start(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<start_flags>();
  auto* sub = parent.add_subcommand("start", "Make it so: from nothing, from stopped, from a dead engine");
  sub->add_option("TOPOLOGY", given->file, "Topology file")->capture_default_str();
  sub->add_option("--runtime", given->runtime, "auto, docker, podman or process")
      ->envname("PAWS_RUNTIME")
      ->check(CLI::IsMember(std::vector<std::string>{"auto", "docker", "podman", "process"}));
  sub->add_flag("--foreground", given->foreground, "Stay, and stop everything at Ctrl-C or SIGTERM");
  sub->add_option("--wait-timeout", given->wait_timeout_s, "Seconds until a start that is not ready has failed")
      ->check(CLI::Range(1, 86'400));
  sub->add_flag("--no-wait", given->no_wait, "Return when the start has begun");
  sub->add_option("--profile", given->profiles, "Services of this profile run as well (repeatable)");
  sub->add_option("--service", given->services, "Only this member, cluster or service, and what it needs (repeatable)");
  sub->add_flag("--keep-on-failure", given->keep_on_failure, "Leave what runs when a start fails");
  sub->add_flag("--watch", given->watch, "Restart services whose files change");
  sub->footer("Examples:\n  paws-engine start\n  paws-engine start config/paws360.yaml --wait-timeout 120");
  sub->callback([&line, given] {
    line.flags.task = "start";
    line.action = [&line, given] { return start(line.flags, *given); };
  });
}

} // namespace paws::bin
