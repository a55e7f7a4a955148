// One engine per environment: an advisory lock that the kernel drops with its holder, however that dies.
#pragma once

#include "store/durable_file.hpp"

#include <string>
#include <variant>

namespace paws::store {

/// Holds the lock until it is destroyed. The descriptor is close-on-exec: programs started by the engine do not
/// inherit it; a fork without exec (going to the background) does.
class lock_file {
public:
  /// Creates the file and the directories above it. ERR_ENG_001 names the pid of another holder.
  static std::variant<lock_file, topology::failure> acquire(const std::string& path);

  lock_file(lock_file&&) noexcept = default;
  lock_file& operator=(lock_file&&) noexcept = default;
  ~lock_file();

  /// Writes the calling process's pid into the file: after going to the background it has changed.
  std::optional<topology::failure> write_pid();

private:
  lock_file(descriptor file, std::string path) : file_{std::move(file)}, path_{std::move(path)} {}

  descriptor file_;
  std::string path_;
};

/// The pid in the lock file when somebody holds the lock, -1 when somebody holds it without having said who, 0 when
/// nobody does. Takes no lock that could hinder an engine from starting.
pid_t lock_holder(const std::string& path);

} // namespace paws::store
