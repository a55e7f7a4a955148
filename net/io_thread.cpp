#include "net/io_thread.hpp"

#include <algorithm>
#include <csignal>
#include <exception>

#include <pthread.h>

namespace paws::net {

void io_loop::release(const void* what) {
  std::shared_ptr<void> last; // destroyed after the vector is consistent again
  auto at = std::find_if(residents_.begin(), residents_.end(), [&](const auto& x) { return x.get() == what; });
  if (at == residents_.end())
    return;
  last = std::move(*at);
  residents_.erase(at);
}

io_thread::io_thread()
    : loop_(std::make_shared<io_loop>()), guard_(asio::make_work_guard(*loop_->context_)), thread_([this] { run(); }) {}

io_thread::~io_thread() {
  {
    std::lock_guard lock(loop_->mutex_);
    loop_->closed_ = true;
  }
  guard_.reset();
  loop_->context_->stop();
  thread_.join();
  // Residents first: their sockets and timers need the context. Then handlers that never ran.
  loop_->residents_.clear();
  loop_->context_.reset();
}

void io_thread::run() {
  // Signals belong to the main thread, which waits for them. A write to a closed socket must not end the engine.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  pthread_setname_np(pthread_self(), "paws-io");
  for (;;) {
    try {
      loop_->context_->run();
      return;
    } catch (const std::exception&) {
      // Out of memory in one handler: what it owned is destroyed and thereby answered; everything else goes on.
    }
  }
}

} // namespace paws::net
