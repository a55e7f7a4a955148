#include "bin/run_children.hpp"

#include "runtimes/process/process_tree.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace paws::bin {

namespace {

constexpr std::array ending{SIGINT, SIGTERM, SIGHUP};
constexpr std::size_t longest_line = 16UL * 1024 * 1024;

sigset_t watched() {
  sigset_t out{};
  ::sigemptyset(&out);
  for (const int signal : ending)
    ::sigaddset(&out, signal);
  ::sigaddset(&out, SIGCHLD);
  ::sigaddset(&out, SIGTTOU); // we give the terminal away and take it back
  ::sigaddset(&out, SIGPIPE);
  return out;
}

std::vector<std::string> assignments(const variable_map& variables) {
  std::vector<std::string> out;
  out.reserve(variables.size());
  for (const auto& [name, value] : variables)
    out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  out.reserve(words.size() + 1);
  for (auto& word : words)
    out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

// Whether this terminal is ours to give.
bool has_terminal() {
  return ::isatty(STDIN_FILENO) == 1 && ::tcgetpgrp(STDIN_FILENO) == ::getpgrp();
}

struct start_material {
  std::vector<char*> words, variables;
  bool in_front = false, terminal = false;
  int out = -1;    // becomes its stdout; -1: ours for errors does
  int failed = -1; // errno of an exec that failed goes there
  sigset_t mask{}; // that it begins with
};

[[noreturn]] void become(const start_material& with) {
  ::setpgid(0, 0);
  if (with.terminal)
    ::tcsetpgrp(STDIN_FILENO, ::getpid());
  if (!with.in_front) {
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(with.out >= 0 ? with.out : STDERR_FILENO, STDOUT_FILENO);
  }
  ::sigprocmask(SIG_SETMASK, &with.mask, nullptr);
  ::execvpe(with.words[0], with.words.data(), with.variables.data());
  const int why = errno;
  static_cast<void>(::write(with.failed, &why, sizeof why));
  ::_exit(127);
}

} // namespace

struct children::running {
  const child_job& job;
  pid_t pid = 0;
  bool terminal = false;
  store::descriptor lines; // of its stdout
  std::string rest;        // a line that is not whole yet
  std::optional<int> status;
  std::array<int, 65> heard{}; // how often each signal came
  bool told = false;
};

children::children() {
  const auto set = watched();
  ::sigprocmask(SIG_BLOCK, &set, &before_);
  signals_ = store::descriptor{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

children::~children() {
  take_signals(nullptr); // they are done with: nothing is to end us by surprise now
  ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

int children::told_to_end() {
  take_signals(nullptr);
  return told_;
}

child_end children::run(const child_job& job) {
  auto words = job.words;
  auto variables = assignments(job.variables);
  std::array<int, 2> out{-1, -1}, failed{-1, -1};
  if ((job.on_line && ::pipe2(out.data(), O_CLOEXEC) != 0) || ::pipe2(failed.data(), O_CLOEXEC) != 0)
    return {127, 0, errno, false};
  const start_material with{pointers(words), pointers(variables), job.in_front, job.in_front && has_terminal(),
                            out[1],          failed[1],           before_};
  const auto pid = ::fork();
  if (pid == 0)
    become(with);
  ::close(failed[1]);
  if (out[1] >= 0)
    ::close(out[1]);
  running now{job, pid, with.terminal, store::descriptor{out[0]}, {}, {}, {}, false};
  const store::descriptor why{failed[0]};
  if (pid < 0)
    return {127, 0, errno, false};
  ::setpgid(pid, pid);
  if (job.on_start)
    job.on_start(pid);
  child_end end;
  static_cast<void>(::read(why.get(), &end.exec_error, sizeof end.exec_error)); // ends when it runs
  while (!now.status || now.lines)
    look(now, -1);
  if (with.terminal)
    ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
  end.signal = WIFSIGNALED(*now.status) ? WTERMSIG(*now.status) : 0;
  end.exit_code = end.signal != 0 ? 128 + end.signal : WEXITSTATUS(*now.status);
  end.interrupted = now.told;
  return end;
}

// Waits for whatever comes next.
void children::look(running& now, int timeout_ms) {
  std::array<pollfd, 2> fds{{{signals_.get(), POLLIN, 0}, {now.lines.get(), POLLIN, 0}}};
  ::poll(fds.data(), fds.size(), timeout_ms);
  if ((fds[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
    std::array<char, 8192> some{};
    const auto got = ::read(now.lines.get(), some.data(), some.size());
    if (got > 0)
      now.rest.append(some.data(), static_cast<std::size_t>(got));
    for (auto end = now.rest.find('\n'); end != std::string::npos; end = now.rest.find('\n')) {
      now.job.on_line(std::string_view{now.rest}.substr(0, end));
      now.rest.erase(0, end + 1);
    }
    if (got == 0 || (got < 0 && errno != EINTR) || now.rest.size() > longest_line)
      now.lines = store::descriptor{};
  }
  take_signals(&now);
}

void children::take_signals(running* now) {
  signalfd_siginfo info{};
  bool ended = false;
  while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
    const int number = static_cast<int>(info.ssi_signo);
    ended = ended || number == SIGCHLD;
    if (std::find(ending.begin(), ending.end(), number) == ending.end())
      continue;
    ++told_;
    if (now == nullptr)
      continue;
    now->told = true;
    const int times = ++now->heard[static_cast<std::size_t>(number)];
    const int sent = now->job.pass_on ? now->job.pass_on(number, times) : 0;
    if (sent != 0 && !now->status)
      ::kill(-now->pid, sent);
  }
  if (ended)
    reap(now);
}

void children::reap(running* now) {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
    const bool ours = now != nullptr && pid == now->pid;
    if (WIFSTOPPED(status)) {
      if (!ours || !now->terminal)
        continue;
      // Ctrl-Z stops the command; its shell is to see the whole run stand still, and go on as one.
      ::tcsetpgrp(STDIN_FILENO, ::getpgrp());
      ::raise(SIGSTOP);
      ::tcsetpgrp(STDIN_FILENO, now->pid);
      ::kill(-now->pid, SIGCONT);
    } else if (ours) {
      now->status = status;
    } else if (other_end_) {
      other_end_(pid, status);
    }
  }
}

std::size_t children::end_rest(pid_t spared, std::chrono::milliseconds patience) {
  const auto left = [&] {
    auto out = process::members_of(::getpid(), "");
    std::erase_if(out, [&](const auto& each) { return each.pid == spared; });
    return out;
  };
  const auto first = left();
  const auto until = std::chrono::steady_clock::now() + patience;
  for (const auto& each : first)
    process::signal_process(each, SIGTERM);
  for (auto now = first; !now.empty(); now = left()) {
    const auto rest =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (rest <= 0)
      for (const auto& each : now)
        process::signal_process(each, SIGKILL);
    // A grandchild's end is told to its parent only: look again now and then.
    pollfd entry{signals_.get(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(std::clamp<std::int64_t>(rest, 20, 100)));
    take_signals(nullptr);
  }
  return first.size();
}

} // namespace paws::bin
