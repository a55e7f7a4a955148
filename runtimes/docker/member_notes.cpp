#include "runtimes/docker/member_notes.hpp"

#include <filesystem>
#include <fstream>

namespace paws::docker {

namespace fs = std::filesystem;

member_note& member_notes::at(const std::string& member) {
  const auto [found, is_new] = notes_.try_emplace(member);
  if (is_new) {
    std::ifstream file{directory_ + "/" + member + ".stopped"};
    std::getline(file, found->second.stopped_life);
  }
  return found->second;
}

member_note member_notes::of(const std::string& member) {
  const std::lock_guard lock{mutex_};
  return at(member);
}

void member_notes::created(const std::string& member, bool fresh_data, std::vector<std::string> unsupported) {
  const std::lock_guard lock{mutex_};
  auto& note = at(member);
  note.fresh_data = fresh_data;
  note.unsupported = std::move(unsupported);
}

void member_notes::stop_asked(const std::string& member, const std::string& life) {
  const std::lock_guard lock{mutex_};
  auto& note = at(member);
  if (note.stopped_life == life)
    return;
  note.stopped_life = life;
  std::error_code failed;
  fs::create_directories(directory_, failed);
  const auto path = directory_ + "/" + member + ".stopped";
  std::ofstream{path + ".new", std::ios::trunc} << life << '\n';
  fs::rename(path + ".new", path, failed);
}

void member_notes::removed(const std::string& member) {
  const std::lock_guard lock{mutex_};
  notes_.erase(member);
  std::error_code ignored;
  fs::remove(directory_ + "/" + member + ".stopped", ignored);
  fs::remove(directory_, ignored); // the last one's
}

std::uint64_t member_notes::disk_bytes(const std::string& member) {
  const std::lock_guard lock{mutex_};
  const auto found = disk_bytes_.find(member);
  return found == disk_bytes_.end() ? 0 : found->second;
}

void member_notes::counted(std::map<std::string, std::uint64_t> disk_bytes) {
  const std::lock_guard lock{mutex_};
  disk_bytes_ = std::move(disk_bytes);
}

} // namespace paws::docker
