#include "runtimes/process/log_reader.hpp"

#include "runtimes/process/log_frame.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace paws::process {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t head_bytes = 27;          // a frame's time: two files of one member never begin the same
constexpr std::size_t chunk_bytes = 256 * 1024; // of one read
constexpr std::size_t most_line = 64 * 1024;    // longer lines are cut
constexpr std::array<const char*, 3> oldest_first{"member.log.2", "member.log.1", "member.log"};

struct file {
  int fd = -1;
  std::uint64_t inode = 0, size = 0;
  std::string head;
};

std::string head_of(int fd) {
  std::array<char, head_bytes> head{};
  const auto got = ::pread(fd, head.data(), head.size(), 0);
  std::string out(head.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  std::replace(out.begin(), out.end(), ' ', '_'); // a position is words
  return out;
}

file open_file(const std::string& path) {
  file out;
  out.fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  struct stat about {};
  if (out.fd < 0 || ::fstat(out.fd, &about) != 0 || !S_ISREG(about.st_mode)) {
    if (out.fd >= 0)
      ::close(out.fd);
    return {};
  }
  out.inode = about.st_ino;
  out.size = static_cast<std::uint64_t>(about.st_size);
  out.head = head_of(out.fd);
  return out;
}

std::string position_of(std::uint64_t inode, std::uint64_t offset, const std::string& head) {
  return std::to_string(inode) + " " + std::to_string(offset) + " " + head;
}

struct place {
  std::uint64_t inode = 0, offset = 0;
  std::string head;
};

place read_position(const std::string& text) {
  place out;
  const auto* end = text.data() + text.size();
  auto at = std::from_chars(text.data(), end, out.inode);
  if (at.ec == std::errc{} && at.ptr != end)
    at = std::from_chars(at.ptr + 1, end, out.offset);
  if (at.ec == std::errc{} && at.ptr != end)
    out.head.assign(at.ptr + 1, end);
  return out;
}

} // namespace

log_reader::~log_reader() {
  for (const auto& [member, from] : sources_)
    if (from.fd >= 0)
      ::close(from.fd);
}

std::string log_reader::directory(const std::string& member) const {
  return members_dir_ + "/" + member + "/log/";
}

log_batch log_reader::read(const log_positions& from, std::uint32_t most_lines) {
  log_batch out;
  out.positions = from;
  std::vector<std::string> members;
  std::error_code failed;
  for (fs::directory_iterator at{members_dir_, failed}, end; !failed && at != end; at.increment(failed))
    members.push_back(at->path().filename().string());
  std::sort(members.begin(), members.end());
  // An equal share for each, so that one who talks much does not silence the others; what they leave is for him.
  const auto share = static_cast<std::uint32_t>(most_lines / std::max<std::size_t>(members.size(), 1) + 1);
  std::vector<std::string> unfinished;
  for (const auto& member : members) {
    const auto known = from.find(member);
    const auto before = out.lines.size();
    read_member(member, known == from.end() ? "" : known->second, share, out);
    if (out.lines.size() - before >= share)
      unfinished.push_back(member);
  }
  for (const auto& member : unfinished)
    if (out.lines.size() < most_lines)
      read_member(member, out.positions[member], static_cast<std::uint32_t>(most_lines - out.lines.size()), out);
  return out;
}

// The file that `position` means, else the oldest that is there: it is new to us, or what we read is gone.
bool log_reader::open_at(const std::string& member, const std::string& position, source& into) const {
  const auto wanted = read_position(position);
  std::optional<file> best;
  for (const auto* name : oldest_first) {
    auto found = open_file(directory(member) + name);
    if (found.fd < 0)
      continue;
    const bool same = found.inode == wanted.inode && found.size >= wanted.offset &&
                      (wanted.head.empty() || found.head.starts_with(wanted.head));
    if (same || !best) {
      if (best)
        ::close(best->fd);
      best = found;
    } else {
      ::close(found.fd);
    }
    if (same) {
      into = {found.fd, found.inode, wanted.offset, found.head};
      return true;
    }
  }
  if (!best)
    return false;
  into = {best->fd, best->inode, 0, best->head};
  return true;
}

