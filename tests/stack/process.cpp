#include "tests/stack/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <set>
#include <sstream>
#include <stdexcept>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paws::e2e {

namespace fs = std::filesystem;

namespace {

std::string read_whole(const fs::path& path) {
  std::ifstream in{path, std::ios::binary};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// State letter and parent of a process; {0, 0} when it is gone.
std::pair<char, pid_t> state_and_parent(pid_t pid) {
  auto text = read_whole("/proc/" + std::to_string(pid) + "/stat");
  auto at = text.rfind(')');
  if (at == std::string::npos)
    return {0, 0};
  std::istringstream rest{text.substr(at + 1)};
  char state = 0;
  pid_t parent = 0;
  rest >> state >> parent;
  return {state, parent};
}

std::vector<pid_t> all_pids() {
  std::vector<pid_t> out;
  for (const auto& entry : fs::directory_iterator{"/proc"}) {
    auto name = entry.path().filename().string();
    if (std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
      out.push_back(static_cast<pid_t>(std::stol(name)));
  }
  return out;
}

[[noreturn]] void become(const std::vector<std::string>& argv, const std::map<std::string, std::string>& variables,
                         const std::string& directory, const std::array<int, 2>& out, const std::array<int, 2>& err) {
  ::setpgid(0, 0);
  int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, 0);
  ::dup2(out[1], 1);
  ::dup2(err[1], 2);
  if (!directory.empty() && ::chdir(directory.c_str()) != 0)
    ::_exit(127);
  for (const auto& [name, value] : variables)
    ::setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const auto& word : argv)
    words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  ::execvp(words[0], words.data());
  ::_exit(127);
}

} // namespace

deadline in(std::chrono::milliseconds span) {
  return std::chrono::steady_clock::now() + span;
}

int remaining_ms(deadline until) {
  auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<decltype(left)>(left, 0, 3'600'000));
}

program::program(const std::vector<std::string>& argv, const std::map<std::string, std::string>& variables,
                 const std::string& directory) {
  std::array<int, 2> out{}, err{};
  if (::pipe2(out.data(), O_CLOEXEC) != 0 || ::pipe2(err.data(), O_CLOEXEC) != 0)
    throw std::runtime_error{"no pipe"};
  pid_ = ::fork();
  if (pid_ == 0)
    become(argv, variables, directory, out, err);
  ::close(out[1]);
  ::close(err[1]);
  if (pid_ < 0)
    throw std::runtime_error{"cannot fork"};
  ::setpgid(pid_, pid_);
  pid_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  out_fd_ = out[0];
  err_fd_ = err[0];
  ::fcntl(out_fd_, F_SETFL, O_NONBLOCK);
  ::fcntl(err_fd_, F_SETFL, O_NONBLOCK);
}

program::~program() {
  if (exit_code_ < 0) {
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (int fd : {pid_fd_, out_fd_, err_fd_})
    if (fd >= 0)
      ::close(fd);
}

void program::drain(int& fd, std::string& into) {
  std::array<char, 8192> buffer{};
  while (fd >= 0) {
    auto got = ::read(fd, buffer.data(), buffer.size());
    if (got > 0) {
      into.append(buffer.data(), static_cast<std::size_t>(got));
    } else if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    } else {
      ::close(fd);
      fd = -1;
    }
  }
}

void program::pump(int timeout_ms) {
  std::array<pollfd, 3> fds{{{exit_code_ < 0 ? pid_fd_ : -1, POLLIN, 0}, {out_fd_, POLLIN, 0}, {err_fd_, POLLIN, 0}}};
  ::poll(fds.data(), fds.size(), timeout_ms);
  drain(out_fd_, out_);
  drain(err_fd_, err_);
  int status = 0;
  if (exit_code_ < 0 && (fds[0].revents & POLLIN) != 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) {
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    drain(out_fd_, out_);
    drain(err_fd_, err_);
  }
}

bool program::wait(deadline until) {
  while (exit_code_ < 0 && remaining_ms(until) > 0)
    pump(remaining_ms(until));
  return exit_code_ >= 0;
}

bool program::wait_output(const std::function<bool(const std::string&)>& seen, deadline until) {
  while (!seen(out_) && exit_code_ < 0 && remaining_ms(until) > 0)
    pump(remaining_ms(until));
  return seen(out_);
}

void program::signal_group(int number) const {
  ::kill(-pid_, number);
}

std::vector<pid_t> tree_of(pid_t pid) {
  std::map<pid_t, std::vector<pid_t>> children;
  for (auto each : all_pids())
    children[state_and_parent(each).second].push_back(each);
  std::vector<pid_t> out{pid};
  for (std::size_t at = 0; at < out.size(); ++at) {
    const auto& below = children[out[at]];
    out.insert(out.end(), below.begin(), below.end());
  }
  return out;
}

bool kill_tree(pid_t pid, deadline until) {
  std::set<pid_t> doomed;
  // Stopped processes bear no more children, so what a second look still finds is all that there is.
  for (std::size_t before = std::string::npos; before != doomed.size();) {
    before = doomed.size();
    for (auto each : tree_of(pid)) {
      doomed.insert(each);
      ::kill(each, SIGSTOP);
    }
  }
  for (auto each : doomed)
    ::kill(each, SIGKILL);
  for (auto each : doomed) {
    int fd = static_cast<int>(::syscall(SYS_pidfd_open, each, 0));
    if (fd < 0)
      continue;
    pollfd ended{fd, POLLIN, 0};
    ::poll(&ended, 1, remaining_ms(until));
    ::close(fd);
  }
  return std::none_of(doomed.begin(), doomed.end(), alive);
}

void signal_tree(pid_t pid, int number) {
  for (auto each : tree_of(pid))
    ::kill(each, number);
}

bool alive(pid_t pid) {
  auto state = state_and_parent(pid).first;
  return state != 0 && state != 'Z' && state != 'X';
}

std::map<pid_t, std::string> processes_below(const std::string& directory) {
  std::map<pid_t, std::string> out;
  for (auto pid : all_pids()) {
    auto folder = fs::path{"/proc"} / std::to_string(pid);
    auto command = read_whole(folder / "cmdline");
    std::replace(command.begin(), command.end(), '\0', ' ');
    std::error_code ignored;
    auto where = fs::read_symlink(folder / "cwd", ignored).string();
    if (pid != ::getpid() && alive(pid) &&
        (command.find(directory) != std::string::npos || where.starts_with(directory)))
      out.emplace(pid, command);
  }
  return out;
}

} // namespace paws::e2e
