// Stands between a runtime and its container engine, and lets happen what happens to engines: events that never come,
// an engine that hangs, one that is gone.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace paws::contract {

class engine_proxy {
public:
  enum class mood {
    passes,
    swallows_events,
    hangs,
    gone,
    closing, // as Docker does when it ends: nobody can connect any more, and who is connected goes on
  };

  explicit engine_proxy(std::string engine_socket);
  ~engine_proxy();
  engine_proxy(const engine_proxy&) = delete;
  engine_proxy& operator=(const engine_proxy&) = delete;

  const std::string& socket() const { return path_; }
  /// From now on. Connections that are open are cut, but by closing.
  void be(mood what);
  /// Waits until somebody was refused while it was closing.
  void wait_refused() const { refused_.wait(0); }

private:
  void serve();
  void forward(int client);
  void cut_all();
  void listen();

  std::string engine_socket_, root_ = "/tmp/paws-proxy-XXXXXX", path_;
  std::atomic<mood> mood_{mood::passes};
  std::atomic<int> refused_{0};
  std::atomic<bool> ends_{false};
  std::mutex mutex_;
  std::list<int> open_;
  std::list<std::jthread> forwarders_;
  std::atomic<int> listener_{-1};
  std::jthread server_;
};

} // namespace paws::contract
