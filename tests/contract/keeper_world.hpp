// One keeper with one member, in directories of its own below /tmp: for tests of what a keeper promises. Whatever is
// left of it when the test ends is killed.
#pragma once

#include "runtimes/process/keeper_files.hpp"
#include "runtimes/process/process_tree.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace paws::process::test {

/// A named pipe by which a member's script tells the test something: no test waits by the clock.
class told {
public:
  explicit told(const std::string& path);
  ~told();
  told(const told&) = delete;
  told& operator=(const told&) = delete;

  const std::string& path() const { return path_; }
  /// The next line; fails the test when none comes.
  std::string line();
  std::int64_t number() { return std::stoll(line()); }

private:
  std::string path_;
  std::string begun_;
  int fd_ = -1;
};

class keeper_world {
public:
  keeper_world();
  ~keeper_world();
  keeper_world(const keeper_world&) = delete;
  keeper_world& operator=(const keeper_world&) = delete;

  /// The member becomes `/bin/sh -c script`; $1 is the pipe it tells the test by, $2 the one it is told by.
  void script(const std::string& text);
  /// Writes the order and starts the keeper: what it reported.
  nlohmann::json start();
  /// start(), and the member runs.
  keeper_record running();
  /// Tells the member's script something.
  void tell(const std::string& line);

  process_id keeper() const;
  process_id main() const;
  keeper_record record() const;
  /// Waits for the keeper's end; what it recorded.
  keeper_record ended();
  /// Every line of the logs, oldest first, without their frames; pieces are joined.
  std::vector<std::string> lines(const std::string& stream) const;
  /// member.log and its elders, oldest first.
  std::vector<std::string> log_files() const;
  std::string marker() const { return order.environment + "/" + order.member; }
  std::string log_path() const { return order.log_directory + "/member.log"; }

  std::string directory;
  std::string run_dir;
  keeper_order order;
  told said;
  std::string said_back; // path of the other pipe
};

/// False when `who` is still alive after a minute.
bool gone(const process_id& who);
/// The whole of a file; "" when there is none.
std::string content(const std::string& path);
/// Words after "<key>:" in /proc/<pid>/status.
std::string status_of(std::int64_t pid, const std::string& key);

} // namespace paws::process::test
