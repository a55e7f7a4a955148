// The one I/O thread: owns the io_context on which every socket of the engine lives, and the objects that live on
// it. Other threads only ever post to it; what it learns goes back as messages to actors.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace paws::net {

namespace asio = boost::asio;

/// What outlives the thread: a door through which functions are handed to it. Thread-safe. After the thread ended,
/// functions are refused and destroyed, so whoever must be told is told by a destructor (see answer_sink).
class io_loop {
public:
  io_loop() : context_(std::in_place, 1) {}

  /// Runs `what` on the I/O thread. Never blocks, never runs it in place. False (and `what` is destroyed by the
  /// caller's end) when the thread has ended.
  template <class Function>
  bool post(Function&& what) {
    std::lock_guard lock(mutex_);
    if (closed_)
      return false;
    asio::post(*context_, std::forward<Function>(what));
    return true;
  }

  /// For objects that are made on the I/O thread and live there. I/O thread only.
  asio::io_context& context() { return *context_; }
  /// Keeps `what` alive until release() or the end of the thread. I/O thread only.
  void keep(std::shared_ptr<void> what) { residents_.push_back(std::move(what)); }
  /// The opposite of keep(). I/O thread only.
  void release(const void* what);

private:
  friend class io_thread;

  std::mutex mutex_;
  bool closed_ = false;                          // guarded by mutex_
  std::optional<asio::io_context> context_;      // outlives the residents
  std::vector<std::shared_ptr<void>> residents_; // I/O thread, then the one that joins it
};

/// Owns the thread. Destroy it before the actor_system whose actors use it, and never on the I/O thread itself.
class io_thread {
public:
  io_thread();
  /// Stops the loop at once, joins, and destroys everything that lived on it.
  ~io_thread();
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  const std::shared_ptr<io_loop>& loop() const { return loop_; }

private:
  void run();

  std::shared_ptr<io_loop> loop_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_;
  std::thread thread_;
};

} // namespace paws::net
