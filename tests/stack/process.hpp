// Programs as seen from outside: run one with a deadline, and look at process trees in /proc. Waiting is on the
// program's end and its pipes, never on time alone.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <sys/types.h>
#include <vector>

namespace paws::e2e {

using deadline = std::chrono::steady_clock::time_point;
deadline in(std::chrono::milliseconds span);
/// Milliseconds until `until`, at least 0, as poll(2) takes them.
int remaining_ms(deadline until);

/// A running program with its output. Killed (its process group too) when this goes away before it ended.
class program {
public:
  /// Runs argv[0] (found by PATH) in a process group of its own, stdin /dev/null. `variables` are added to ours.
  program(const std::vector<std::string>& argv, const std::map<std::string, std::string>& variables,
          const std::string& directory = "");
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  ~program();

  /// True when it ended in time. Its output is read all along.
  bool wait(deadline until);
  /// True when `seen(out)` became true in time; false also when it ended before that.
  bool wait_output(const std::function<bool(const std::string&)>& seen, deadline until);
  /// To its whole process group, as a terminal's Ctrl-C does.
  void signal_group(int number) const;

  pid_t pid() const { return pid_; }
  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }
  /// Exit code; 128 + n when signal n ended it; -1 while it runs.
  int exit_code() const { return exit_code_; }
  /// True when nobody holds its output open any more: what it left in the background let go of it.
  bool output_closed() const { return out_fd_ < 0 && err_fd_ < 0; }

private:
  void pump(int timeout_ms);
  static void drain(int& fd, std::string& into);

  pid_t pid_ = -1;
  int pid_fd_ = -1, out_fd_ = -1, err_fd_ = -1;
  int exit_code_ = -1;
  std::string out_, err_;
};

/// `pid` and everything below it, now.
std::vector<pid_t> tree_of(pid_t pid);

/// SIGKILLs everything below and including `pid`, what is born meanwhile too. Nothing of it is alive afterwards, or
/// false when something still is at `until`.
bool kill_tree(pid_t pid, deadline until);

void signal_tree(pid_t pid, int number);

/// True when the process is there and no zombie.
bool alive(pid_t pid);

/// Processes whose command line or working directory lies below `directory`: "pid command".
std::map<pid_t, std::string> processes_below(const std::string& directory);

} // namespace paws::e2e
