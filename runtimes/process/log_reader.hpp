// Reads what keepers wrote of their members' output, across rotations. Blocking; used from one thread.
#pragma once

#include "messages/all.hpp"

#include <map>
#include <string>
#include <vector>

namespace paws::process {

/// A position is "<inode> <offset> <head>": how far a file was read, and the first bytes of it, so that another file
/// with the same inode number is not taken for it.
class log_reader {
public:
  explicit log_reader(std::string members_dir) : members_dir_{std::move(members_dir)} {}
  log_reader(const log_reader&) = delete;
  log_reader& operator=(const log_reader&) = delete;
  ~log_reader();

  log_batch read(const log_positions& from, std::uint32_t most_lines);

private:
  struct source {
    int fd = -1; // stays open: what is rotated away can still be read to its end
    std::uint64_t inode = 0;
    std::uint64_t offset = 0; // behind the last complete line
    std::string head;
  };
  std::string directory(const std::string& member) const;
  void read_member(const std::string& member, const std::string& position, std::uint32_t most, log_batch& out);
  bool open_at(const std::string& member, const std::string& position, source& into) const;
  bool open_next(const std::string& member, source& of) const;
  /// Adds complete lines; false when nothing more is in this file for now.
  bool read_file(const std::string& member, source& from, std::uint32_t most, log_batch& out);

  std::string members_dir_;
  std::map<std::string, source> sources_;
  std::vector<char> buffer_;
};

} // namespace paws::process
