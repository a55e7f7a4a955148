// The keeper of one member: starts it, pumps its output, stops it in order, leaves nothing of it behind, and records
// what became of it. It outlives the engine.
//   paws-keeper <run directory> [report descriptor, default 3]
#include "runtimes/process/keeper/log_pump.hpp"
#include "runtimes/process/keeper/member_process.hpp"
#include "runtimes/process/process_tree.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <optional>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paws::process {

namespace {

using std::chrono::steady_clock;

// How long SIGKILL may take to end everything: a process in uninterruptible sleep is waited for, but not for ever.
constexpr std::uint32_t kill_patience_ms = 30'000;

std::int64_t wall_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string boot_id() {
  std::array<char, 64> text{};
  const int fd = ::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  const auto got = fd < 0 ? 0 : ::read(fd, text.data(), text.size());
  if (fd >= 0)
    ::close(fd);
  std::string out{text.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0))};
  while (!out.empty() && out.back() == '\n')
    out.pop_back();
  return out;
}

// A descriptor nobody gave us may be anything that is opened later: nothing is reported then.
int given_descriptor(const char* text) {
  const int fd = std::atoi(text);
  return fd > STDERR_FILENO && ::fcntl(fd, F_GETFD) >= 0 ? fd : -1;
}

void report(int fd, const nlohmann::json& what) {
  if (fd < 0)
    return;
  const auto line = what.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  [[maybe_unused]] const auto sent = ::write(fd, line.data(), line.size()); // an engine that is gone hears nothing
  ::close(fd);
}

class keeper {
public:
  keeper(std::string run_dir, keeper_order order)
      : run_dir_{std::move(run_dir)},
        order_{std::move(order)},
        log_{order_.log_directory, order_.log_file_bytes, order_.log_files} {}

  int run(int report_fd);

private:
  void watch_signals();
  void loop();
  void pump(log_pump::stream from, int& fd);
  int wait_ms() const;
  void hear_signals();
  void reap();
  void ordered_stop();
  void end_everything();
  void finish();

  std::string run_dir_;
  keeper_order order_;
  keeper_record record_;
  log_pump log_;
  started_member main_;
  int signals_ = -1;
  bool main_over_ = false;
  std::optional<steady_clock::time_point> kill_at_; // when an ordered stop has lasted too long
};

int keeper::run(int report_fd) {
  watch_signals();
  record_.boot_id = boot_id();
  record_.keeper_pid = ::getpid();
  record_.keeper_started = started_of(::getpid());
  main_ = start_member(order_);
  if (!main_.error.empty()) {
    record_.error = main_.error;
    record_.phase = keeper_phase::exited;
    record_.exited_at_us = wall_us();
    write_record(run_dir_, record_);
    report(report_fd, {{"error", main_.error}});
    return 1;
  }
  record_.phase = keeper_phase::running;
  record_.main_pid = main_.pid;
  record_.main_started = started_of(main_.pid); // it may have ended already, but nobody has reaped it
  record_.started_at_us = wall_us();
  write_record(run_dir_, record_, false);
  report(report_fd, {{"ok", true}, {"keeper_pid", record_.keeper_pid}, {"main_pid", record_.main_pid}});
  loop();
  finish();
  return 0;
}

void keeper::watch_signals() {
  sigset_t watched{};
  ::sigemptyset(&watched);
  for (const int signal : {SIGTERM, SIGCHLD}) {
    ::signal(signal, SIG_DFL); // an engine that ignores its children's ends would have made us deaf to ours
    ::sigaddset(&watched, signal);
  }
  ::sigprocmask(SIG_SETMASK, &watched, nullptr);
  for (const int ignored : {SIGINT, SIGHUP, SIGPIPE, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGXFSZ})
    ::signal(ignored, SIG_IGN);
  signals_ = ::signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
}

// -1: nothing is due.
int keeper::wait_ms() const {
  if (!kill_at_)
    return -1;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*kill_at_ - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left + 1, 0, 3'600'000));
}

void keeper::pump(log_pump::stream from, int& fd) {
  if (log_.pump(from, fd) != log_pump::source::over)
    return;
  ::close(fd);
  fd = -1; // poll ignores it from now on
}

