// start: make it so. Finds or starts the engine, has it start everything, shows how it goes and what came of it.
#include "actors/view_json.hpp"
#include "bin/commands/rebuilding.hpp"
#include "bin/connections.hpp"
#include "bin/find_engine.hpp"
#include "bin/foreground.hpp"
#include "bin/image_talk.hpp"
#include "bin/interruption.hpp"
#include "bin/last_start.hpp"
#include "bin/layout.hpp"
#include "bin/preparation.hpp"
#include "bin/provision_images.hpp"
#include "bin/replace_engine.hpp"
#include "bin/service_builds.hpp"
#include "bin/session.hpp"
#include "bin/watching.hpp"
#include "logic/environment_rules.hpp"
#include "store/git_ignore.hpp"
#include "store/secrets.hpp"
#include "topology/placement.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <unistd.h>
#include <utility>

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
  bool without_warnings = false;
  bool thrown_away = false; // by a run, afterwards: nobody starts this again
  std::int64_t wait_timeout_s = 0;
  std::vector<std::string> services;
};

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
  std::optional<failure> engage();
  std::variant<pid_t, failure> bring_up();
  std::optional<failure> check_once();
  std::optional<failure> bring_images(const engine_options& wanted, const logic::environment_view& serving = {});
  std::optional<failure> widen(const logic::environment_view& serving);
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
  std::vector<std::string> warnings_; // of this machine, before an engine was made
  runtime_choice runtime_;            // what an engine is to be made with; "" = as asked for
  bool checked_ = false;
};

engine_options starter::options() const {
  engine_options out;
  out.topology_file = doc_.file;
  out.environment = flags_.environment;
  out.runtime = runtime_.name.empty() ? given_.runtime : runtime_.name;
  out.profiles = given_.profiles;
  // What was started with a profile stays a part of the environment until it is taken down.
  if (!at_.taken_down)
    add_missing(out.profiles, at_.profiles);
  out.profiles_given = !out.profiles.empty();
  out.services = given_.services;
  out.log_level = flags_.log_level;
  out.log_format = flags_.log_format;
  return out;
}

// What a start needs is looked at before anything is created, secrets included, and asked about once.
std::optional<failure> starter::check_once() {
  if (std::exchange(checked_, true))
    return std::nullopt;
  auto checked = check_machine(options());
  if (auto* why = std::get_if<failure>(&checked))
    return *why;
  const auto& found = std::get<preflight_result>(checked);
  warnings_ = found.warnings;
  runtime_ = found.runtime;
  if (flags_.talks())
    std::cout << paragraph("", sentence_of(runtime_), 4, look_of(flags_).width) << std::flush;
  if (!flags_.quiet && !flags_.json() && !given_.without_warnings)
    for (const auto& warning : found.warnings)
      std::cerr << "warning: " << warning << std::endl;
  for (const auto& shortage : found.shortages) {
    if (!goes_on(flags_, shortage))
      return shortage;
    warnings_.push_back(shortage.message);
  }
  if (auto why = bring_images(options()))
    return why;
  return make_secrets(flags_, doc_);
}

// All images are there, and what services are built from is built, before anything is created. What runs already stays
// what it is: `ctl rebuild` replaces it.
std::optional<failure> starter::bring_images(const engine_options& wanted, const logic::environment_view& serving) {
  const auto made = plan_without_secrets(wanted);
  if (const auto* why = std::get_if<failure>(&made))
    return *why;
  const auto& ready = std::get<prepared>(made);
  auto plan = ready.plan;
  std::erase_if(plan.services, [&](const auto& one) {
    const auto at = std::ranges::find(serving.services, one.spec.name, &logic::service_view::name);
    return at != serving.services.end() && !logic::is_idle(at->actual);
  });
  if (!given_.services.empty()) {
    const auto chosen = logic::with_dependencies(plan, logic::services_named(plan, given_.services));
    std::erase_if(plan.services, [&](const auto& one) {
      return std::find(chosen.begin(), chosen.end(), one.spec.name) == chosen.end();
    });
  }
  if (!ready.runtime.engine) {
    std::vector<std::string> names;
    for (const auto& service : plan.services)
      names.push_back(service.spec.name);
    return build_services(ready.document, names, build_hooks(flags_, is_interrupted));
  }
  const auto brought = provide_images(*ready.runtime.engine, images_of(ready.document, plan),
                                      plan.budgets.image_pull.count(), image_hooks(flags_, is_interrupted));
  if (const auto* why = std::get_if<failure>(&brought))
    return *why;
  return std::nullopt;
}

