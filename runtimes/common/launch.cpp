#include "runtimes/common/launch.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paws::common {

namespace {

using clock = std::chrono::steady_clock;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts)
    out.push_back(const_cast<char*>(text.c_str())); // NOLINT: posix_spawn's signature; it does not write
  out.push_back(nullptr);
  return out;
}

int left_ms(clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - clock::now()).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

// Reads until `enough`, the end, or `until`. False when time ran out.
template <class Enough>
bool read_until(int fd, std::string& into, clock::time_point until, Enough enough) {
  std::array<char, 4096> some{};
  while (!enough(into)) {
    pollfd entry{fd, POLLIN, 0};
    const int found = ::poll(&entry, 1, left_ms(until));
    if (found < 0 && errno == EINTR)
      continue;
    if (found <= 0)
      return false;
    const auto got = ::read(fd, some.data(), some.size());
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return true;
    into.append(some.data(), static_cast<std::size_t>(got));
  }
  return true;
}

struct actions {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};
  actions() {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    // The engine waits for signals in one thread and blocks them in all: children start with none blocked.
    sigset_t none{};
    ::sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  }
  ~actions() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  actions(const actions&) = delete;
  actions& operator=(const actions&) = delete;
};

} // namespace

std::string launch_and_hear(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                            std::uint32_t within_ms) {
  const auto until = clock::now() + std::chrono::milliseconds{within_ms};
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return "";
  // dup2 of a descriptor onto itself would leave it close-on-exec.
  const int writer = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
  ::close(ends[1]);
  actions with;
  ::posix_spawn_file_actions_adddup2(&with.files, writer, 3);
  const auto arguments = pointers(argv);
  const auto variables = pointers(environment);
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, argv[0].c_str(), &with.files, &with.attributes, arguments.data(), variables.data());
  ::close(writer);
  std::string heard;
  if (failed == 0) {
    read_until(ends[0], heard, until, [](const std::string& text) { return text.find('\n') != std::string::npos; });
    ::waitpid(pid, nullptr, 0); // it went to the background at once
  }
  ::close(ends[0]);
  return heard.substr(0, heard.find('\n'));
}

exec_result run_to_end(const std::vector<std::string>& argv, const std::vector<std::string>& environment,
                       const std::string& directory, std::uint32_t within_ms, std::size_t most_bytes) {
  exec_result out;
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return out;
  actions with;
  ::posix_spawn_file_actions_addopen(&with.files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&with.files, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&with.files, ends[1], STDERR_FILENO);
  ::posix_spawn_file_actions_addchdir_np(&with.files, directory.c_str());
  const auto arguments = pointers(argv);
  const auto variables = pointers(environment);
  pid_t pid = 0;
  const int failed =
      ::posix_spawn(&pid, argv[0].c_str(), &with.files, &with.attributes, arguments.data(), variables.data());
  ::close(ends[1]);
  if (failed != 0) {
    out.output = argv[0] + " could not be executed: " + std::strerror(failed);
    ::close(ends[0]);
    return out;
  }
  const auto until = clock::now() + std::chrono::milliseconds{within_ms};
  const bool over = read_until(ends[0], out.output, until,
                               [most_bytes](const std::string& text) { return text.size() >= most_bytes; });
  out.output.resize(std::min(out.output.size(), most_bytes));
  ::close(ends[0]);
  if (!over)
    ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (over && WIFEXITED(status))
    out.exit_code = WEXITSTATUS(status);
  return out;
}

} // namespace paws::common