// After a rotation: the file that was begun after `of`.
bool log_reader::open_next(const std::string& member, source& of) const {
  std::vector<file> files;
  for (const auto* name : oldest_first)
    if (auto found = open_file(directory(member) + name); found.fd >= 0)
      files.push_back(found);
  auto next = files.end();
  const auto mine = std::find_if(files.begin(), files.end(), [&](const file& each) { return each.inode == of.inode; });
  if (mine == files.end())
    next = files.begin(); // it is gone: whatever is left is newer
  else if (mine + 1 != files.end())
    next = mine + 1;
  const bool found = next != files.end();
  if (found) {
    ::close(of.fd);
    of = {next->fd, next->inode, 0, next->head};
  }
  for (auto at = files.begin(); at != files.end(); ++at)
    if (at != next)
      ::close(at->fd);
  return found;
}

bool log_reader::read_file(const std::string& member, source& from, std::uint32_t most, log_batch& out) {
  struct stat now {};
  if (::fstat(from.fd, &now) != 0 || static_cast<std::uint64_t>(now.st_size) <= from.offset)
    return false;
  buffer_.resize(chunk_bytes);
  const auto got = ::pread(from.fd, buffer_.data(), buffer_.size(), static_cast<off_t>(from.offset));
  if (got <= 0)
    return false;
  std::string_view left{buffer_.data(), static_cast<std::size_t>(got)};
  const bool full = left.size() == buffer_.size();
  std::string begun;
  std::uint64_t used = 0, done = 0; // bytes looked at; bytes of complete lines
  std::uint32_t lines = 0;
  while (lines < most) {
    const auto end = left.find('\n');
    if (end == std::string_view::npos)
      break;
    const auto part = unframe(left.substr(0, end));
    left.remove_prefix(end + 1);
    used += end + 1;
    begun.append(part.text.substr(0, most_line - std::min(begun.size(), most_line)));
    if (!part.whole)
      continue;
    out.lines.push_back({member, part.at_us, part.err, std::exchange(begun, {})});
    done = used;
    ++lines;
  }
  if (done == 0 && full) { // a line longer than a whole chunk: what is there of it must do
    out.lines.push_back({member, 0, false, begun.empty() ? std::string{left.substr(0, most_line)} : begun});
    done = used > 0 ? used : static_cast<std::uint64_t>(got);
  }
  from.offset += done;
  if (from.head.size() < head_bytes) // it was begun just now
    from.head = head_of(from.fd);
  return done > 0;
}

void log_reader::read_member(const std::string& member, const std::string& position, std::uint32_t most,
                             log_batch& out) {
  auto& from = sources_[member];
  if (from.fd >= 0 && position != position_of(from.inode, from.offset, from.head)) { // asked from somewhere else
    ::close(from.fd);
    from = {};
  }
  if (from.fd < 0 && !open_at(member, position, from))
    return;
  const auto before = out.lines.size();
  const auto taken = [&] { return static_cast<std::uint32_t>(out.lines.size() - before); };
  struct stat now {};
  for (;;) {
    while (taken() < most && read_file(member, from, most - taken(), out))
      ;
    if (taken() >= most)
      break;
    // At its end: is it still the one that is written to? What was written before it was rotated comes first.
    if (::stat((directory(member) + "member.log").c_str(), &now) != 0 || now.st_ino == from.inode)
      break;
    if (read_file(member, from, most - taken(), out))
      continue;
    if (!open_next(member, from))
      break;
  }
  out.more = out.more || taken() >= most;
  out.positions[member] = position_of(from.inode, from.offset, from.head);
}

} // namespace paws::process
