// run: a stack of its own for one command. Starts it, runs the command with addresses and credentials in its
// environment, takes everything down whatever happened, and ends as the command did.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/commands/run_shape.hpp"
#include "bin/engine_process.hpp"
#include "bin/junit.hpp"
#include "bin/layout.hpp"
#include "bin/preparation.hpp"
#include "bin/progress.hpp"
#include "bin/run_children.hpp"
#include "bin/run_janitor.hpp"
#include "bin/run_place.hpp"
#include "bin/target.hpp"
#include "store/certificates.hpp"
#include "store/drill_files.hpp"

#include <cstring>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using topology::failure;

constexpr auto status_patience = 20s;
constexpr auto rest_patience = 5s; // for what the command left in the background

std::int64_t wall_us() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
}

std::int64_t since_ms(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun).count();
}

class runner {
public:
  runner(const global_flags& flags, const run_flags& given, run_room room)
      : flags_{flags},
        given_{given},
        room_{std::move(room)},
        at_{target_of(room_.directory, room_.document.name, room_.topology)} {}

  int run();

private:
  bool start();
  void hear(std::string_view line);
  std::optional<failure> learn();
  int run_command();
  int never_run(const failure& why, int exit_code);
  int take_down();
  void leave_running() const;
  std::optional<failure> write_report() const;
  child_job engine_job(std::vector<std::string> words) const;
  void watch(pid_t group) const {
    if (janitor_ != nullptr)
      janitor_->watch(group);
  }
  void note_other_end(pid_t pid, int status) const;
  void say(const std::string& text) const;

  const global_flags& flags_;
  const run_flags& given_;
  run_room room_;
  target at_;
  children children_;
  janitor* janitor_ = nullptr; // none within itself
  progress shown_{progress_mode::plain, {false, false, 0, screen_columns}, {"start", room_.document.name}};
  logic::environment_view seen_;
  start_record start_;
  command_record command_;
};

// Our own words: standard output is the command's.
void runner::say(const std::string& text) const {
  if (!flags_.quiet)
    std::cerr << paragraph("run: ", harmless(text), 5, screen_columns) << std::flush;
}

child_job runner::engine_job(std::vector<std::string> words) const {
  child_job out;
  out.words = engine_words(flags_, at_.environment, std::move(words));
  out.variables = engine_variables(environ);
  out.on_start = [this](pid_t pid) { watch(pid); };
  return out;
}

// One line of the start's own report: an event, or what came of it.
void runner::hear(std::string_view line) {
  const auto said = json::parse(line, nullptr, false);
  if (!said.is_object())
    return;
  if (said.contains("result")) {
    start_.what = outcome_from_json(said).what;
  } else if (said.contains("seq")) {
    start_.events.push_back(event_from_json(said));
    if (!flags_.quiet)
      std::cerr << shown_.hear(start_.events.back()) << std::flush;
  }
}

bool runner::start() {
  auto job = engine_job(start_words(flags_, given_, room_.topology));
  job.on_line = [this](std::string_view line) { hear(line); };
  job.pass_on = [](int, int) { return SIGINT; }; // a start that is told to end stops what it has started
  start_.begun_us = wall_us();
  const auto begun = std::chrono::steady_clock::now();
  const auto end = children_.run(job);
  start_.duration_ms = since_ms(begun);
  start_.exit_code = end.exit_code;
  return end.exit_code == 0;
}

// Where everything is now.
std::optional<failure> runner::learn() {
  bool connected = false;
  auto got = ask_engine(at_, "/v1/status", status_patience, connected);
  if (auto* why = std::get_if<failure>(&got))
    return *why;
  seen_ = environment_from_json(std::get<json>(got));
  return std::nullopt;
}

void runner::note_other_end(pid_t pid, int status) const {
  if (pid != seen_.engine_pid || (WIFEXITED(status) && WEXITSTATUS(status) == 0))
    return; // what the command itself asked it to do
  std::cerr << topology::to_string({"ERR_ENG_006",
                                    "the engine of " + at_.environment +
                                        " ended unexpectedly; its members and the command keep running",
                                    "its log, until the run is over: " + at_.paths.engine_log})
            << std::endl;
}

int runner::run_command() {
  child_job job;
  job.words = given_.words;
  const run_place place{room_.topology, beside_program("paws-engine"), at_.paths.socket,
                        store::authority_file(at_.paths.directory + "/certificates")};
  job.variables = with_inherited(run_variables(room_.document, seen_, room_.secrets, place), environ);
  job.in_front = true;
  job.on_start = [this](pid_t pid) { watch(pid); };
  job.pass_on = [](int number, int times) { return number == SIGTERM && times > 1 ? SIGKILL : number; };
  command_.begun_us = wall_us();
  const auto begun = std::chrono::steady_clock::now();
  const auto end = children_.run(job);
  command_.duration_ms = since_ms(begun);
  if (end.exec_error != 0)
    return never_run({"ERR_CLI_005",
                      shown_command(given_.words) + " cannot be executed: " + std::strerror(end.exec_error),
                      "name a program that can"},
                     static_cast<int>(topology::exit_code::invalid));
  command_.ran = true;
  command_.exit_code = end.exit_code;
  command_.signal = end.signal;
  say(shown_command(given_.words) +
      (end.signal != 0 ? " was ended by signal " + std::to_string(end.signal)
                       : " ended with exit code " + std::to_string(end.exit_code)) +
      " after " + short_duration(command_.duration_ms));
  return end.exit_code;
}

int runner::never_run(const failure& why, int exit_code) {
  command_outcome outcome;
  outcome.name = flags_.task;
  outcome.what = why;
  outcome.code = static_cast<topology::exit_code>(exit_code);
  return fail(flags_, outcome);
}

