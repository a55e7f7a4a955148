#include "store/lock_file.hpp"

#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <filesystem>
#include <sys/file.h>
#include <unistd.h>

namespace paws::store {

namespace {

pid_t pid_in(int fd) {
  char text[32];
  const auto size = ::pread(fd, text, sizeof text, 0);
  pid_t pid = 0;
  if (size <= 0 || std::from_chars(text, text + size, pid).ec != std::errc{} || pid <= 0)
    return -1;
  return pid;
}

} // namespace

std::variant<lock_file, topology::failure> lock_file::acquire(const std::string& path) {
  if (auto failed = make_directories(std::filesystem::path{path}.parent_path().string()))
    return *failed;
  descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (!file)
    return file_failure(path, "opened", errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return file_failure(path, "locked", errno);
    const auto pid = pid_in(file.get());
    return topology::failure{"ERR_ENG_001",
                             "another engine" + (pid > 0 ? " (pid " + std::to_string(pid) + ")" : std::string{}) +
                                 " already holds " + std::filesystem::path{path}.parent_path().string(),
                             "talk to it with `paws-engine ctl`, or end it with `paws-engine ctl stop`"};
  }
  lock_file out{std::move(file), path};
  if (auto failed = out.write_pid())
    return *failed;
  return out;
}

lock_file::~lock_file() {
  // The file stays: removing it would let two engines lock two files of the same name.
  if (file_ && pid_in(file_.get()) == ::getpid() && ::ftruncate(file_.get(), 0) != 0) {
    // The lock goes with the descriptor; an old number in an unlocked file means nothing.
  }
}

std::optional<topology::failure> lock_file::write_pid() {
  const auto text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file_.get(), 0) != 0 ||
      ::pwrite(file_.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return file_failure(path_, "written", errno);
  return std::nullopt;
}

pid_t lock_holder(const std::string& path) {
  const descriptor file{::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
  if (!file)
    return 0;
  // A shared lock for an instant; an engine that starts in that instant tries again.
  if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) {
    ::flock(file.get(), LOCK_UN);
    return 0;
  }
  return errno == EWOULDBLOCK ? pid_in(file.get()) : 0;
}

} // namespace paws::store
