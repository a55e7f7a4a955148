// The programs that a run starts one after the other, and everything that comes to be below them: signals are passed
// on, orphans adopted and reaped. As process 1 of a container, and as any other process.
#pragma once

#include "bin/run_variables.hpp"
#include "store/durable_file.hpp"

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace paws::bin {

/// How a program ended.
struct child_end {
  int exit_code = 0;        // 128 + n when signal n ended it
  int signal = 0;           // that ended it
  int exec_error = 0;       // errno, when it could not be executed at all
  bool interrupted = false; // it was told to end meanwhile
};

struct child_job {
  std::vector<std::string> words; // words[0]: a path, or found by PATH
  variable_map variables;         // its whole environment
  /// It has our stdin, stdout and, on a terminal, the foreground. Else stdin is empty and its stdout becomes ours for
  /// errors, or goes to `on_line`, line by line.
  bool in_front = false;
  std::function<void(std::string_view line)> on_line;
  std::function<void(pid_t)> on_start;
  /// What is sent to its process group for the `times`-th signal `number` that we get; 0 = nothing.
  std::function<int(int number, int times)> pass_on;
};

/// One at a time: signals of the whole process go here from the first moment to the last.
class children {
public:
  /// From now on SIGINT, SIGTERM and SIGHUP end nothing by themselves, and orphans come to us.
  children();
  children(const children&) = delete;
  children& operator=(const children&) = delete;
  ~children();

  /// Runs one program to its end, in a process group of its own.
  child_end run(const child_job& job);
  /// How often somebody told us to end, since we exist.
  int told_to_end();
  /// Of anything else that ended below us: its pid, and its status as waitpid(2) tells it.
  void on_other_end(std::function<void(pid_t, int)> hook) { other_end_ = std::move(hook); }
  /// Ends all that still runs below us but `spared`: asked to first, killed after `patience`. Answers how many there
  /// were.
  std::size_t end_rest(pid_t spared, std::chrono::milliseconds patience);

private:
  struct running;
  void look(running& now, int timeout_ms);
  void take_signals(running* now);
  void reap(running* now);

  sigset_t before_{};
  store::descriptor signals_;
  std::function<void(pid_t, int)> other_end_;
  int told_ = 0; // signals that ask for the end
};

} // namespace paws::bin
