#include "runtimes/process/log_reader.hpp"

#include "logic/log_time.hpp"
#include "runtimes/process/keeper_files.hpp"
#include "runtimes/process/log_frame.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <filesystem>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace paws::process {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t head_bytes = 27;          // a frame's time: two files of one member never begin the same
constexpr std::size_t chunk_bytes = 256 * 1024; // of one read
constexpr std::size_t most_line = 64 * 1024;    // longer lines become several
constexpr int most_files = 16;                  // of one member, whatever its keeper was told
constexpr int most_looks = 5;                   // until a keeper rotates nothing in between

std::string head_of(int fd) {
  std::array<char, head_bytes> head{};
  const auto got = ::pread(fd, head.data(), head.size(), 0);
  std::string out(head.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  std::replace(out.begin(), out.end(), ' ', '_'); // a position is words
  return out;
}

// Said where lines are missing: they were written faster than anybody read them.
kept_line gap(const std::string& member, const std::string& behind, const std::string& before) {
  std::string_view time = before;
  return {member, logic::read_time(time).value_or(0), true,
          "paws-engine: lines of " + member + " may be missing: the files between the one that began at " + behind +
              " and the one that began at " + before + " were removed before they were read"};
}

// A file whose first frame is younger: later files have greater heads. What is not framed tells nothing.
bool begins_after(const std::string& head, const std::string& other) {
  return head.size() < head_bytes || other.size() < head_bytes || head[0] != '2' || head > other;
}

} // namespace

struct log_reader::log_file {
  int fd = -1;
  std::uint64_t inode = 0, size = 0;
  std::string head;
  int number = 0; // 0 = the one that is written to

  // In the last place before it is removed: older ones were.
  bool is_last() const { return number + 1 >= static_cast<int>(usual_log_files); }

