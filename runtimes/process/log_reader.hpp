// Reads what keepers wrote of their members' output, across rotations. Blocking; used from one thread.
#pragma once

#include "messages/all.hpp"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace paws::process {

/// A position is "<inode> <offset> <head> <handed>": how far a file was read, the first bytes of it, so that another
/// file with the same inode number is not taken for it, and how many lines behind that offset were handed out already:
/// some, while a long line of the other stream is still being written in pieces.
class log_reader {
public:
  explicit log_reader(std::string members_dir) : members_dir_{std::move(members_dir)} {}
  log_reader(const log_reader&) = delete;
  log_reader& operator=(const log_reader&) = delete;
  ~log_reader();

  log_batch read(const log_positions& from, std::uint32_t most_lines);

private:
  struct place {
    std::uint64_t inode = 0, offset = 0;
    std::string head;
    std::uint64_t handed = 0; // lines behind `offset` that were handed out
  };
  /// A line of which only pieces are there yet.
  struct begun_line {
    bool open = false;
    bool second = false; // the other stream's began before
    std::string text;
    place from; // of its first piece
  };
  struct source {
    int fd = -1;                     // stays open: what is rotated away can still be read to its end
    place at;                        // behind the last frame that was read
    std::array<begun_line, 2> begun; // of stdout and of stderr
    std::uint64_t skip = 0;          // lines that an earlier reader handed out
    std::string position;            // what was answered last
  };
  struct log_file;
  static place read_position(const std::string& text);
  static std::string position_of(const source& from);
  static void close_all(const std::vector<log_file>& files, const log_file* but);
  std::string directory(const std::string& member) const;
  std::vector<log_file> files_of(const std::string& member) const;
  void read_member(const std::string& member, const std::string& position, std::uint32_t most, log_batch& out);
  bool open_at(const std::string& member, const std::string& position, source& into, log_batch& out) const;
  bool open_next(const std::string& member, source& of, log_batch& out) const;
  static void hand_out(const std::string& member, source& from, kept_line line, log_batch& out);
  /// Adds complete lines; false when nothing more is in this file for now.
  bool read_file(const std::string& member, source& from, std::size_t most, log_batch& out);

  std::string members_dir_;
  std::map<std::string, source> sources_;
  std::vector<char> buffer_;
};

} // namespace paws::process
