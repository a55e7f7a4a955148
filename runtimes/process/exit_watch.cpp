#include "runtimes/process/exit_watch.hpp"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace paws::process {

exit_watch::exit_watch() : epoll_{::epoll_create1(EPOLL_CLOEXEC)}, wake_{::eventfd(0, EFD_CLOEXEC)} {
  epoll_event what{};
  what.events = EPOLLIN;
  what.data.u64 = 0;
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &what);
  thread_ = std::thread{[this] { run(); }};
}

exit_watch::~exit_watch() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto sent = ::write(wake_, &one, sizeof one);
  thread_.join();
  for (const auto& [id, wait] : waits_)
    ::close(wait.fd);
  ::close(epoll_);
  ::close(wake_);
}

void exit_watch::add(const process_id& who, std::function<void()> then) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(who.pid), 0));
  if (fd < 0 || !is_alive(who)) {
    if (fd >= 0)
      ::close(fd);
    return then();
  }
  const std::lock_guard lock{mutex_};
  epoll_event what{};
  what.events = EPOLLIN | EPOLLONESHOT;
  what.data.u64 = ++last_;
  waits_[last_] = {fd, std::move(then)};
  ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &what);
}

void exit_watch::run() {
  for (;;) {
    epoll_event what{};
    if (::epoll_wait(epoll_, &what, 1, -1) != 1)
      continue; // interrupted
    if (what.data.u64 == 0)
      return;
    entry over;
    {
      const std::lock_guard lock{mutex_};
      if (auto found = waits_.extract(what.data.u64))
        over = std::move(found.mapped());
    }
    if (over.fd < 0)
      continue;
    ::epoll_ctl(epoll_, EPOLL_CTL_DEL, over.fd, nullptr);
    ::close(over.fd);
    over.then();
  }
}

} // namespace paws::process
