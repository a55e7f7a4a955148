// What a member writes to stdout and stderr, line by line with its time, into a file that is rotated by size. A full
// disk never stops the member: lines are dropped, counted, and owned up to as soon as there is room.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace paws::process {

class log_pump {
public:
  /// Writes <directory>/member.log; beyond `file_bytes` it becomes member.log.1 and so on, `files` in all.
  log_pump(std::string directory, std::uint64_t file_bytes, std::uint32_t files);
  ~log_pump();
  log_pump(const log_pump&) = delete;
  log_pump& operator=(const log_pump&) = delete;

  enum class stream : std::uint8_t { out, err };
  enum class source : std::uint8_t { more, dry, over };

  /// Reads once from `fd` (non-blocking). `more`: there may be more; `dry`: nothing now; `over`: its end was reached.
  source pump(stream from, int fd);
  /// Reads all that `fd` holds, up to its end or until nobody has written anything new.
  void drain(stream from, int fd);
  /// A line of the keeper's own.
  void note(const std::string& text);
  /// Writes begun lines that have no end.
  void flush();

private:
  void take(stream from, std::string_view text);
  void add(stream from, std::string_view line, bool whole);
  void write_out();
  std::size_t write_some();
  void open();
  void rotate();

  std::string directory_;
  std::string path_;
  std::uint64_t file_bytes_;
  std::uint32_t files_;
  int fd_ = -1;
  std::uint64_t written_bytes_ = 0; // of the current file
  std::uint64_t dropped_lines_ = 0;
  std::array<std::string, 2> begun_; // a line that has no end yet, by stream
  std::string stamp_;                // the time of what was read last
  std::string pending_;              // finished lines, to be written together
  std::vector<char> room_;           // what is read lands here
};

} // namespace paws::process
