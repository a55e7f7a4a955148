#include "bin/machine.hpp"

#include "runtimes/process/process_runtime.hpp"
#include "runtimes/process/programs.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paws::bin {

namespace {

constexpr std::chrono::seconds version_patience{5};

// What `path flag` says within its deadline, stderr included.
std::string first_words(const std::string& path, const char* flag) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return "";
  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  std::string program = path, argument = flag;
  std::array<char*, 3> argv{program.data(), argument.data(), nullptr};
  pid_t pid = -1;
  const bool runs = ::posix_spawn(&pid, path.c_str(), &actions, nullptr, argv.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string out;
  std::array<char, 4096> some{};
  const auto until = std::chrono::steady_clock::now() + version_patience;
  while (runs && out.size() < some.size()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd entry{ends[0], POLLIN, 0};
    if (left <= 0 || ::poll(&entry, 1, static_cast<int>(left)) <= 0)
      break;
    const auto got = ::read(ends[0], some.data(), some.size());
    if (got <= 0)
      break;
    out.append(some.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  if (runs) {
    ::kill(pid, SIGKILL); // it has said what it had to say
    ::waitpid(pid, nullptr, 0);
  }
  return out;
}

} // namespace

std::string version_in(const std::string& text) {
  const auto digit = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; };
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto end = at;
    while (digit(end) || (text[end] == '.' && digit(end + 1) && end > at))
      ++end;
    if (auto word = text.substr(at, end - at); word.find('.') != std::string::npos)
      return word;
    at = std::max(at, end);
  }
  return "";
}

std::vector<found_program> needed_programs() {
  std::vector<found_program> out{{"etcd", "", "etcd-server", ""},
                                 {"patroni", "", "patroni", ""},
                                 {"/usr/lib/postgresql/15/bin/postgres", "", "postgresql-15", ""},
                                 {"redis-server", "", "redis-server", ""},
                                 {"haproxy", "", "haproxy", ""}};
  for (auto& one : out) {
    one.path = process::find_program(one.name);
    if (!one.path.empty())
      one.version = version_in(first_words(one.path, one.name == "haproxy" ? "-v" : "--version"));
  }
  return out;
}

std::vector<ability> abilities_of(const runtime_capabilities& can) {
  return {{"memory_limit", can.memory_limit}, {"cpu_limit", can.cpu_limit}, {"pause", can.pause},
          {"partition", can.partition},       {"networks", can.networks},   {"images", can.images}};
}

std::vector<ability> process_abilities() {
  return abilities_of(process::process_capabilities(cgroup_root));
}

} // namespace paws::bin
