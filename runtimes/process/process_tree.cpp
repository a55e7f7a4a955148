#include "runtimes/process/process_tree.hpp"

#include "runtimes/process/keeper_files.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <dirent.h>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <sched.h>
#include <set>
#include <string_view>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace paws::process {

namespace {

struct stat_line {
  std::int64_t parent = 0;
  std::int64_t started = 0;
  std::int64_t threads = 0;
  std::int64_t flags = 0;
  char state = 'Z';

  // A first thread that ended while others go on looks like a zombie, but its process is alive.
  bool alive() const { return state != 'X' && (state != 'Z' || threads > 1); }
  bool is_kernels() const { return (flags & 0x0020'0000) != 0; } // PF_KTHREAD
};

std::optional<std::string> try_read(const std::string& path) {
  std::string out;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return std::nullopt;
  std::array<char, 4096> some{};
  for (ssize_t got = 0; (got = ::read(fd, some.data(), some.size())) > 0 && out.size() < 1024 * 1024;)
    out.append(some.data(), static_cast<std::size_t>(got));
  ::close(fd);
  return out;
}

std::string read_file(const std::string& path) {
  return try_read(path).value_or("");
}

// The command's name may hold spaces and parentheses: fields are counted after its last parenthesis.
std::optional<stat_line> read_stat(std::int64_t pid) {
  const auto text = read_file("/proc/" + std::to_string(pid) + "/stat");
  const auto end = text.rfind(')');
  if (end == std::string::npos)
    return std::nullopt;
  stat_line out;
  std::size_t at = end + 2;
  for (int field = 3; field <= 22 && at < text.size(); ++field) {
    const auto space = text.find(' ', at);
    const std::string_view word{text.data() + at, (space == std::string::npos ? text.size() : space) - at};
    if (field == 3 && !word.empty())
      out.state = word[0];
    else if (field == 4)
      std::from_chars(word.data(), word.data() + word.size(), out.parent);
    else if (field == 9)
      std::from_chars(word.data(), word.data() + word.size(), out.flags);
    else if (field == 20)
      std::from_chars(word.data(), word.data() + word.size(), out.threads);
    else if (field == 22)
      std::from_chars(word.data(), word.data() + word.size(), out.started);
    if (space == std::string::npos)
      break;
    at = space + 1;
  }
  return out;
}

std::vector<std::int64_t> all_pids() {
  std::vector<std::int64_t> out;
  DIR* proc = ::opendir("/proc");
  if (proc == nullptr)
    return out;
  while (const auto* entry = ::readdir(proc)) { // NOLINT(concurrency-mt-unsafe): a stream of our own
    std::int64_t pid = 0;
    const std::string_view title{entry->d_name};
    if (std::from_chars(title.data(), title.data() + title.size(), pid).ptr == title.data() + title.size())
      out.push_back(pid);
  }
  ::closedir(proc);
  return out;
}

// `wanted` stands in `text` with nothing else between it and a `before`, or the start, and an `after`, or the end.
bool has_part(const std::string& text, const std::string& wanted, char before, char after) {
  for (auto at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1))
    if ((at == 0 || text[at - 1] == before) && (at + wanted.size() == text.size() || text[at + wanted.size()] == after))
      return true;
  return false;
}

// A process that is just being executed has neither arguments nor an environment for some microseconds, or longer on a
// loaded machine. It must not be overlooked, but one whose environment is really empty must not be waited for.
std::string environment_of(const std::string& base) {
  constexpr int most_looks = 5000, most_empty = 20;
  for (int look = 0, empty = 0; look < most_looks && empty < most_empty; ++look) {
    auto found = try_read(base + "/environ");
    if (!found || !found->empty())
      return found.value_or("");
    if (!read_file(base + "/cmdline").empty())
      ++empty;
    ::sched_yield();
  }
  return "";
}

// By its environment; or, since redis-server and PostgreSQL's backends write their titles over it, by its control
// group.
bool carries(std::int64_t pid, const stat_line& who, const std::string& marker) {
  if (who.is_kernels() || who.state == 'Z' || who.state == 'X')
    return false;
  const auto base = "/proc/" + std::to_string(pid);
  return has_part(environment_of(base), std::string{marker_variable} + "=" + marker, '\0', '\0') ||
         has_part(read_file(base + "/cgroup"), "paws-engine/" + marker, '/', '\n');
}

int open_pidfd(std::int64_t pid) {
  return static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
}

// True when the process of `fd` is gone.
bool wait_gone(int fd, std::chrono::steady_clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd entry{fd, POLLIN, 0};
    const auto found = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (found > 0)
      return true;
    if (found == 0 || errno != EINTR)
      return false;
  }
}

} // namespace