// Everything of this run ends, in order, and leaves nothing; somebody who is in a hurry says so with another signal.
int runner::take_down() {
  const bool processes = seen_.runtime == "process" || at_.runtime == "process" || given_.runtime == "process";
  const auto told_before = children_.told_to_end();
  auto job = engine_job({"ctl", "down", "--file", room_.topology, "--volumes", "--confirm-data-loss"});
  job.words.insert(job.words.begin() + 1, "--quiet");
  job.pass_on = [&](int, int times) { return processes && times + (told_before > 0 ? 1 : 0) > 1 ? SIGKILL : 0; };
  const auto end = children_.run(job);
  children_.end_rest(janitor_ == nullptr ? -1 : janitor_->pid(), end.signal == 0 ? rest_patience : 0s);
  if (end.exit_code != 0 && !processes) {
    std::cerr << topology::to_string(
                     {"ERR_RUN_002",
                      at_.environment + " could not be taken down; what is left of it is known in " + room_.directory,
                      "try again: " + down_command(at_.environment, room_.topology)})
              << std::endl;
    return end.exit_code;
  }
  std::error_code failed;
  std::filesystem::remove_all(room_.directory, failed);
  return 0;
}

void runner::leave_running() const {
  std::cerr << "run: " << at_.environment
            << " is left running. Look at it, and end it:\n  paws-engine ctl status --file " << room_.topology << "\n  "
            << down_command(at_.environment, room_.topology) << " && rm -r " << room_.directory << std::endl;
}

std::optional<failure> runner::write_report() const {
  if (given_.junit.empty())
    return std::nullopt;
  std::vector<junit_suite> suites{start_suite(at_.environment, start_)};
  const auto names = store::saved_drills(at_.paths.drills);
  if (const auto* all = std::get_if<std::vector<std::string>>(&names))
    for (const auto& name : *all) {
      const auto text = store::read_drill(at_.paths.drills, name);
      if (const auto* report = std::get_if<std::string>(&text))
        suites.push_back(drill_suite(json::parse(*report, nullptr, false)));
    }
  suites.push_back(command_suite(command_));
  auto written = store::write_atomically(given_.junit, junit_document(suites), 0644);
  if (auto* why = std::get_if<failure>(&written))
    return *why;
  return std::nullopt;
}

int runner::run() {
  janitor keeper{[this] { take_down(); }};
  janitor_ = &keeper;
  children_.on_other_end([this](pid_t pid, int status) { note_other_end(pid, status); });
  command_.words = given_.words;
  say("starting " + at_.environment + " in " + room_.directory);
  int code = 0;
  if (!start()) {
    const bool interrupted = start_.exit_code == static_cast<int>(topology::exit_code::interrupted);
    code = never_run(
        {"ERR_CLI_006",
         shown_command(given_.words) + " was never run: the start of " + at_.environment +
             (interrupted ? " was interrupted" : " failed"),
         interrupted ? "run it again" : "mend what the start said; with --keep what runs is left to be looked at"},
        start_.exit_code);
  } else if (auto why = learn()) {
    code = never_run(*why, static_cast<int>(topology::find_error(why->code).exits_with));
  } else if (children_.told_to_end() > 0) {
    code = never_run({"ERR_CLI_006", shown_command(given_.words) + " was never run: interrupted", "run it again"},
                     static_cast<int>(topology::exit_code::interrupted));
  } else {
    say(at_.environment + " is ready on " + seen_.runtime + " after " + short_duration(start_.duration_ms) +
        "; running " + shown_command(given_.words));
    code = run_command();
  }
  auto kept_to_ourselves = flags_; // standard output was the command's
  kept_to_ourselves.format = "text";
  if (auto why = write_report())
    if (const int wrong = fail(kept_to_ourselves, *why); code == 0)
      code = wrong;
  if (given_.keep) {
    keeper.dismiss();
    leave_running();
    return code;
  }
  const int down = take_down();
  keeper.dismiss();
  return code != 0 ? code : down;
}

int run(const global_flags& flags, const run_flags& given) {
  if (given.words.empty())
    return fail(flags,
                {"ERR_CLI_001", "there is no command to run", "write it behind --: paws-engine run -- make test"});
  if (auto why = check_run(given))
    return fail(flags, *why);
  engine_options options;
  options.topology_file = given.file;
  options.environment = flags.environment;
  auto doc = load_document(options);
  if (auto* why = std::get_if<failure>(&doc))
    return fail(flags, *why);
  claims own;
  auto room = make_room(std::get<topology::document>(doc), own);
  if (auto* why = std::get_if<failure>(&room))
    return fail(flags, *why);
  return runner{flags, given, std::get<run_room>(std::move(room))}.run();
}

} // namespace

void add_run(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<run_flags>();
  auto* sub = parent.add_subcommand("run", "A stack of its own for one command: start, run it, take down");
  sub->add_option("TOPOLOGY", given->file, "Topology file")->capture_default_str();
  add_runtime_option(*sub, given->runtime);
  sub->add_option("--wait-timeout", given->wait_timeout_s, "Seconds until a start that is not ready has failed")
      ->check(CLI::Range(1, 86'400));
  sub->add_option("--profile", given->profiles, "Services of this profile run as well (repeatable)");
  sub->add_flag("--keep", given->keep, "Leave the stack running, and say how to end it");
  sub->add_option("--junit", given->junit, "Write how start, drills and command went to this file, as JUnit's XML");
  sub->footer("Examples:\n  paws-engine run -- make test\n"
              "  paws-engine run config/paws360.yaml --runtime process --junit report.xml -- psql -c 'select 1'");
  sub->callback([&line, given] {
    line.flags.task = "run";
    line.action = [&line, given] {
      given->words = line.behind;
      return run(line.flags, *given);
    };
  });
}

} // namespace paws::bin
