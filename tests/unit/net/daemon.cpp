#include "daemon.hpp"

#include <csignal>
#include <cstdlib>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace net_test {

namespace {

// Only async-signal-safe calls after the fork: other threads exist.
pid_t spawn(const std::vector<std::string>& command, const std::string& user, int output) {
  std::vector<char*> argv;
  for (const auto& word : command)
    argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  uid_t uid = ::geteuid();
  gid_t gid = ::getegid();
  if (uid == 0) {
    auto* entry = ::getpwnam(user.c_str());
    if (!entry)
      throw std::runtime_error("there is no user " + user);
    uid = entry->pw_uid;
    gid = entry->pw_gid;
  }
  bool drop = ::geteuid() == 0;
  pid_t parent = ::getpid();
  pid_t pid = ::fork();
  if (pid != 0)
    return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setsid();
  if (::getppid() != parent || (drop && (::setgroups(0, nullptr) != 0 || ::setgid(gid) != 0 || ::setuid(uid) != 0)))
    ::_exit(126);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL); // the change of user has cleared it
  if (::chdir("/") != 0)
    ::_exit(126);
  ::dup2(output, 1);
  ::dup2(output, 2);
  ::execvp(argv[0], argv.data());
  ::_exit(127);
}

} // namespace

daemon::daemon(std::vector<std::string> command, const std::string& user, const std::string& ready) {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  pid_ = spawn(command, user, ends[1]);
  ::close(ends[1]);
  output_ = ends[0];
  auto deadline = std::chrono::steady_clock::now() + patience;
  std::string said;
  while (said.find(ready) == std::string::npos) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd one{output_, POLLIN, 0};
    char some[4096];
    ssize_t size = left.count() > 0 && ::poll(&one, 1, int(left.count())) > 0 ? ::read(output_, some, sizeof some) : 0;
    if (size <= 0) {
      kill();
      FAIL(command[0] << " did not become ready: " << said);
    }
    said.append(some, static_cast<std::size_t>(size));
  }
  drain_ = std::thread([fd = output_] {
    char some[4096];
    while (::read(fd, some, sizeof some) > 0)
      ;
  });
}

daemon::~daemon() {
  kill();
}

void daemon::signal(int number) const {
  if (pid_ > 0)
    ::kill(pid_, number);
}

void daemon::kill() {
  if (pid_ <= 0)
    return;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  if (drain_.joinable())
    drain_.join(); // ends when its last descendant is gone too
  ::close(output_);
}

int run_as(const std::string& user, const std::vector<std::string>& command) {
  int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  pid_t pid = spawn(command, user, null);
  ::close(null);
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void give_to(const std::string& user, const std::string& path) {
  auto* entry = ::getpwnam(user.c_str());
  if (::geteuid() == 0 && entry)
    REQUIRE(::chown(path.c_str(), entry->pw_uid, entry->pw_gid) == 0);
}

std::uint16_t free_port(const std::string& address) {
  asio::io_context context;
  asio::ip::tcp::acceptor one(context, {asio::ip::make_address(address), 0});
  return one.local_endpoint().port();
}

} // namespace net_test
