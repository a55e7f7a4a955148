#include "runtimes/process/keeper/log_pump.hpp"

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
constexpr std::size_t read_bytes = 64 * 1024; // a pipe's capacity

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
    : directory_{std::move(directory)}, path_{directory_ + "/member.log"}, file_bytes_{file_bytes}, files_{files} {
  open();
}

log_pump::~log_pump() {
  if (fd_ >= 0)
    ::close(fd_);
}

void log_pump::open() {
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
  struct stat found {};
  written_bytes_ = fd_ >= 0 && ::fstat(fd_, &found) == 0 ? static_cast<std::uint64_t>(found.st_size) : 0;
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

bool log_pump::pump(stream from, int fd) {
  std::array<char, read_bytes> some{};
  for (;;) {
    const auto got = ::read(fd, some.data(), some.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got > 0) {
      take(from, {some.data(), static_cast<std::size_t>(got)});
      continue;
    }
    write_out();
    return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
}

void log_pump::take(stream from, std::string_view text) {
  auto& begun = begun_.at(static_cast<std::size_t>(from));
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto room = piece_bytes - begun.size();
    const auto part = text.substr(0, std::min(end == std::string_view::npos ? text.size() : end, room));
    begun += part;
    text.remove_prefix(part.size());
    if (!text.empty() && text[0] == '\n') {
      text.remove_prefix(1);
      add(from, begun, true);
      begun.clear();
    } else if (begun.size() == piece_bytes) {
      add(from, begun, false);
      begun.clear();
    }
  }
  if (pending_.size() > read_bytes)
    write_out();
}

void log_pump::add(stream from, std::string_view line, bool whole) {
  pending_ += now_text();
  pending_ += from == stream::out ? " stdout " : " stderr ";
  pending_ += whole ? "F " : "P ";
  pending_ += line;
  pending_ += '\n';
  ++pending_lines_;
}

void log_pump::flush() {
  for (const auto from : {stream::out, stream::err})
    if (auto& begun = begun_.at(static_cast<std::size_t>(from)); !begun.empty())
      add(from, std::exchange(begun, {}), true);
  write_out();
}

void log_pump::write_out() {
  if (pending_.empty())
    return;
  if (written_bytes_ > 0 && written_bytes_ + pending_.size() > file_bytes_)
    rotate();
  if (fd_ < 0)
    open(); // it may have become possible again
  if (dropped_lines_ > 0 && fd_ >= 0) {
    const auto note = now_text() + " stderr F paws-keeper: " + std::to_string(dropped_lines_) +
                      " lines could not be written and are lost\n";
    pending_.insert(0, note);
  }
  std::size_t at = 0;
  while (fd_ >= 0 && at < pending_.size()) {
    const auto sent = ::write(fd_, pending_.data() + at, pending_.size() - at);
    if (sent < 0 && errno == EINTR)
      continue;
    if (sent <= 0)
      break;
    at += static_cast<std::size_t>(sent);
  }
  written_bytes_ += at;
  dropped_lines_ = at == pending_.size() ? 0 : dropped_lines_ + pending_lines_;
  pending_.clear();
  pending_lines_ = 0;
}

} // namespace paws::process
