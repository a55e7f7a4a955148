// Learns at once when a keeper ends: one thread that waits on pidfds and turns each end into a call.
#pragma once

#include "runtimes/process/process_tree.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace paws::process {

class exit_watch {
public:
  exit_watch();
  ~exit_watch();
  exit_watch(const exit_watch&) = delete;
  exit_watch& operator=(const exit_watch&) = delete;

  /// Calls `then` once, on the watch's own thread, when `who` has ended; at once when it is gone already.
  void add(const process_id& who, std::function<void()> then);

private:
  struct entry {
    int fd = -1;
    std::function<void()> then;
  };

  void run();

  int epoll_ = -1;
  int wake_ = -1; // eventfd: the end of the thread
  std::mutex mutex_;
  std::uint64_t last_ = 0;               // guarded by mutex_
  std::map<std::uint64_t, entry> waits_; // guarded by mutex_
  std::thread thread_;
};

} // namespace paws::process
