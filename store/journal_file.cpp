#include "store/journal_file.hpp"

#include "store/event_line.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::store {

using topology::failure;

namespace {

// How far from the end the last whole event is sought: what a crash can leave behind it is far less.
constexpr std::size_t tail_bytes = 4UL * 1024 * 1024;
constexpr std::size_t chunk_bytes = 256UL * 1024;

static_assert(tail_bytes > 2 * event_line_bytes, "the last line and a torn one after it always fit");

failure no_journal(const std::string& path, const std::string& why) {
  return {"ERR_SYS_003", path + " is no journal: " + why, "move it away; a new one is begun then"};
}

bool read_at(int fd, std::size_t offset, char* into, std::size_t size) {
  while (size > 0) {
    const auto got = ::pread(fd, into, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return false;
    offset += static_cast<std::size_t>(got);
    into += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

struct file_end {
  std::size_t size = 0;          // up to the end of the last whole event
  std::uint64_t last_seq = 0;    // 0 = the file holds none
  std::size_t bytes_on_disk = 0; // beyond `size`: what a crash left
};

// Where the last whole event of a file ends.
std::variant<file_end, failure> examine(int fd, const std::string& path) {
  struct stat found {};
  if (::fstat(fd, &found) != 0)
    return file_failure(path, "examined", errno);
  file_end out;
  out.bytes_on_disk = static_cast<std::size_t>(found.st_size);
  const auto begin = out.bytes_on_disk > tail_bytes ? out.bytes_on_disk - tail_bytes : 0;
  std::string tail(out.bytes_on_disk - begin, '\0');
  if (!read_at(fd, begin, tail.data(), tail.size()))
    return file_failure(path, "read", errno);
  const std::string_view all{tail};
  for (auto end = all.rfind('\n'); end != std::string_view::npos && end > 0;) {
    const auto before = all.rfind('\n', end - 1);
    const auto first = before == std::string_view::npos ? 0 : before + 1;
    if (const auto event = event_of(all.substr(first, end - first)); event && (first > 0 || begin == 0)) {
      out.size = begin + end + 1;
      out.last_seq = event->seq;
      return out;
    }
    end = before;
  }
  if (begin > 0 || !is_torn_line(all))
    return no_journal(path, "there is no event near its end");
  return out;
}

// Calls `use` with each line of the file, without its newline, until that answers false. Lines that are too long to
// be events, and a last line without an end, are passed by.
template <typename Use>
std::optional<failure> for_each_line(const std::string& path, Use use) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
  if (!file)
    return errno == ENOENT ? std::nullopt : std::optional{file_failure(path, "opened", errno)};
  std::string held;
  std::string piece(chunk_bytes, '\0');
  for (bool skipping = false;;) {
    const auto got = ::read(file.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return file_failure(path, "read", errno);
    if (got == 0)
      return std::nullopt;
    std::string_view rest{piece.data(), static_cast<std::size_t>(got)};
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      held.append(rest.substr(0, end));
      rest.remove_prefix(end + 1);
      if (!std::exchange(skipping, false) && !use(std::string_view{held}))
        return std::nullopt;
      held.clear();
    }
    if (skipping || held.size() + rest.size() > event_line_bytes) {
      skipping = true;
      held.clear();
    } else {
      held.append(rest);
    }
  }
}

} // namespace

std::variant<journal_file, failure> journal_file::open(const std::string& path, std::size_t most_bytes) {
  journal_file out{path, most_bytes};
  const auto parent = std::filesystem::path{path}.parent_path().string();
  if (auto failed = parent.empty() ? std::nullopt : make_directories(parent))
    return *failed;
  if (auto failed = out.open_current())
    return *failed;
  if (auto failed = out.find_end())
    return *failed;
  return out;
}

std::optional<failure> journal_file::open_current() {
  auto opened = open_plain(path_, O_RDWR | O_CREAT | O_APPEND);
  if (const auto* why = std::get_if<failure>(&opened))
    return *why;
  file_ = std::get<descriptor>(std::move(opened));
  return std::nullopt;
}

std::optional<failure> journal_file::find_end() {
  auto found = examine(file_.get(), path_);
  if (const auto* why = std::get_if<failure>(&found))
    return *why;
  const auto& end = std::get<file_end>(found);
  if (end.bytes_on_disk > end.size && ::ftruncate(file_.get(), static_cast<off_t>(end.size)) != 0)
    return file_failure(path_, "written", errno);
  size_ = end.size;
  last_seq_ = end.last_seq;
  if (last_seq_ > 0 || ::access(older().c_str(), F_OK) != 0)
    return std::nullopt;
  // The engine died between two files, or the current one lost its only lines: the numbers go on after the older one.
  auto opened = open_plain(older(), O_RDONLY);
  if (const auto* why = std::get_if<failure>(&opened))
    return *why;
  auto before = examine(std::get<descriptor>(opened).get(), older());
  if (const auto* why = std::get_if<failure>(&before))
    return *why;
  last_seq_ = std::get<file_end>(before).last_seq;
  return std::nullopt;
}

std::optional<failure> journal_file::rotate() {
  // On disk before it gets its new name: a power cut must not leave a hole between the two files. No file of that
  // name means that an earlier attempt came half way.
  if (::fsync(file_.get()) != 0 || (::rename(path_.c_str(), older().c_str()) != 0 && errno != ENOENT))
    return file_failure(path_, "written", errno);
  if (auto failed = open_current())
    return failed;
  size_ = 0;
  return std::nullopt;
}

std::optional<failure> journal_file::append(const logic::event& what) {
  const auto line = to_line(what);
  if (torn_ && ::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0)
    return file_failure(path_, "written", errno);
  torn_ = false;
  if (size_ > 0 && size_ + line.size() > most_bytes_)
    if (auto failed = rotate())
      return failed;
  if (!write_all(file_.get(), line)) {
    const int error = errno;
    torn_ = ::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0;
    return file_failure(path_, "written", error);
  }
  size_ += line.size();
  last_seq_ = what.seq;
  return std::nullopt;
}

std::variant<std::vector<logic::event>, failure> journal_file::read(std::uint64_t since, std::uint32_t limit) const {
  std::vector<logic::event> out;
  const auto use = [&](std::string_view line) {
    const auto seq = seq_of(line);
    if (!seq || *seq <= since)
      return out.size() < limit;
    if (out.size() >= limit)
      return false;
    if (auto event = event_of(line)) {
      since = event->seq;
      out.push_back(*std::move(event));
    }
    return true;
  };
  for (const auto& path : {older(), path_})
    if (auto failed = for_each_line(path, use))
      return *failed;
  return out;
}

} // namespace paws::store
