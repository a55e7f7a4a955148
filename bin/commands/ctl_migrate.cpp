// ctl migrate: what the schema lacks is applied, and proven to be on every member. ctl seed: example rows.
#include "actors/view_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/interruption.hpp"
#include "bin/layout.hpp"
#include "bin/session.hpp"
#include "bin/sql_directory.hpp"
#include "bin/sql_runner.hpp"
#include "bin/watching.hpp"
#include "topology/loader.hpp"

#include <filesystem>
#include <iostream>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using topology::failure;

constexpr std::int64_t usual_limit_s = 600;

struct migrate_flags {
  std::string file, directory;
  std::int64_t wait_timeout_s = usual_limit_s;
};

// All that has to be known before PostgreSQL is asked.
struct sql_task {
  std::string verb, environment, directory;
  std::vector<logic::sql_file> files;
  database_way way;
};

std::variant<sql_task, failure> prepare(const global_flags& flags, const migrate_flags& given,
                                        const std::string& verb) {
  sql_task out{verb, {}, {}, {}, {}};
  const auto found = find_target(flags.environment, given.file);
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  const auto& at = std::get<target>(found);
  out.environment = at.environment;
  if (at.topology_file.empty())
    return failure{"ERR_ENG_008", "nobody knows the topology of " + at.environment, "say it: --file TOPOLOGY"};
  const auto loaded = topology::load_topology(at.topology_file);
  if (!loaded.ok())
    return topology::as_failure(loaded);
  const bool seeds = verb == "seed";
  const std::string usual = seeds ? "/database/seed" : "/database/migrations";
  out.directory = given.directory.empty() ? loaded.doc.project + usual : given.directory;
  auto files = read_sql_files(out.directory, seeds ? logic::seed_letter : logic::migration_letter);
  if (const auto* why = std::get_if<failure>(&files))
    return *why;
  out.files = std::get<std::vector<logic::sql_file>>(std::move(files));
  auto opened = session::open(flags, given.file, false);
  if (auto* why = std::get_if<failure>(&opened))
    return *why;
  const auto status = std::get<session>(opened).ask("/v1/status", 10s);
  if (const auto* why = std::get_if<failure>(&status))
    return *why;
  auto way = way_to_database(loaded.doc, at, environment_from_json(std::get<json>(status)));
  if (const auto* why = std::get_if<failure>(&way))
    return *why;
  out.way = std::get<database_way>(std::move(way));
  return out;
}

json details_of(const sql_task& task, const sql_run_report& report, std::int64_t duration_ms) {
  json applied = json::array(), members = json::array();
  for (const auto& each : report.applied)
    applied.push_back({{"number", each.file->number},
                       {"name", each.file->name},
                       {"file", each.file->file},
                       {"duration_ms", each.duration_ms}});
  for (const auto& at : report.members)
    members.push_back({{"name", at.member},
                       {"present", at.after_ms >= 0},
                       {"after_ms", at.after_ms >= 0 ? json(at.after_ms) : json(nullptr)},
                       {"why", at.why.empty() ? json(nullptr) : json(at.why)}});
  json out{{"command", task.verb},
           {"environment", task.environment},
           {"directory", task.directory},
           {"applied", applied},
           {"already", task.files.empty() || (applied.empty() && report.what.code.empty())},
           {"notes", report.notes},
           {"duration_ms", duration_ms}};
  if (task.verb == "migrate") {
    out["version"] = report.version >= 0 ? json(report.version) : json(nullptr);
    out["members"] = members;
  }
  if (!report.file.empty()) {
    out["file"] = report.file;
    out["line"] = report.line > 0 ? json(report.line) : json(nullptr);
  }
  return out;
}

std::string counted(std::size_t count, const std::string& word) {
  return std::to_string(count) + " " + word + (count == 1 ? "" : "s");
}

