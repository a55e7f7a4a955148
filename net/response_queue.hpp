// Bytes of an answer on their way to a slow client, and how HTTP frames them.
#pragma once

#include "topology/failure.hpp"

#include <boost/asio/buffer.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

namespace paws::net {

/// What is to be written, in order. The pieces handed out by next() stay until wrote().
class response_queue {
public:
  void push(std::string bytes);
  bool empty() const { return waiting_.empty() && on_their_way_.empty(); }
  bool writing() const { return !on_their_way_.empty(); }
  /// Unsent bytes.
  std::size_t size() const { return size_; }
  /// The next pieces to write, as many as there are. Only when !writing().
  std::vector<boost::asio::const_buffer> next();
  /// The pieces of next() were written; how many bytes they were.
  std::size_t wrote();
  /// Forgets all, except what is on its way; how many bytes that were.
  std::size_t clear();

private:
  std::deque<std::string> waiting_;
  std::deque<std::string> on_their_way_;
  std::size_t size_ = 0;
};

/// How an answer's end is known to the client.
enum class framing { length, chunked, until_close };

/// The head of an answer. Characters in `content_type` that could end a header line are dropped.
std::string response_head(int status, const std::string& content_type, framing how, std::size_t length,
                          bool keep_alive);

/// `data` as one chunk of a chunked transfer; "" for no data.
std::string as_chunk(const std::string& data);
inline constexpr const char* last_chunk = "0\r\n\r\n";

/// {"error":{"component":…,"code":…,"message":…,"remedy":…}}, the body of a refusal. The words are plain ASCII of ours.
std::string refusal_body(const topology::failure& why);

} // namespace paws::net
