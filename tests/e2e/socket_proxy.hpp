// Stands between a client and a server on Unix sockets, and can stop forwarding for a while: what a hanging server
// looks like, without anybody else noticing.
#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace paws::e2e {

class socket_proxy {
public:
  /// Listens at `path`; every connection is one to `server`.
  socket_proxy(const std::filesystem::path& path, std::string server);
  socket_proxy(const socket_proxy&) = delete;
  socket_proxy& operator=(const socket_proxy&) = delete;
  ~socket_proxy();

  const std::string& path() const { return path_; }
  /// From now on nothing passes, and new connections are accepted and not answered.
  void hold() { set(true); }
  void go_on() { set(false); }

private:
  struct pair {
    int client = -1, server = -1;
  };
  void set(bool held);
  void work();
  void accept_one();
  static bool pass(int from, int to);

  std::string path_, server_;
  int listen_fd_ = -1, wake_fd_ = -1;
  std::atomic<bool> held_{false}, ends_{false};
  std::vector<pair> pairs_; // of the thread
  std::thread thread_;
};

} // namespace paws::e2e