// "paws360: 4 migrations applied in 90 ms; version 4 is on patroni1 (12 ms), patroni2 (20 ms)"
std::string sentence(const sql_task& task, const sql_run_report& report, std::int64_t duration_ms) {
  const std::string word = task.verb == "seed" ? "file" : "migration";
  auto out = task.environment + ": ";
  if (task.files.empty())
    return out + "nothing to do, there is no file in " + task.directory;
  if (report.applied.empty())
    out += "nothing to do, " + counted(task.files.size(), word) + (task.files.size() == 1 ? " is" : " are") +
           " applied already";
  else
    out += counted(report.applied.size(), word) + " applied";
  out += " in " + short_duration(duration_ms);
  if (report.members.empty())
    return out;
  std::vector<std::string> names;
  for (const auto& at : report.members)
    names.push_back(at.member + " (" + std::to_string(at.after_ms) + " ms)");
  return out + "; version " + std::to_string(report.version) + " is on " + listed(names);
}

int say(const global_flags& flags, const sql_task& task, const sql_run_report& report, std::int64_t duration_ms) {
  const auto details = details_of(task, report, duration_ms);
  if (flags.talks())
    for (const auto& note : report.notes)
      std::cout << paragraph("", harmless_lines(note), 4, look_of(flags).width) << std::flush;
  if (!report.what.code.empty())
    return fail(flags, report.what, details);
  if (flags.json())
    print(details);
  if (flags.talks())
    std::cout << sentence(task, report, duration_ms) << std::endl;
  if (flags.json_lines()) {
    command_outcome outcome;
    outcome.name = task.verb;
    auto result = to_json(outcome);
    result.update(details);
    print({{"result", result}});
  }
  return 0;
}

int apply_files(const global_flags& flags, const migrate_flags& given, const std::string& verb) {
  watch_signals();
  const auto prepared = prepare(flags, given, verb);
  if (const auto* why = std::get_if<failure>(&prepared))
    return fail(flags, *why);
  const auto& task = std::get<sql_task>(prepared);
  progress shown{choose_progress(flags.progress, flags.quiet, flags.json()), look_of(flags), {verb, task.environment}};
  const stopwatch watch{shown};
  sql_run_settings how;
  how.verb = verb;
  how.directory = task.directory;
  how.application = "paws-engine-" + verb + "-" + flags.trace_id;
  how.file_limit = std::chrono::seconds{given.wait_timeout_s};
  how.interrupted = [&] {
    watch.redraw();
    return is_interrupted();
  };
  how.awaits = [&](const std::string& what) {
    shown.await(what);
    watch.redraw();
  };
  how.tell = [&](const logic::event& what) { std::cout << shown.hear(what) << std::flush; };
  sql_runner runner{task.way, task.files, std::move(how)};
  const auto report = verb == "seed" ? runner.seed() : runner.migrate();
  shown.end();
  return say(flags, task, report, watch.elapsed_ms());
}

void add_verb(CLI::App& parent, command_line& line, const char* verb, const char* what, const char* footer) {
  auto given = std::make_shared<migrate_flags>();
  auto* sub = parent.add_subcommand(verb, what);
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_option("--dir", given->directory, "Where the files are; else below the topology's project");
  sub->add_option("--wait-timeout", given->wait_timeout_s, "Seconds that one file may take (600)")
      ->check(CLI::Range(1, 86'400));
  sub->footer(footer);
  sub->callback([&line, given, verb] {
    line.flags.task = verb;
    line.action = [&line, given, verb] { return apply_files(line.flags, *given, verb); };
  });
}

} // namespace

void add_ctl_migrate(CLI::App& parent, command_line& line) {
  add_verb(parent, line, "migrate", "Apply the migrations that the database lacks, and prove them on every member",
           "Examples:\n  paws-engine ctl migrate\n  paws-engine ctl migrate --dir database/migrations --format json");
}

void add_ctl_seed(CLI::App& parent, command_line& line) {
  add_verb(parent, line, "seed", "Put example rows into the database; as often as you like",
           "Examples:\n  paws-engine ctl seed\n  paws-engine ctl seed --dir database/seed");
}

} // namespace paws::bin