void keeper::loop() {
  while (!main_over_) {
    std::array<pollfd, 3> entries{pollfd{signals_, POLLIN, 0}, {main_.out_fd, POLLIN, 0}, {main_.err_fd, POLLIN, 0}};
    if (::poll(entries.data(), entries.size(), wait_ms()) < 0 && errno != EINTR)
      break;
    if (entries[0].revents != 0)
      hear_signals();
    // One read each: however much a member says, its stop is heard.
    if (entries[1].revents != 0)
      pump(log_pump::stream::out, main_.out_fd);
    if (entries[2].revents != 0)
      pump(log_pump::stream::err, main_.err_fd);
    if (kill_at_ && !main_over_ && steady_clock::now() >= *kill_at_) {
      kill_at_.reset();
      end_everything();
      reap();
    }
  }
}

void keeper::hear_signals() {
  signalfd_siginfo what{};
  while (::read(signals_, &what, sizeof what) == static_cast<ssize_t>(sizeof what)) {
    if (what.ssi_signo == SIGCHLD)
      reap();
    else if (!record_.stop_requested)
      ordered_stop();
  }
}

// Everything below the keeper is its child sooner or later: it is their subreaper.
void keeper::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid != main_.pid)
      continue;
    main_over_ = true;
    record_.exited_at_us = wall_us();
    record_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    record_.exit_signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  }
}

void keeper::ordered_stop() {
  record_.stop_requested = true;
  record_.phase = keeper_phase::stopping;
  write_record(run_dir_, record_, false); // of use while the member ends, and no longer
  if (!main_over_) {
    ::kill(main_.pid, order_.stop_signal); // not reaped yet, so the pid is still its own
    ::kill(main_.pid, SIGCONT);
  }
  kill_at_ = steady_clock::now() + std::chrono::milliseconds{order_.stop_grace_ms};
}

void keeper::end_everything() {
  if (!kill_tree(::getpid(), order_.environment + "/" + order_.member, kill_patience_ms))
    log_.note("processes of this member do not end, not even by SIGKILL");
}

void keeper::finish() {
  end_everything();
  reap();
  if (main_.out_fd >= 0)
    log_.drain(log_pump::stream::out, main_.out_fd);
  if (main_.err_fd >= 0)
    log_.drain(log_pump::stream::err, main_.err_fd);
  log_.flush();
  record_.phase = keeper_phase::exited;
  if (const auto why = write_record(run_dir_, record_); !why.empty())
    log_.note(why);
}

// Leaves the engine's session and descriptors. Returns in the process that goes on.
void go_to_background(int report_fd) {
  if (::fork() != 0)
    ::_exit(0);
  ::setsid();
  if (::fork() != 0)
    ::_exit(0);
  ::umask(077);
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    ::dup2(nothing, fd);
  const auto first_kept = static_cast<unsigned>(std::max(report_fd, STDERR_FILENO));
  if (report_fd > STDERR_FILENO + 1)
    ::close_range(STDERR_FILENO + 1, first_kept - 1, 0);
  ::close_range(first_kept + 1, ~0U, 0);
  if (report_fd >= 0)
    ::fcntl(report_fd, F_SETFD, FD_CLOEXEC);
  [[maybe_unused]] const auto moved = ::chdir("/");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

} // namespace

} // namespace paws::process

int main(int argc, char** argv) {
  using namespace paws::process;
  if (argc < 2 || argc > 3) {
    std::fputs("paws-keeper is started by paws-engine: paws-keeper RUN_DIRECTORY [REPORT_DESCRIPTOR]\n", stderr);
    return 2;
  }
  const rlimit no_core{0, 0}; // a member's memory holds passwords
  ::setrlimit(RLIMIT_CORE, &no_core);
  const int report_fd = given_descriptor(argc == 3 ? argv[2] : "3");
  const std::string run_dir = argv[1];
  auto order = read_order(run_dir);
  if (!order) {
    report(report_fd, {{"error", order_path(run_dir) + " is missing or damaged"}});
    return 1;
  }
  go_to_background(report_fd);
  return keeper{run_dir, std::move(*order)}.run(report_fd);
}