  static log_file open(const std::string& path) {
    log_file out;
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
};

log_reader::place log_reader::read_position(const std::string& text) {
  place out;
  std::istringstream words{text};
  words >> out.inode >> out.offset >> out.head >> out.handed;
  return out;
}

std::string log_reader::position_of(const source& from) {
  const auto first = std::find_if(from.begun.begin(), from.begun.end(),
                                  [](const begun_line& line) { return line.open && !line.second; });
  const auto& at = first == from.begun.end() ? from.at : first->from;
  return std::to_string(at.inode) + " " + std::to_string(at.offset) + " " + at.head +
         (at.handed > 0 ? " " + std::to_string(at.handed) : "");
}

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

void log_reader::close_all(const std::vector<log_file>& files, const log_file* but) {
  for (const auto& each : files)
    if (&each != but)
      ::close(each.fd);
}

// Oldest first, as they stood at one moment.
std::vector<log_reader::log_file> log_reader::files_of(const std::string& member) const {
  const auto path = directory(member) + "member.log";
  const auto name = [&](int number) { return number == 0 ? path : path + "." + std::to_string(number); };
  std::vector<log_file> out;
  for (int look = 0; look < most_looks; ++look) {
    close_all(out, nullptr);
    out.clear();
    for (int number = most_files - 1; number >= 0; --number)
      if (auto found = log_file::open(name(number)); found.fd >= 0) {
        found.number = number;
        out.push_back(std::move(found));
      }
    // Renamed while they were opened: one may have been missed.
    const auto stayed = [&](const log_file& each) {
      struct stat now {};
      return ::stat(name(each.number).c_str(), &now) == 0 && now.st_ino == each.inode;
    };
    if (out.empty() || (stayed(out.front()) && stayed(out.back())))
      break;
  }
  return out;
}

// The file that `position` means; else the oldest that is newer, or the oldest of all to who knows nothing.
bool log_reader::open_at(const std::string& member, const std::string& position, source& into, log_batch& out) const {
  const auto wanted = read_position(position);
  const auto files = files_of(member);
  auto found = std::find_if(files.begin(), files.end(), [&](const log_file& each) {
    return each.inode == wanted.inode && each.size >= wanted.offset &&
           (wanted.head.empty() || each.head.starts_with(wanted.head));
  });
  const bool same = found != files.end();
  if (!same)
    found = std::find_if(files.begin(), files.end(), [&](const log_file& each) {
      return wanted.inode == 0 || begins_after(each.head, wanted.head);
    });
  close_all(files, found == files.end() ? nullptr : &*found);
  if (found == files.end())
    return false;
  into.fd = found->fd;
  into.at = {found->inode, same ? wanted.offset : 0, found->head, 0};
  into.skip = same ? wanted.handed : 0;
  if (!same && wanted.inode != 0 && found->is_last())
    out.lines.push_back(gap(member, wanted.head, found->head));
  return true;
}

// After a rotation: the file that was begun after `of`.
bool log_reader::open_next(const std::string& member, source& of, log_batch& out) const {
  const auto files = files_of(member);
  const auto mine =
      std::find_if(files.begin(), files.end(), [&](const log_file& each) { return each.inode == of.at.inode; });
  const auto next = mine != files.end() ? mine + 1 : std::find_if(files.begin(), files.end(), [&](const auto& each) {
    return begins_after(each.head, of.at.head);
  });
  close_all(files, next == files.end() ? nullptr : &*next);
  if (next == files.end())
    return false;
  if (mine == files.end() && next->is_last())
    out.lines.push_back(gap(member, of.at.head, next->head));
  ::close(of.fd);
  of.fd = next->fd;
  of.at = {next->inode, 0, next->head, 0};
  return true;
}

void log_reader::hand_out(const std::string& member, source& from, kept_line line, log_batch& out) {
  for (auto& other : from.begun) { // the line itself is no longer among them
    other.from.handed += other.open ? 1 : 0;
    other.second = false;
  }
  if (from.skip > 0) {
    --from.skip;
    return;
  }
  line.member = member;
  out.lines.push_back(std::move(line));
}

bool log_reader::read_file(const std::string& member, source& from, std::size_t most, log_batch& out) {
  struct stat now {};
  if (::fstat(from.fd, &now) != 0)
    return false;
  if (from.at.head.size() < head_bytes) // it was begun just now
    from.at.head = head_of(from.fd);
  const auto size = static_cast<std::uint64_t>(now.st_size);
  if (size < from.at.offset || (size > from.at.offset && head_of(from.fd) != from.at.head)) { // somebody emptied it
    from.at = {from.at.inode, 0, head_of(from.fd), 0};
    from.begun = {};
    from.skip = 0;
  }
  if (size <= from.at.offset)
    return false;
  buffer_.resize(chunk_bytes);
  const auto got = ::pread(from.fd, buffer_.data(), buffer_.size(), static_cast<off_t>(from.at.offset));
  if (got <= 0)
    return false;
  const auto changed_us = static_cast<std::int64_t>(now.st_mtim.tv_sec) * 1'000'000 + now.st_mtim.tv_nsec / 1000;
  std::string_view left{buffer_.data(), static_cast<std::size_t>(got)};
  const auto before = from.at.offset;
  const auto enough = out.lines.size() + most;
  while (out.lines.size() < enough) {
    const auto end = left.find('\n');
    if (end == std::string_view::npos)
      break;
    const auto part = unframe(left.substr(0, end));
    const auto text = part.text.substr(0, most_line);
    const auto at_us = part.at_us > 0 ? part.at_us : changed_us;
    auto& line = from.begun.at(part.err ? 1 : 0);
    if (line.open && line.text.size() + text.size() > most_line) {
      auto piece = std::exchange(line, {}).text;
      hand_out(member, from, {"", at_us, part.err, std::move(piece)}, out);
    }
    if (!line.open)
      line = {true, from.begun.at(part.err ? 0 : 1).open, {}, from.at};
    line.text += text;
    left.remove_prefix(end + 1);
    from.at.offset += end + 1;
    if (part.whole) {
      auto whole = std::exchange(line, {}).text;
      hand_out(member, from, {"", at_us, part.err, std::move(whole)}, out);
    }
  }
  if (from.at.offset == before && left.size() == buffer_.size()) { // an endless line that nobody framed
    from.at.offset += left.size();
    hand_out(member, from, {"", changed_us, false, std::string{left.substr(0, most_line)}}, out);
  }
  return from.at.offset != before;
}

void log_reader::read_member(const std::string& member, const std::string& position, std::uint32_t most,
                             log_batch& out) {
  auto& from = sources_[member];
  if (from.fd >= 0 && position != from.position) { // asked from somewhere else
    ::close(from.fd);
    from = {};
  }
  const auto before = out.lines.size();
  if (from.fd < 0 && !open_at(member, position, from, out))
    return;
  const auto taken = [&] { return out.lines.size() - before; };
  struct stat now {};
  for (;;) {
    while (taken() < most && read_file(member, from, most - taken(), out))
      ;
    if (taken() >= most)
      break;
    // At its end: is it still the one that is written to? What was written before it was rotated comes first.
    if (::stat((directory(member) + "member.log").c_str(), &now) != 0 || now.st_ino == from.at.inode)
      break;
    if (read_file(member, from, most - taken(), out))
      continue;
    if (!open_next(member, from, out))
      break;
  }
  out.more = out.more || taken() >= most;
  from.position = position_of(from);
  out.positions[member] = from.position;
}

} // namespace paws::process
