#include "store/durable_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace paws::store {

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0)
      ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

descriptor::~descriptor() {
  if (fd_ >= 0)
    ::close(fd_);
}

topology::failure file_failure(const std::string& path, std::string_view verb, int error_number) {
  const bool full = error_number == ENOSPC || error_number == EDQUOT;
  return {full ? "ERR_SYS_002" : "ERR_SYS_003",
          path + " cannot be " + std::string{verb} + ": " + std::strerror(error_number),
          full ? "free disk space" : "make it accessible for the user who runs the engine"};
}

std::variant<descriptor, topology::failure> open_plain(const std::string& path, int flags) {
  const topology::failure not_plain{"ERR_SYS_003", path + " is not a plain file", "move it away"};
  descriptor file{::open(path.c_str(), flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600)};
  if (!file && (errno == ELOOP || errno == ENXIO || errno == EISDIR))
    return not_plain;
  struct stat found {};
  if (!file || ::fstat(file.get(), &found) != 0) {
    const int error = errno;
    auto why = file_failure(path, "opened", error);
    errno = error;
    return why;
  }
  if (!S_ISREG(found.st_mode)) {
    errno = EINVAL;
    return not_plain;
  }
  return file;
}

std::optional<topology::failure> make_directories(const std::string& path) {
  for (std::size_t end = 1; end <= path.size();) {
    end = std::min(path.find('/', end), path.size());
    const auto part = path.substr(0, end);
    if (::mkdir(part.c_str(), 0755) == 0)
      ::chmod(part.c_str(), 0755); // whatever the umask
    else if (const int error = errno; !std::filesystem::is_directory(part))
      return file_failure(part, "created", error == EEXIST ? ENOTDIR : error);
    ++end;
  }
  return std::nullopt;
}

bool write_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const auto written = ::write(fd, data.data(), data.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::optional<std::string> read_all(int fd, std::size_t most_bytes) {
  std::string out;
  std::string piece(64UL * 1024, '\0');
  for (;;) {
    const auto got = ::read(fd, piece.data(), piece.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return std::nullopt;
    if (got == 0)
      return out;
    out.append(piece, 0, static_cast<std::size_t>(got));
    if (out.size() > most_bytes) {
      errno = EFBIG;
      return std::nullopt;
    }
  }
}

namespace {

// Puts `from` in the place of `to` inside one directory. False with errno set on failure; EEXIST when there is a
// target that may not be replaced.
bool put_in_place(int dir, const std::string& from, const std::string& to, overwrite replace) {
  if (replace == overwrite::yes)
    return ::renameat(dir, from.c_str(), dir, to.c_str()) == 0;
  if (::renameat2(dir, from.c_str(), dir, to.c_str(), RENAME_NOREPLACE) == 0)
    return true;
  if (errno != EINVAL && errno != ENOSYS)
    return false;
  // A file system without RENAME_NOREPLACE: a hard link refuses an existing target just as well.
  return ::linkat(dir, from.c_str(), dir, to.c_str(), 0) == 0 && ::unlinkat(dir, from.c_str(), 0) == 0;
}

} // namespace

std::variant<bool, topology::failure> write_atomically(const std::string& path, std::string_view content, mode_t mode,
                                                       overwrite replace) {
  const std::filesystem::path target{path};
  const auto parent = target.has_parent_path() ? target.parent_path().string() : ".";
  const descriptor dir{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!dir)
    return file_failure(parent, "opened", errno);
  const auto name = target.filename().string();
  const auto draft = "." + name + ".new-" + std::to_string(::getpid());
  ::unlinkat(dir.get(), draft.c_str(), 0); // what an earlier process with this number left behind
  const descriptor file{::openat(dir.get(), draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)};
  if (!file)
    return file_failure(path, "written", errno);
  const bool durable = ::fchmod(file.get(), mode) == 0 && write_all(file.get(), content) && ::fsync(file.get()) == 0 &&
                       put_in_place(dir.get(), draft, name, replace) && ::fsync(dir.get()) == 0;
  if (durable)
    return true;
  const int error = errno;
  ::unlinkat(dir.get(), draft.c_str(), 0);
  if (error == EEXIST && replace == overwrite::no)
    return false;
  return file_failure(path, "written", error);
}

} // namespace paws::store
