// A RESP reply as hiredis's reader builds it, bounded, and what it means as an answer.
#pragma once

#include "logic/ask.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct redisReader;

namespace paws::net {

/// One reply: a value (simple, bulk, integer, nil) or an array of replies.
struct redis_reply {
  bool error = false;
  bool array = false;
  std::string text;
  std::vector<std::unique_ptr<redis_reply>> elements;
};

/// Rows and text as logic/ask.hpp documents them: one row per element of an array, nested arrays flat in its cells.
/// An error reply: ok = false with its text as the peer sent it.
logic::answer to_answer(const redis_reply& reply);

/// Reads one reply after the other from bytes as they come.
class redis_parser {
public:
  redis_parser();

  enum class outcome { more, complete, broken };

  /// Takes the next bytes. complete: reply() is there. broken: not RESP, too large or nested too deeply; see error().
  outcome feed(std::string_view bytes);
  const redis_reply& reply() const { return *reply_; }
  /// After complete: there are bytes beyond that reply.
  bool excess() const;
  const std::string& error() const { return error_; }
  /// Forgets everything, ready for a new connection or the next reply.
  void reset();

private:
  struct closer {
    void operator()(redisReader* reader) const;
  };

  std::unique_ptr<redisReader, closer> reader_;
  std::unique_ptr<redis_reply> reply_;
  std::size_t taken_bytes_ = 0; // of this reply
  std::string error_;
};

} // namespace paws::net
