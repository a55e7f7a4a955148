#include "runtimes/process/keeper/member_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace paws::process {

namespace {

// What went wrong between fork and exec; sent through a pipe that a successful exec closes.
struct mishap {
  int stage = 0;
  int error = 0;
};
constexpr std::array stages{"join its control group", "take on its user",        "be tied to its keeper",
                            "enter its directory",    "connect its descriptors", "be executed"};

struct account {
  bool change = false;
  std::string title;
  uid_t uid = 0;
  gid_t gid = 0;
};

[[noreturn]] void give_up(int pipe, int stage) {
  const mishap what{stage, errno};
  [[maybe_unused]] const auto sent = ::write(pipe, &what, sizeof what);
  ::_exit(127);
}

bool join(const std::string& directory) {
  const int fd = ::open((directory + "/cgroup.procs").c_str(), O_WRONLY | O_CLOEXEC);
  const bool done = fd >= 0 && ::write(fd, "0", 1) == 1; // 0 is who writes
  if (fd >= 0)
    ::close(fd);
  return done;
}

void forget_signals() {
  // Asked of the kernel itself: the C library refuses to touch its own two, which posix_spawn leaves ignored.
  constexpr std::array<std::uint64_t, 4> as_by_default{}; // the kernel's struct sigaction
  for (int signal = 1; signal <= SIGRTMAX; ++signal)
    ::syscall(SYS_rt_sigaction, signal, as_by_default.data(), nullptr, sizeof(std::uint64_t));
  sigset_t none{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (const auto& text : texts)
    out.push_back(const_cast<char*>(text.c_str())); // NOLINT: execve's signature; it does not write
  out.push_back(nullptr);
  return out;
}

struct child_setup {
  const keeper_order& order;
  const account& as;
  const std::vector<std::string>& environment;
  int out, err, report;
  pid_t keeper;
};

[[noreturn]] void become_member(const child_setup& with) {
  ::setsid();
  for (const auto& directory : with.order.cgroup_directories)
    if (!join(directory))
      give_up(with.report, 0);
  if (with.as.change && (::initgroups(with.as.title.c_str(), with.as.gid) != 0 || ::setgid(with.as.gid) != 0 ||
                         ::setuid(with.as.uid) != 0))
    give_up(with.report, 1);
  // A keeper that is killed must not leave a primary behind. Set last: a change of user clears it.
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != with.keeper)
    give_up(with.report, 2);
  if (::chdir(with.order.working_directory.c_str()) != 0)
    give_up(with.report, 3);
  ::umask(027);
  if (::dup2(with.out, STDOUT_FILENO) < 0 || ::dup2(with.err, STDERR_FILENO) < 0)
    give_up(with.report, 4);
  forget_signals();
  const auto arguments = pointers(with.order.command);
  const auto variables = pointers(with.environment);
  ::execve(arguments[0], arguments.data(), variables.data());
  give_up(with.report, 5);
}

std::string describe(const keeper_order& order, const mishap& what) {
  const auto stage =
      static_cast<std::size_t>(what.stage) < stages.size() ? stages.at(static_cast<std::size_t>(what.stage)) : "start";
  return order.command[0] + " could not " + stage + ": " + std::strerror(what.error);
}

} // namespace

started_member start_member(const keeper_order& order) {
  started_member out;
  account as;
  if (!order.user.empty() && ::geteuid() == 0) {
    const auto* entry = ::getpwnam(order.user.c_str()); // NOLINT(concurrency-mt-unsafe): the only thread
    if (entry == nullptr) {
      out.error = "the user " + order.user + " does not exist";
      return out;
    }
    as = {true, order.user, entry->pw_uid, entry->pw_gid};
  }
  std::vector<std::string> environment;
  for (const auto& [title, value] : order.variables)
    if (title != marker_variable)
      environment.push_back(title + "=" + value);
  environment.push_back(std::string{marker_variable} + "=" + order.environment + "/" + order.member);

  std::array<int, 2> outs{-1, -1}, errs{-1, -1}, reports{-1, -1};
  if (::pipe2(outs.data(), O_CLOEXEC) != 0 || ::pipe2(errs.data(), O_CLOEXEC) != 0 ||
      ::pipe2(reports.data(), O_CLOEXEC) != 0) {
    out.error = std::string{"no pipe: "} + std::strerror(errno);
    return out;
  }
  const child_setup setup{order, as, environment, outs[1], errs[1], reports[1], ::getpid()};
  out.pid = ::fork();
  if (out.pid == 0)
    become_member(setup);
  const int fork_error = errno;
  for (const int fd : {outs[1], errs[1], reports[1]})
    ::close(fd);
  if (out.pid < 0) {
    out.error = std::string{"no process: "} + std::strerror(fork_error);
    return out;
  }
  mishap what;
  ssize_t got = 0;
  do
    got = ::read(reports[0], &what, sizeof what);
  while (got < 0 && errno == EINTR);
  ::close(reports[0]);
  if (got == static_cast<ssize_t>(sizeof what)) {
    ::waitpid(out.pid, nullptr, 0);
    out.error = describe(order, what);
    out.pid = 0;
  }
  for (const int fd : {outs[0], errs[0]})
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  out.out_fd = outs[0];
  out.err_fd = errs[0];
  return out;
}

} // namespace paws::process
