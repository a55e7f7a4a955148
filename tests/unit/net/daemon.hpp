// A real daemon for the tests: runs below an unprivileged user when the tests run as root, is ready when it says so,
// and is ended by its process id.
#pragma once

#include "net_support.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace net_test {

class daemon {
public:
  /// Starts `command` as `user` (when we are root) and returns when a line of its output has `ready`.
  daemon(std::vector<std::string> command, const std::string& user, const std::string& ready);
  ~daemon();
  daemon(const daemon&) = delete;
  daemon& operator=(const daemon&) = delete;

  void signal(int number) const;
  /// SIGKILL, and waits until it is gone.
  void kill();

private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::thread drain_;
};

/// Runs a program as `user` to its end; its exit code.
int run_as(const std::string& user, const std::vector<std::string>& command);

/// Makes `path` belong to `user` when we are root.
void give_to(const std::string& user, const std::string& path);

/// A port that nobody uses at `address` now.
std::uint16_t free_port(const std::string& address);

} // namespace net_test
