// ctl resume-after-sleep: what the clock watch does by itself, by hand. ctl time-sync: all clocks compared, and set
// where that is permitted.
#include "actors/clock_json.hpp"
#include "actors/view_json.hpp"
#include "bin/commands/carried.hpp"
#include "bin/layout.hpp"

#include <iostream>

namespace paws::bin {

namespace {

struct clock_flags {
  std::string file;
  std::int64_t wait_timeout_s = 0;
};

std::string difference_text(const logic::clock_row& row) {
  if (!row.unknown.empty())
    return "?";
  const auto amount = logic::span_of(row.ahead);
  return row.ahead.count() == 0 ? "0 ms" : (row.ahead.count() < 0 ? "-" : "+") + amount;
}

void show_clocks(const global_flags& flags, const logic::clock_report& report) {
  table rows{{"CLOCK", "READ FROM", "AHEAD", "WITHIN", "STATE"}};
  for (const auto& row : report.clocks)
    rows.push_back({row.clock, row.source, difference_text(row), row.unknown.empty() ? logic::span_of(row.within) : "?",
                    !row.unknown.empty()      ? "not known: " + harmless(row.unknown)
                    : logic::out_of_step(row) ? "out of step"
                                              : "in step"});
  const auto width = look_of(flags).width;
  std::cout << columns(rows, width);
  for (const auto& note : report.notes)
    std::cout << paragraph("", harmless_lines(note), 4, width);
  if (report.set_by)
    std::cout << "the wall clock was set from the hardware's, by " << logic::span_of(*report.set_by) << "\n";
  for (const auto& command : report.commands)
    std::cout << "run: " << command << "\n";
}

void show_clocks(const global_flags& flags, const command_outcome& outcome) {
  if (flags.json()) {
    if (outcome.wake)
      return print(to_json(*outcome.wake));
    return print(to_json(outcome.clocks.value_or(logic::clock_report{})));
  }
  if (!flags.talks())
    return;
  if (outcome.clocks)
    return show_clocks(flags, *outcome.clocks);
  for (const auto& note : outcome.notes)
    std::cout << paragraph("", harmless_lines(note), 4, look_of(flags).width);
}

int see_clocks(const global_flags& flags, const clock_flags& given, const std::string& verb) {
  command_words what{verb, given.file};
  if (given.wait_timeout_s > 0)
    what.body["wait_timeout_ms"] = given.wait_timeout_s * 1000;
  auto carried = carry_out(flags, what);
  if (const auto* code = std::get_if<int>(&carried))
    return *code;
  const auto& [with, outcome] = std::get<carried_command>(carried);
  const bool reported = outcome.wake || outcome.clocks;
  if (reported)
    show_clocks(flags, outcome);
  if (!outcome.what.code.empty()) {
    auto told = flags;
    if (reported && flags.json())
      told.format = "text"; // the report stands on stdout already
    return fail(told, outcome);
  }
  if (flags.talks() && outcome.wake)
    std::cout << with.at().environment << ": " << logic::summary_of(*outcome.wake) << std::endl;
  print_result(flags, outcome);
  return 0;
}

CLI::App* add_verb(CLI::App& parent, command_line& line, const std::shared_ptr<clock_flags>& given, const char* verb,
                   const char* what) {
  auto* sub = parent.add_subcommand(verb, what);
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->footer(std::string{"Examples:\n  paws-engine ctl "} + verb + "\n  paws-engine ctl " + verb + " --format json");
  sub->callback([&line, given, verb] {
    line.flags.task = verb;
    line.action = [&line, given, verb] { return see_clocks(line.flags, *given, verb); };
  });
  return sub;
}

} // namespace

void add_ctl_resume_after_sleep(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<clock_flags>();
  auto* sub = add_verb(parent, line, given, "resume-after-sleep",
                       "Check everything anew, restart only what does not recover by itself; exit 0 well, 5 not");
  sub->add_option("--wait-timeout", given->wait_timeout_s, "Seconds until what is not well has not recovered")
      ->check(CLI::Range(1, 86'400));
}

void add_ctl_time_sync(CLI::App& parent, command_line& line) {
  add_verb(parent, line, std::make_shared<clock_flags>(), "time-sync",
           "Compare all clocks; set this machine's where that is permitted; exit 0 within 1 s, 5 not");
}

} // namespace paws::bin
