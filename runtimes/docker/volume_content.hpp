// What is put into a volume: directories and files of one owner, as an archive for the engine, or at once where the
// volume lies on this machine.
#pragma once

#include "logic/member_spec.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace paws::docker {

class volume_content {
public:
  /// `top`: where the container sees the volume. Everything belongs to user and group `owner`.
  volume_content(std::string top, std::uint32_t owner) : top_{std::move(top)}, owner_{owner} {}

  /// With those above it, each once, before what is in it; nothing when it is not in this volume.
  void directory(const std::string& path);
  /// `path` exists and stays as it is.
  void there(const std::string& path) { known_.insert(path); }
  void file(const logic::config_file& what);

  bool empty() const { return entries_.empty(); }
  const std::string& top() const { return top_; }
  /// The first of it, as the container sees it.
  std::string first() const { return top_ + "/" + entries_.front().path; }
  std::string archive() const;
  /// Fills the volume that lies at `mountpoint`, when it is an empty directory of this machine and this user may: a
  /// tenth of what the engine needs for an archive. False: it has to be given to the engine. Only for volumes that no
  /// container has used yet: what is in others may lead anywhere.
  bool fill(const std::string& mountpoint) const;

private:
  struct entry {
    std::string path; // below top_
    std::uint32_t mode;
    bool is_directory;
    std::string content;
  };

  std::string top_;
  std::uint32_t owner_;
  std::set<std::string> known_;
  std::vector<entry> entries_;
};

} // namespace paws::docker
