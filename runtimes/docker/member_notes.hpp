// What the engine remembers of a member's container that the container engine does not know.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace paws::docker {

struct member_note {
  std::string stopped_life; // that somebody asked to end
  bool fresh_data = false;
  std::vector<std::string> unsupported;
};

/// Of all members, for all threads. What somebody asked to end is kept in a file, so that a later engine knows it.
class member_notes {
public:
  /// `directory`: one file per member; made when the first is written.
  explicit member_notes(std::string directory) : directory_{std::move(directory)} {}

  member_note of(const std::string& member);
  void created(const std::string& member, bool fresh_data, std::vector<std::string> unsupported);
  void stop_asked(const std::string& member, const std::string& life);
  void removed(const std::string& member);
  /// What its volumes take, as counted last; 0 = not known yet.
  std::uint64_t disk_bytes(const std::string& member);
  void counted(std::map<std::string, std::uint64_t> disk_bytes);

private:
  member_note& at(const std::string& member);

  std::string directory_;
  std::mutex mutex_;
  std::map<std::string, member_note> notes_;
  std::map<std::string, std::uint64_t> disk_bytes_;
};

} // namespace paws::docker
