#include "bin/run_janitor.hpp"

#include "bin/engine_process.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paws::bin {

namespace {

using namespace std::chrono_literals;

constexpr auto patience = 20s;     // a start or a teardown that is told to end may stop daemons first
constexpr auto rest_patience = 5s; // for what the command left in the background
constexpr int look_interval_ms = 20;
constexpr pid_t all_done = 0;

void let_go_of_streams() {
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO); // whoever reads it waits for its end
}

// The first of the group ends as it likes; what is left then, also what it has started since it was told, ends too.
void end_group(pid_t group) {
  if (group <= 0)
    return;
  ::kill(-group, SIGTERM);
  const bool ended = wait_until_gone(group, patience);
  const auto until = std::chrono::steady_clock::now() + (ended ? rest_patience : 0s);
  // Nobody tells a stranger of their end: look again and again.
  for (int signal = SIGTERM; ::kill(-group, signal) == 0 && signal != SIGKILL;) {
    ::poll(nullptr, 0, look_interval_ms);
    signal = std::chrono::steady_clock::now() < until ? 0 : SIGKILL;
  }
}

[[noreturn]] void wait_for_end(int line, const std::function<void()>& take_down) {
  ::setsid(); // what ends the run's group is not to end this
  let_go_of_streams();
  pid_t group = -1, said = -1;
  for (;;) {
    const auto got = ::read(line, &said, sizeof said);
    if (got < 0 && errno == EINTR)
      continue;
    if (got != sizeof said)
      break;
    group = said;
  }
  if (group != all_done) {
    end_group(group);
    take_down();
  }
  ::_exit(0);
}

} // namespace

janitor::janitor(const std::function<void()>& take_down) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(ends[1]);
    wait_for_end(ends[0], take_down);
  }
  ::close(ends[0]);
  line_ = store::descriptor{ends[1]};
}

janitor::~janitor() {
  dismiss();
}

void janitor::watch(pid_t group) const {
  if (line_)
    static_cast<void>(::write(line_.get(), &group, sizeof group));
}

void janitor::dismiss() {
  if (!line_)
    return;
  watch(all_done);
  line_ = store::descriptor{};
  ::waitpid(pid_, nullptr, 0);
}

} // namespace paws::bin
