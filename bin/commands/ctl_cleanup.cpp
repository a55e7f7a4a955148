// ctl cleanup: removes what an environment has left behind and nobody needs any more. Never data, never what is in use.
#include "bin/commands/command.hpp"
#include "bin/engine_process.hpp"
#include "bin/target.hpp"

#include <algorithm>
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
};

struct found_file {
  fs::path path;
  std::uint64_t bytes = 0;
};

// Files below `directory`, not deeper, whose name `wanted` accepts.
template <class Wanted>
void look(const fs::path& directory, fs::file_time_type before, Wanted wanted, std::vector<found_file>& into) {
  std::error_code failed;
  for (fs::directory_iterator at{directory, failed}, end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;
    if (!at->is_regular_file(gone) || at->is_symlink(gone) || !wanted(at->path().filename().string()))
      continue;
    const auto written = fs::last_write_time(at->path(), gone);
    const auto bytes = at->file_size(gone);
    if (!gone && written < before)
      into.push_back({at->path(), bytes});
  }
}

std::vector<found_file> old_files(const environment_paths& paths, fs::file_time_type before, bool engine_runs) {
  std::vector<found_file> out;
  const fs::path base = paths.directory;
  look(
      base, before, [](const std::string& name) { return name.starts_with("state.json.damaged-"); }, out);
  look(
      base / "reports", before, [](const std::string&) { return true; }, out);
  look(
      base / "logs", before, [](const std::string& name) { return name.ends_with(".damaged"); }, out);
  std::error_code failed;
  for (fs::directory_iterator at{base / "members", failed}, end; !failed && at != end; at.increment(failed))
    look(
        at->path() / "log", before, [](const std::string& name) { return name.starts_with("member.log."); }, out);
  if (engine_runs) // it removes old segments of the collected logs by itself
    return out;
  std::vector<found_file> segments;
  look(
      base / "logs", before, [](const std::string& name) { return name.find(".db") != std::string::npos; }, segments);
  std::string newest;
  for (fs::directory_iterator at{base / "logs", failed}, end; !failed && at != end; at.increment(failed))
    if (at->path().extension() == ".db")
      newest = std::max(newest, at->path().filename().string());
  for (const auto& each : segments)
    if (!each.path.filename().string().starts_with(newest)) // it knows how far the logs were read
      out.push_back(each);
  return out;
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
  for (const auto& each : old_files(at.paths, before, engine_runs)) {
    std::error_code failed;
    if (!given.dry && !fs::remove(each.path, failed))
      continue;
    bytes += each.bytes;
    ++files;
    if (!flags.quiet && !flags.json())
      std::cout << (given.dry ? "would remove " : "removed ") << each.path.string() << "\n";
  }
  if (flags.json())
    print({{"environment", at.environment}, {"files", files}, {"bytes", bytes}, {"dry_run", given.dry}});
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
  sub->add_flag("--dry-run", given->dry, "Only say what would be removed");
  sub->footer("Example:\n  paws-engine ctl cleanup --dry-run");
  sub->callback([&line, given] { line.action = [&line, given] { return cleanup(line.flags, *given); }; });
}

} // namespace paws::bin
