// ctl drills: what past drills found out, each against the one before. From disk: no engine is needed.
#include "actors/drill_json.hpp"
#include "bin/commands/command.hpp"
#include "bin/drill_text.hpp"
#include "bin/target.hpp"
#include "logic/drill_compare.hpp"
#include "store/drill_files.hpp"

#include <algorithm>
#include <iostream>

namespace paws::bin {

namespace {

using nlohmann::json;
using topology::failure;

struct drills_flags {
  std::string file, name;
};

struct damaged_report {
  std::string id;
  failure why;
};

struct past_drills {
  std::vector<logic::drill_report> reports; // in time order
  std::vector<damaged_report> damaged;
};

// A report that does not say its own name is none: a copy, or something else.
std::variant<logic::drill_report, failure> read_report(const std::string& folder, const std::string& id) {
  const auto text = store::read_drill(folder, id);
  if (const auto* why = std::get_if<failure>(&text))
    return *why;
  auto report = drill_from_json(json::parse(std::get<std::string>(text), nullptr, false));
  if (report.id != id || report.drill.empty())
    return failure{"ERR_SYS_003", store::drill_json_path(folder, id) + " is damaged: it is no report of this drill",
                   "move it away"};
  return report;
}

std::variant<past_drills, failure> read_all_reports(const std::string& folder) {
  const auto names = store::saved_drills(folder);
  if (const auto* why = std::get_if<failure>(&names))
    return *why;
  past_drills out;
  for (const auto& id : std::get<std::vector<std::string>>(names)) {
    auto report = read_report(folder, id);
    if (auto* why = std::get_if<failure>(&report)) {
      out.damaged.push_back({id, *why});
      continue;
    }
    out.reports.push_back(std::move(std::get<logic::drill_report>(report)));
  }
  std::stable_sort(out.reports.begin(), out.reports.end(),
                   [](const auto& one, const auto& other) { return one.begun_us < other.begun_us; });
  return out;
}

json document_of(const std::optional<logic::drill_change>& what) {
  if (!what)
    return nullptr;
  return {{"id", what->against},
          {"before_ms", what->before.count()},
          {"now_ms", what->now.count()},
          {"slower", what->slower()}};
}

json document_of(const logic::drill_report& what, const logic::drill_comparison& compared, const std::string& folder) {
  auto out = to_json(what);
  out["page"] = store::drill_page_path(folder, what.id);
  out["compared"] = {{"total", document_of(compared.total)}, {"resync", document_of(compared.resync)}};
  out["regression"] = compared.regressed();
  return out;
}

int show_one(const global_flags& flags, const logic::drill_report& what, const logic::drill_comparison& compared,
             const std::string& folder) {
  if (flags.json())
    print(document_of(what, compared, folder));
  else if (!flags.quiet)
    std::cout << drill_text(what, look_of(flags), store::drill_page_path(folder, what.id))
              << comparison_text(compared, look_of(flags)) << std::flush;
  return 0;
}

void print_list(const std::string& environment, const past_drills& past,
                const std::vector<logic::drill_comparison>& compared, const std::string& folder) {
  json rows = json::array(), damaged = json::array();
  for (std::size_t i = 0; i < past.reports.size(); ++i) {
    auto row = document_of(past.reports[i], compared[i], folder);
    row.erase("marks"); // of a single report only: they are long
    row.erase("rates");
    rows.push_back(std::move(row));
  }
  for (const auto& each : past.damaged)
    damaged.push_back({{"file", store::drill_json_path(folder, each.id)}, {"why", each.why.message}});
  print({{"environment", environment}, {"drills", std::move(rows)}, {"damaged", std::move(damaged)}});
}

// Only what `name` says, with what it was compared to.
void keep_only(const std::string& name, past_drills& past, std::vector<logic::drill_comparison>& compared) {
  past_drills kept;
  std::vector<logic::drill_comparison> of_kept;
  for (std::size_t i = 0; i < past.reports.size(); ++i)
    if (past.reports[i].drill == name) {
      kept.reports.push_back(std::move(past.reports[i]));
      of_kept.push_back(std::move(compared[i]));
    }
  kept.damaged = std::move(past.damaged);
  past = std::move(kept);
  compared = std::move(of_kept);
}

int drills(const global_flags& flags, const drills_flags& given) {
  const auto found = find_target(flags.environment, given.file);
  if (const auto* why = std::get_if<failure>(&found))
    return fail(flags, *why);
  const auto& at = std::get<target>(found);
  auto read = read_all_reports(at.paths.drills);
  if (const auto* why = std::get_if<failure>(&read))
    return fail(flags, *why);
  auto& past = std::get<past_drills>(read);
  auto compared = logic::compare_each(past.reports);
  if (!given.name.empty()) {
    for (std::size_t i = 0; i < past.reports.size(); ++i)
      if (past.reports[i].id == given.name)
        return show_one(flags, past.reports[i], compared[i], at.paths.drills);
    for (const auto& each : past.damaged)
      if (each.id == given.name)
        return fail(flags, each.why);
    keep_only(given.name, past, compared);
    if (past.reports.empty())
      return fail(flags, {"ERR_CLI_001", at.environment + " has no report of `" + harmless(given.name) + "`",
                          "see which there are: paws-engine ctl drills"});
  }
  if (flags.json()) {
    print_list(at.environment, past, compared, at.paths.drills);
    return 0;
  }
  if (flags.quiet)
    return 0;
  const auto as = look_of(flags);
  if (past.reports.empty())
    std::cout << paragraph("", at.environment + " has no reports of drills", 4, as.width);
  else
    std::cout << drill_list_text(past.reports, compared, as);
  for (const auto& each : past.damaged)
    std::cout << paragraph(mark(logic::check_status::warn, as) + "  left out: ", harmless(each.why.message), 4,
                           as.width);
  std::cout << std::flush;
  return 0;
}

} // namespace

void add_ctl_drills(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<drills_flags>();
  auto* sub = parent.add_subcommand(
      "drills", "Reports of past drills, the newest last; each is compared with the newest earlier run of the same "
                "drill, fault and runtime: slower = its total or its resync took over " +
                    std::to_string(logic::slower_percent) + " % and over " +
                    std::to_string(logic::slower_at_least.count() / 1000) + " s longer");
  sub->add_option("name", given->name, "Only this drill; or a report, which is shown in full with its page");
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->footer("Examples:\n  paws-engine ctl drills\n  paws-engine ctl drills patroni-leader --format json");
  sub->callback([&line, given] { line.action = [&line, given] { return drills(line.flags, *given); }; });
}

} // namespace paws::bin
