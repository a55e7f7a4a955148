#include "bin/cleanup.hpp"

#include <algorithm>
#include <string>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;

// Files in `directory`, not deeper, whose name `wanted` accepts.
template <class Wanted>
void gather(const fs::path& directory, fs::file_time_type before, Wanted wanted, std::vector<old_file>& into) {
  std::error_code failed;
  for (fs::directory_iterator at{directory, failed}, end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;
    if (!fs::is_regular_file(at->symlink_status(gone)) || !wanted(at->path().filename().string()))
      continue;
    const auto written = fs::last_write_time(at->path(), gone);
    const auto bytes = at->file_size(gone);
    if (!gone && written < before)
      into.push_back({at->path(), bytes});
  }
}

bool is_segment(const std::string& name) {
  return name.find(".db") != std::string::npos && !name.ends_with(".damaged");
}

// What was moved out of the way: by the rotation of a file that goes on, or because it was damaged.
bool is_put_aside(const std::string& name) {
  return name.starts_with("state.json.damaged-") || name.starts_with("engine.log.") ||
         name.starts_with("journal.jsonl.");
}

} // namespace

std::vector<old_file> old_files(const environment_paths& paths, fs::file_time_type before, bool engine_runs) {
  std::vector<old_file> out;
  const fs::path base = paths.directory;
  const auto all = [](const std::string&) { return true; };
  const auto damaged = [](const std::string& name) { return name.ends_with(".damaged"); };
  const auto rotated = [](const std::string& name) { return name.starts_with("member.log."); };
  gather(base, before, is_put_aside, out);
  gather(base / "reports", before, all, out);
  gather(paths.drills, before, all, out);
  gather(base / "logs", before, damaged, out);
  std::error_code failed;
  for (fs::directory_iterator at{base / "members", failed}, end; !failed && at != end; at.increment(failed))
    gather(at->path() / "log", before, rotated, out);
  if (engine_runs)
    return out;
  std::string newest;
  for (fs::directory_iterator at{base / "logs", failed}, end; !failed && at != end; at.increment(failed))
    if (at->path().extension() == ".db")
      newest = std::max(newest, at->path().filename().string());
  const auto older = [&](const std::string& name) { return is_segment(name) && !name.starts_with(newest); };
  gather(base / "logs", before, older, out);
  return out;
}

} // namespace paws::bin