std::variant<pid_t, failure> starter::bring_up() {
  if (auto why = check_once())
    return *why;
  return spawn_engine(options(), at_, false);
}

std::optional<failure> starter::engage() {
  auto found = find_engine(
      at_, [this] { return bring_up(); }, is_interrupted);
  if (auto* why = std::get_if<failure>(&found))
    return *why;
  const auto& engine = std::get<found_engine>(found);
  engine_ = engine.pid;
  if (engine.status.is_null())
    return std::nullopt;
  const auto view = environment_from_json(engine.status);
  if (given_.runtime != "auto" && given_.runtime != view.runtime)
    return failure{"ERR_RUN_005", at_.environment + " is on " + view.runtime + ", not on " + given_.runtime,
                   "take it down first: paws-engine ctl down   or start without --runtime " + given_.runtime};
  auto as_it_runs = options();
  as_it_runs.runtime = view.runtime;
  if (auto why = bring_images(as_it_runs, view))
    return why;
  const auto lacks = [&](const std::string& wanted) {
    return std::find(view.profiles.begin(), view.profiles.end(), wanted) == view.profiles.end();
  };
  if (std::none_of(given_.profiles.begin(), given_.profiles.end(), lacks))
    return std::nullopt;
  return widen(view);
}

// The engine that serves does not know the services of another profile: one that does takes over what runs. Whether
// it can is settled before the old one ends.
std::optional<failure> starter::widen(const logic::environment_view& serving) {
  if (!serving.in_progress.empty())
    return failure{"ERR_ENG_004", "cannot start another profile now: " + serving.in_progress + " is in progress",
                   "wait until it ends, then try again"};
  auto wider = options();
  wider.runtime = serving.runtime;
  add_missing(wider.profiles, serving.profiles);
  auto ready = prepare(wider);
  if (auto* why = std::get_if<failure>(&ready))
    return *why;
  auto as_before = wider;
  as_before.profiles = serving.profiles;
  auto made = replace_engine(at_, engine_, wider, as_before);
  if (auto* why = std::get_if<failure>(&made))
    return *why;
  engine_ = std::get<found_engine>(made).pid;
  return std::nullopt;
}

int starter::run() {
  watch_signals();
  if (auto why = engage())
    return fail(flags_, *why);
  const int code = carry_out();
  if (code == 0 && given_.watch)
    return rebuild_on_change(flags_, at_, engine_, is_interrupted);
  if (code != 0 || !given_.foreground)
    return code;
  return stay_in_foreground(flags_, at_, engine_, is_interrupted);
}

