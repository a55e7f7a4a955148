// One connection of the HTTP server: reads a request within the limits, hands it on, writes the answer as it comes,
// notices when the client is gone. Lives on the I/O thread.
#pragma once

#include "net/limits.hpp"
#include "net/response_queue.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace paws::net {

namespace asio = boost::asio;

class http_listener;

class http_session : public std::enable_shared_from_this<http_session> {
public:
  using socket_type = asio::generic::stream_protocol::socket; // Unix or TCP

  http_session(socket_type socket, std::weak_ptr<http_listener> owner, const http_server_limits& limits);

  /// Serves requests until the client or a limit ends it.
  void start();
  /// Answers 503 to whatever comes and closes.
  void refuse_busy();
  /// Since when it has waited for its client to send: a request, the rest of one, or the end after a refusal. Nothing
  /// while a request is carried out or an answer is written.
  std::optional<std::chrono::steady_clock::time_point> waiting_since() const;
  /// Bytes of a body that is not complete yet, those that are announced included.
  std::size_t inbound_bytes() const { return inbound_bytes_; }
  /// A whole answer, or a piece of a streamed one, to the open request.
  void reply(int status, const std::string& content_type, std::string body);
  void chunk(int status, const std::string& content_type, std::string data, bool last);
  /// Lets `until` go once everything is written, or the client is gone.
  void flush(std::shared_ptr<void> until);
  /// The server ends: a complete answer is still written, everything else is closed.
  void end();
  /// Closes at once; an open request is reported as gone.
  void close();

private:
  enum class phase : std::uint8_t { reading, handling, streaming, flushing, lingering, closed };

  void read_request();
  void on_head(const boost::system::error_code& failed);
  void read_body();
  void on_request(const boost::system::error_code& failed);
  void count_inbound(std::size_t now);
  void read_failed(const boost::system::error_code& why);
  void refuse(int status, const topology::failure& why);
  void queue(std::string bytes, std::string more = {});
  void write();
  void on_written(const boost::system::error_code& failed);
  void linger();
  void read_and_discard();
  void watch_for_hangup();
  void set_deadline(milliseconds in);
  void on_deadline();
  void end_request(bool gone);

  socket_type socket_;
  std::weak_ptr<http_listener> owner_;
  http_server_limits limits_;
  asio::steady_timer timer_;
  phase phase_ = phase::reading;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::chrono::steady_clock::time_point waiting_since_;
  std::size_t inbound_bytes_ = 0;
  std::uint64_t request_ = 0; // open request; 0 = none
  bool head_only_ = false, chunked_ = false, keep_alive_ = false;
  bool timed_out_ = false, hung_up_ = false;
  response_queue output_;
  std::vector<std::shared_ptr<void>> until_written_;
  std::size_t discarded_bytes_ = 0;
  std::array<char, 4096> rubbish_;
};

} // namespace paws::net
