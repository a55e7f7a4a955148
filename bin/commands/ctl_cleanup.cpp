// ctl cleanup: removes what an environment has left behind and nobody needs any more. Never data, never what is in use.
// With --etcd it is etcd's database that gets rid of old revisions, and of its alarm.
#include "actors/view_json.hpp"
#include "bin/cleanup.hpp"
#include "bin/commands/carried.hpp"
#include "bin/engine_process.hpp"
#include "bin/layout.hpp"
#include "bin/target.hpp"

#include <chrono>
#include <filesystem>
#include <iostream>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;
using topology::failure;

constexpr int usual_days = 7; // requirements, CHK125

struct cleanup_flags {
  std::string file;
  int days = usual_days;
  bool dry = false;
  bool etcd = false;
};

std::string kib(std::int64_t bytes) {
  return std::to_string((bytes + 1023) / 1024) + " KiB";
}

void say_sizes(const global_flags& flags, const logic::recovery_report& what) {
  table rows{{"MEMBER", "BEFORE", "AFTER"}};
  for (const auto& size : what.sizes)
    rows.push_back({size.member, kib(size.before_bytes), kib(size.after_bytes)});
  std::cout << columns(rows, look_of(flags).width)
            << what.cluster + ": compacted and defragmented" +
                   (what.disarmed > 0 ? "; the alarm NOSPACE is taken back" : "; no alarm was set")
            << std::endl;
}

int defragment(const global_flags& flags, const cleanup_flags& given) {
  auto carried = carry_out(flags, {"defragment", given.file, "cleanup of etcd"});
  if (const auto* code = std::get_if<int>(&carried))
    return *code;
  const auto& outcome = std::get<carried_command>(carried).outcome;
  if (outcome.what.code.empty() && flags.talks())
    say_sizes(flags, outcome.recovery);
  return say_end(flags, outcome, "");
}

int cleanup(const global_flags& flags, const cleanup_flags& given) {
  auto found = find_target(flags.environment, given.file);
  if (auto* why = std::get_if<failure>(&found))
    return fail(flags, *why);
  const auto& at = std::get<target>(found);
  bool engine_runs = false;
  static_cast<void>(ask_engine(at, "/health/live", std::chrono::seconds{2}, engine_runs));
  const auto before = fs::file_time_type::clock::now() - std::chrono::hours{24 * given.days};
  std::uint64_t bytes = 0, files = 0;
  std::vector<std::string> kept;
  for (const auto& each : old_files(at.paths, before, engine_runs)) {
    std::error_code failed;
    if (!given.dry && !fs::remove(each.path, failed)) {
      if (failed) // else somebody was faster
        kept.push_back(each.path.string() + ": " + failed.message());
      continue;
    }
    bytes += each.bytes;
    ++files;
    if (!flags.quiet && !flags.json())
      std::cout << (given.dry ? "would remove " : "removed ") << each.path.string() << "\n";
  }
  if (!kept.empty()) {
    std::string list;
    for (const auto& each : kept)
      list += "\n  " + each;
    return fail(flags,
                {"ERR_SYS_003", std::to_string(kept.size()) + " old files could not be removed" + list,
                 "give yourself write permission there, then run: paws-engine ctl cleanup"},
                {{"files", files}, {"freed_bytes", bytes}});
  }
  if (flags.json())
    print({{"environment", at.environment}, {"files", files}, {"freed_bytes", bytes}, {"dry_run", given.dry}});
  else if (!flags.quiet)
    std::cout << at.environment << ": " << files << " files, " << (bytes + 1023) / 1024 << " KiB "
              << (given.dry ? "could be freed" : "freed") << " (older than " << given.days
              << " days; data is never touched)" << std::endl;
  return 0;
}

} // namespace

void add_ctl_cleanup(CLI::App& parent, command_line& line) {
  auto given = std::make_shared<cleanup_flags>();
  auto* sub = parent.add_subcommand("cleanup", "Remove own old logs, reports and leftovers; says how much that freed");
  sub->add_option("--file", given->file, "Topology whose environment is meant");
  sub->add_option("--days", given->days, "Older than that many days (7)")->check(CLI::Range(0, 3650));
  auto* dry = sub->add_flag("--dry-run", given->dry, "Only say what would be removed");
  sub->add_flag("--etcd", given->etcd, "Instead: compact and defragment etcd, and take its alarm NOSPACE back")
      ->excludes(dry);
  sub->footer("Examples:\n  paws-engine ctl cleanup --dry-run\n  paws-engine ctl cleanup --etcd");
  sub->callback([&line, given] {
    line.flags.task = given->etcd ? "cleanup" : "";
    line.action = [&line, given] { return given->etcd ? defragment(line.flags, *given) : cleanup(line.flags, *given); };
  });
}

} // namespace paws::bin
