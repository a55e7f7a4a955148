// The control socket as a stranger to the project would use it: raw bytes, and one request at a time.
#pragma once

#include "tests/stack/stack.hpp"

#include <string>
#include <string_view>

namespace paws::e2e {

/// The control socket of a stack.
std::string socket_of(const stack& s);

/// One connection; sending and receiving give up after half a minute.
class connection {
public:
  connection() = default;
  explicit connection(const std::string& socket_path);
  ~connection();
  connection(connection&& other) noexcept;
  connection& operator=(connection&& other) noexcept;

  bool open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  /// False when the engine closed its end.
  bool send(std::string_view bytes) const;
  /// True when the engine closed it; what it said before is dropped. Does not wait.
  bool closed() const;
  /// All until the engine closes.
  std::string rest() const;

private:
  int fd_ = -1;
};

struct control_answer {
  int status = 0; // 0 = none
  std::string media_type, body;
};

control_answer ask(const std::string& socket_path, const std::string& method, const std::string& target,
                   const std::string& body = "");

} // namespace paws::e2e