int starter::carry_out() {
  auto mode = choose_progress(flags_.progress, flags_.quiet, flags_.json());
  if (given_.foreground && mode == progress_mode::tty)
    mode = progress_mode::plain; // lines go on after the start
  progress shown{mode, look_of(flags_), {"start", at_.environment, usual_ms()}};
  command_hooks hooks;
  hooks.trace_id = flags_.trace_id;
  hooks.on_event = [&](const logic::event& what) {
    const bool heard =
        what.kind == logic::event_kinds::command_begun || what.kind == logic::event_kinds::command_joined;
    return !(given_.no_wait && heard);
  };
  hooks.interrupted = is_interrupted;
  json body{{"keep_on_failure", given_.keep_on_failure}};
  if (!given_.services.empty())
    body["services"] = given_.services;
  if (given_.wait_timeout_s > 0)
    body["wait_timeout_ms"] = given_.wait_timeout_s * 1000;
  auto ended = watch_command(at_, "start", body, shown, hooks, true);
  if (auto* why = std::get_if<failure>(&ended))
    return fail(flags_, *why, {{"trace_id", flags_.trace_id}});
  const auto& end = std::get<command_end>(ended);
  if (end.aborted && is_interrupted())
    return stop_after_interrupt();
  if (end.aborted) { // --no-wait
    if (flags_.json())
      print({{"environment", at_.environment},
             {"state", "starting"},
             {"engine", {{"pid", engine_}}},
             {"trace_id", flags_.trace_id}});
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
  forget_interruption();
  progress shown{
      choose_progress(flags_.progress, flags_.quiet, flags_.json()), look_of(flags_), {"stop", at_.environment}};
  command_hooks hooks;
  hooks.trace_id = flags_.trace_id;   // one command of one person
  hooks.interrupted = is_interrupted; // once more: the engine goes on, we do not wait
  // In the foreground everything is this process's; else what another start began, or what ran before, is left alone.
  const auto body = given_.foreground ? json::object() : json{{"interrupted", true}};
  auto ended = watch_command(at_, "stop", body, shown, hooks);
  const auto* end = std::get_if<command_end>(&ended);
  if (end != nullptr && end->outcome.engine_ends)
    wait_until_gone(engine_, stop_patience);
  if (end != nullptr && end->outcome.already)
    return fail(flags_,
                {"ERR_SYS_005", "stopped waiting; " + at_.environment + " goes on as it was",
                 "look at it: paws-engine ctl status"},
                {{"trace_id", flags_.trace_id}});
  if (given_.thrown_away)
    return fail(flags_, {"ERR_SYS_005", "start of " + at_.environment + " was interrupted", "run it again"});
  return fail(flags_,
              {"ERR_SYS_005", "start of " + at_.environment + " was interrupted; its data is kept",
               "start again: paws-engine start " + given_.file},
              {{"trace_id", flags_.trace_id}});
}

int starter::show_failure(const command_outcome& outcome) {
  const int code = fail(flags_, outcome);
  if (outcome.engine_ends)
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
    document["warnings"] = warnings_;
    document["trace_id"] = outcome.trace_id;
    if (!runtime_.name.empty())
      document["runtime_choice"] = {{"name", runtime_.name},
                                    {"about", runtime_.about},
                                    {"why", runtime_.why},
                                    {"passed_over", runtime_.passed_over}};
    document["connections"] = json::array();
    for (const auto& one : connections_of(doc_))
      document["connections"].push_back({{"route", one.route}, {"url", one.url}, {"password", one.password}});
    document["web"] = json::array();
    for (const auto& one : web_addresses_of(doc_, view))
      document["web"].push_back({{"service", one.service}, {"url", one.url}});
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
  constexpr const char* survives = " is ready: it would survive the death of any of its leaders";
  const auto which = given_.services.empty() || outcome.already ? at_.environment : listed(given_.services);
  out += paragraph("",
                   which + (outcome.already               ? " is already ready"
                            : given_.services.empty()     ? (doc_.clusters.empty() ? " is ready" : survives)
                            : given_.services.size() == 1 ? " is ready, and all it needs"
                                                          : " are ready, and all they need"),
                   4, as.width);
  for (const auto& one : connections_of(doc_))
    out += paragraph("  ", one.route + ": " + one.url + "\npassword: " + one.password + " in " + doc_.secrets.file, 4,
                     as.width);
  for (const auto& one : web_addresses_of(doc_, view))
    out += paragraph("  ", one.service + ": " + one.url, 4, as.width);
  return out;
}

int start(const global_flags& flags, const start_flags& given) {
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
  add_runtime_option(*sub, given->runtime);
  auto* foreground = sub->add_flag("--foreground", given->foreground, "Stay, and stop everything at Ctrl-C or SIGTERM");
  sub->add_option("--wait-timeout", given->wait_timeout_s, "Seconds until a start that is not ready has failed")
      ->check(CLI::Range(1, 86'400));
  auto* no_wait = sub->add_flag("--no-wait", given->no_wait, "Return when the start has begun");
  sub->add_option("--profile", given->profiles, "Services of this profile run as well (repeatable)");
  sub->add_option("--service", given->services, "Only this member, cluster or service, and what it needs (repeatable)");
  sub->add_flag("--keep-on-failure", given->keep_on_failure, "Leave what runs when a start fails");
  sub->add_flag("--without-warnings", given->without_warnings)->group(""); // by `run --quiet`
  sub->add_flag("--thrown-away", given->thrown_away)->group("");           // by `run`
  sub->add_flag("--watch", given->watch, "Then stay, and rebuild and replace each service whose sources change")
      ->excludes(foreground)
      ->excludes(no_wait);
  sub->footer("Examples:\n  paws-engine start\n  paws-engine start config/paws360.yaml --wait-timeout 120");
  sub->callback([&line, given] {
    line.flags.task = "start";
    line.action = [&line, given] { return start(line.flags, *given); };
  });
}

} // namespace paws::bin
