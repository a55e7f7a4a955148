// Where the answer of one ask goes. Whatever happens to the ask (an exception, the end of the I/O thread), its sink
// is called exactly once: at the latest by its destructor.
#pragma once

#include "logic/ask.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace paws::net {

class answer_sink {
public:
  using function = std::function<void(logic::answer)>;

  /// Starts the clock of answer::duration_us.
  explicit answer_sink(function deliver);
  answer_sink(answer_sink&& other) noexcept;
  answer_sink& operator=(answer_sink&& other) noexcept;
  ~answer_sink();

  /// From now on whatever is delivered says whether the peer may have seen the question, the destructor's answer too.
  void sent(bool may_have) { sent_ = may_have; }
  /// Delivers `what`, with its duration and `sent` filled in. Later calls do nothing.
  void deliver(logic::answer what);
  /// Delivers ok = false with this sentence.
  void fail(std::string error);

private:
  function deliver_;
  logic::steady_time began_;
  bool sent_ = false;
};

/// `text` without any occurrence of the question's secrets (its password, and command arguments that carry one),
/// as one line of at most 300 bytes.
std::string harmless(std::string_view text, const logic::ask& question);

/// "127.0.0.1:5432", "[::1]:5432", or the path of a Unix socket.
std::string endpoint_of(const logic::ask& question);

/// "no answer from 127.0.0.1:5432 within 2000 ms"
std::string too_late(const logic::ask& question);

/// Why this question cannot be asked at all (no port, an address that is none, line breaks in a header …), or "".
std::string unaskable(const logic::ask& question);

} // namespace paws::net
