#include "runtimes/process/keeper/log_pump.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace paws::process {

namespace {

// Longer lines are written in pieces: a member that never ends a line must not fill the memory.
constexpr std::size_t piece_bytes = 16 * 1024;
constexpr std::size_t read_bytes = 64 * 1024;    // a pipe's capacity
constexpr std::size_t pending_bytes = 64 * 1024; // finished lines that are written together
// More than any pipe can hold (the kernel lets a user have 1 MiB): a drain ends although somebody goes on writing.
constexpr int most_reads = 64;
constexpr mode_t log_mode = 0640;

// "2025-11-27T14:32:15.123456Z"
std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() % 1'000'000;
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> date{};
  const auto length = std::strftime(date.data(), date.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 16> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%06ldZ", static_cast<long>(us));
  return std::string{date.data(), length} + fraction.data();
}

} // namespace

log_pump::log_pump(std::string directory, std::uint64_t file_bytes, std::uint32_t files)
    : directory_{std::move(directory)},
      path_{directory_ + "/member.log"},
      file_bytes_{file_bytes},
      files_{files},
      room_(read_bytes) {
  open();
}

log_pump::~log_pump() {
  if (fd_ >= 0)
    ::close(fd_);
}

void log_pump::open() {
  // O_NONBLOCK: somebody who put a named pipe in its place shall not hold the keeper.
  fd_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, log_mode);
  struct stat found {};
  if (fd_ >= 0 && (::fstat(fd_, &found) != 0 || !S_ISREG(found.st_mode))) {
    ::close(fd_);
    fd_ = -1;
  }
  if (fd_ >= 0)
    ::fchmod(fd_, log_mode); // whatever the umask
  written_bytes_ = fd_ >= 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
  // A keeper that was killed may have left half a line: the next one must not be appended to it.
  char last = '\n';
  if (written_bytes_ > 0 && ::pread(fd_, &last, 1, found.st_size - 1) == 1 && last != '\n' &&
      ::write(fd_, "\n", 1) == 1)
    ++written_bytes_;
}

void log_pump::rotate() {
  if (fd_ >= 0)
    ::close(fd_);
  for (auto number = files_ > 1 ? files_ - 1 : 0; number > 1; --number)
    ::rename((path_ + "." + std::to_string(number - 1)).c_str(), (path_ + "." + std::to_string(number)).c_str());
  if (files_ > 1)
    ::rename(path_.c_str(), (path_ + ".1").c_str());
  else
    ::unlink(path_.c_str());
  open();
}

log_pump::source log_pump::pump(stream from, int fd) {
  ssize_t got = 0;
  do
    got = ::read(fd, room_.data(), room_.size());
  while (got < 0 && errno == EINTR);
  if (got <= 0)
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? source::dry : source::over;
  stamp_ = now_text();
  take(from, {room_.data(), static_cast<std::size_t>(got)});
  write_out();
  return source::more;
}

void log_pump::drain(stream from, int fd) {
  for (int reads = 0; reads < most_reads && pump(from, fd) == source::more;)
    ++reads;
}

void log_pump::take(stream from, std::string_view text) {
  auto& begun = begun_.at(static_cast<std::size_t>(from));
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto part = text.substr(0, std::min({end, text.size(), piece_bytes - begun.size()}));
    begun += part;
    text.remove_prefix(part.size());
    const bool whole = !text.empty() && text[0] == '\n';
    if (!whole && begun.size() < piece_bytes)
      continue; // `text` is used up
    if (whole)
      text.remove_prefix(1);
    add(from, begun, whole);
    begun.clear();
  }
}

void log_pump::add(stream from, std::string_view line, bool whole) {
  constexpr std::size_t frame_bytes = 11; // " stdout F " and the line's end
  const auto size = stamp_.size() + frame_bytes + line.size();
  const auto filled = written_bytes_ + pending_.size();
  const bool full = filled > 0 && filled + size > file_bytes_;
  if (full || pending_.size() + size > pending_bytes)
    write_out();
  if (full && written_bytes_ > 0)
    rotate();
  pending_ += stamp_;
  pending_ += from == stream::out ? " stdout " : " stderr ";
  pending_ += whole ? "F " : "P ";
  pending_ += line;
  pending_ += '\n';
}

void log_pump::note(const std::string& text) {
  stamp_ = now_text();
  add(stream::err, "paws-keeper: " + text, true);
  write_out();
}

void log_pump::flush() {
  stamp_ = now_text();
  for (const auto from : {stream::out, stream::err})
    if (auto& begun = begun_.at(static_cast<std::size_t>(from)); !begun.empty())
      add(from, std::exchange(begun, {}), true);
  write_out();
}

// How many bytes of `pending_` are in the file now.
std::size_t log_pump::write_some() {
  std::size_t at = 0;
  while (fd_ >= 0 && at < pending_.size()) {
    const auto sent = ::write(fd_, pending_.data() + at, pending_.size() - at);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      break;
    at += static_cast<std::size_t>(sent);
  }
  if (at == pending_.size())
    return at;
  // A line that only half fitted is taken back: the next one must not be appended to it.
  const auto end = at > 0 ? pending_.rfind('\n', at - 1) : std::string::npos;
  const auto kept = end == std::string::npos ? 0 : end + 1;
  if (fd_ >= 0 && kept < at && ::ftruncate(fd_, static_cast<off_t>(written_bytes_ + kept)) != 0)
    return at;
  return kept;
}

void log_pump::write_out() {
  if (pending_.empty())
    return;
  if (fd_ < 0)
    open(); // it may have become possible again
  const bool owning_up = dropped_lines_ > 0;
  if (owning_up)
    pending_.insert(0, now_text() + " stderr F paws-keeper: " + std::to_string(dropped_lines_) +
                           " lines could not be written and are lost\n");
  const auto kept = write_some();
  written_bytes_ += kept;
  if (owning_up && kept > 0)
    dropped_lines_ = 0;
  auto lost = std::count(pending_.begin() + static_cast<std::ptrdiff_t>(kept), pending_.end(), '\n');
  if (owning_up && kept == 0)
    --lost; // the note itself
  dropped_lines_ += static_cast<std::uint64_t>(lost);
  pending_.clear();
}

} // namespace paws::process