std::optional<process_id> identify(std::int64_t pid) {
  const auto found = read_stat(pid);
  if (!found || !found->alive())
    return std::nullopt;
  return process_id{pid, found->started};
}

std::int64_t started_of(std::int64_t pid) {
  return read_stat(pid).value_or(stat_line{}).started;
}

bool is_alive(const process_id& who) {
  return identify(who.pid) == who;
}

bool is_stopped(const process_id& who) {
  const auto found = read_stat(who.pid);
  return found && found->started == who.started && found->state == 'T';
}

std::vector<process_id> members_of(std::int64_t root, const std::string& marker) {
  std::map<std::int64_t, stat_line> all;
  for (const auto pid : all_pids())
    if (const auto found = read_stat(pid))
      all[pid] = *found;
  std::set<std::int64_t> chosen;
  if (root > 0)
    chosen.insert(root);
  if (!marker.empty())
    for (const auto& [pid, entry] : all)
      if (pid != root && carries(pid, entry, marker))
        chosen.insert(pid);
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [pid, entry] : all)
      if (chosen.contains(entry.parent))
        grown = chosen.insert(pid).second || grown;
  }
  std::vector<process_id> out;
  for (const auto pid : chosen)
    if (const auto at = all.find(pid); pid != root && at != all.end() && at->second.alive())
      out.push_back({pid, at->second.started});
  return out;
}

bool signal_process(const process_id& who, int signal) {
  const int fd = open_pidfd(who.pid);
  if (fd < 0)
    return false;
  // The descriptor holds whoever has this pid now; only if that is `who`, may it be signalled.
  const bool same = is_alive(who);
  const bool sent = same && ::syscall(SYS_pidfd_send_signal, fd, signal, nullptr, 0) == 0;
  ::close(fd);
  return sent;
}

bool kill_tree(std::int64_t root, const std::string& marker, std::uint32_t within_ms) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{within_ms};
  const auto own = static_cast<std::int64_t>(::getpid());
  for (;;) {
    // Stopped processes fork no more: once a look finds nobody new, all of them are known.
    std::set<std::pair<std::int64_t, std::int64_t>> stopped;
    std::vector<process_id> found;
    for (bool news = true; news;) {
      news = false;
      found = members_of(root, marker);
      std::erase_if(found, [own](const auto& who) { return who.pid == own; });
      for (const auto& who : found)
        if (stopped.insert({who.pid, who.started}).second)
          news = signal_process(who, SIGSTOP) || news;
      news = news && std::chrono::steady_clock::now() < until;
    }
    if (found.empty())
      return true;
    std::vector<int> descriptors;
    bool gone = true;
    for (const auto& who : found) {
      const int fd = open_pidfd(who.pid);
      if (fd < 0)
        continue;
      if (is_alive(who)) {
        // One that may not be signalled (it took on another user) is waited for all the same.
        ::syscall(SYS_pidfd_send_signal, fd, SIGKILL, nullptr, 0);
        descriptors.push_back(fd);
      } else {
        ::close(fd);
      }
    }
    for (const int fd : descriptors) {
      gone = wait_gone(fd, until) && gone;
      ::close(fd);
    }
    if (!gone || std::chrono::steady_clock::now() >= until) {
      found = members_of(root, marker);
      std::erase_if(found, [own](const auto& who) { return who.pid == own; });
      return found.empty();
    }
  }
}

} // namespace paws::process
