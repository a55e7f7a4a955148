// ctl drill: something is broken on purpose, measured, taken back and proven. ctl undo: what is broken is taken back.
#include "actors/drill_json.hpp"
#include "actors/view_json.hpp"
#include "bin/commands/carried.hpp"
#include "bin/drill_text.hpp"
#include "bin/interruption.hpp"
#include "bin/layout.hpp"
#include "bin/watching.hpp"

#include <iostream>

namespace paws::bin {

namespace {

using topology::failure;

struct drill_flags {
  std::string file, name, fault, target;
  std::vector<std::string> from;
  std::int64_t repeat = 1;
  bool no_writer = false, force = false;
};

command_hooks hooks_of(const global_flags& flags) {
  command_hooks out;
  out.trace_id = flags.trace_id;
  out.interrupted = is_interrupted;
  return out;
}

nlohmann::json body_of(const drill_flags& given) {
  nlohmann::json out{{"drill", given.name}, {"repeat", given.repeat}};
  if (!given.fault.empty())
    out["fault"] = given.fault;
  if (!given.target.empty())
    out["target"] = given.target;
  if (!given.from.empty())
    out["from"] = given.from;
  if (given.no_writer)
    out["no_writer"] = true;
  if (given.force)
    out["force"] = true;
  return out;
}

// A report is worth seeing whatever became of the drill.
void show_drills(const global_flags& flags, const command_outcome& outcome) {
  if (flags.json()) {
    if (outcome.drills.size() == 1)
      return print(to_json(outcome.drills.front()));
    nlohmann::json all = nlohmann::json::array();
    for (const auto& each : outcome.drills)
      all.push_back(to_json(each));
    return print({{"drills", std::move(all)}});
  }
  if (!flags.talks())
    return;
  for (const auto& each : outcome.drills)
    std::cout << drill_text(each, look_of(flags), each.page);
  if (outcome.drills.size() > 1)
    std::cout << drill_series_text(outcome.drills, look_of(flags));
  for (const auto& note : outcome.notes)
    std::cout << paragraph("", harmless_lines(note), 4, look_of(flags).width);
}

int end_drill(const global_flags& flags, const session& with) {
  forget_interruption();
  if (flags.talks())
    std::cout << "interrupted: what is broken is taken back" << std::endl;
  progress shown{
      choose_progress(flags.progress, flags.quiet, flags.json()), look_of(flags), {"undo", with.at().environment}};
  const auto ended = watch_command(with.at(), "undo", nlohmann::json::object(), shown, hooks_of(flags));
  if (const auto* end = std::get_if<command_end>(&ended); end != nullptr && end->outcome.what.code.empty())
    return fail(flags, failure{"ERR_SYS_005", "the drill was interrupted; what it had broken is taken back",
                               "see what is left of it: paws-engine ctl drills"});
  return fail(flags, failure{"ERR_SYS_005", "the drill was interrupted, and what it had broken may still be so",
                             "run: paws-engine ctl undo"});
}

int break_it(const global_flags& flags, const drill_flags& given) {
  auto opened = session::open(flags, given.file, false);
  if (auto* why = std::get_if<failure>(&opened))
    return fail(flags, *why);
  const auto& with = std::get<session>(opened);
  watch_signals();
  progress shown{choose_progress(flags.progress, flags.quiet, flags.json()), look_of(flags), {"drill", given.name}};
  auto ended = watch_command(with.at(), "drill", body_of(given), shown, hooks_of(flags));
  if (auto* why = std::get_if<failure>(&ended))
    return fail(flags, *why, {{"trace_id", flags.trace_id}});
  const auto& end = std::get<command_end>(ended);
  if (end.aborted)
    return end_drill(flags, with);
  const auto& outcome = end.outcome;
  if (!outcome.drills.empty())
    show_drills(flags, outcome);
  if (outcome.what.code.empty()) {
    print_result(flags, outcome);
    return 0;
  }
  auto told = flags;
  if (!outcome.drills.empty() && flags.json())
    told.format = "text"; // the report stands on stdout already
  return fail(told, outcome);
}

int take_back(const global_flags& flags, const std::string& file) {
  command_words what{"undo", file};
  what.temporary = true;
  auto carried = carry_out(flags, what);
  if (const auto* code = std::get_if<int>(&carried))
    return *code;
  const auto& outcome = std::get<carried_command>(carried).outcome;
  return say_end(flags, outcome, outcome.already ? "nothing is broken: no fault of a drill is open" : "");
}

} // namespace

void add_ctl_drill(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<drill_flags>();
  auto* sub = parent.add_subcommand("drill", "Break something on purpose, measure what happens, take it back, prove");
  sub->add_option("NAME", given->name,
                  "patroni-leader, sync-standby, redis-master, sentinel-member, etcd-member, etcd-quorum, partition, "
                  "backend, or all")
      ->required();
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_option("--fault", given->fault,
                  "kill, stop, pause, postmaster-kill, postmaster-freeze or partition; else the drill's own choice");
  sub->add_option("--target", given->target, "This member, else the one that plays the part");
  sub->add_option("--from", given->from, "partition: cut off from these only, else from all");
  sub->add_option("--repeat", given->repeat, "So often, with medians")->check(CLI::Range(1, 1'000));
  sub->add_flag("--no-writer", given->no_writer, "Write nothing: nothing is proven about writes then");
  sub->add_flag("--force", given->force, "Also when not everything is well before");
  sub->footer("Examples:\n  paws-engine ctl drill patroni-leader\n  paws-engine ctl drill redis-master --fault pause\n"
              "  paws-engine ctl drill all --format json");
  sub->callback([&line, given] {
    line.flags.task = "drill";
    line.action = [&line, given] { return break_it(line.flags, *given); };
  });
}

void add_ctl_undo(CLI::App& parent, command_line& line) {
  auto file = std::make_shared<std::string>();
  auto* sub = parent.add_subcommand("undo", "Take back every fault of a drill that is still open");
  sub->add_option("--file", *file, "Topology whose environment is meant");
  sub->footer("Example:\n  paws-engine ctl undo");
  sub->callback([&line, file] {
    line.flags.task = "undo";
    line.action = [&line, file] { return take_back(line.flags, *file); };
  });
}

} // namespace paws::bin
