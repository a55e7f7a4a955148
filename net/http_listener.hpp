// The listening side of the HTTP server: accepts connections on the control socket, or over TCP, keeps the sessions and
// the open requests, and passes between them and the handler. Lives on the I/O thread.
#pragma once

#include "messages/net.hpp"
#include "net/control_socket.hpp"
#include "net/http_session.hpp"
#include "net/read_only.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>

namespace paws::net {

class http_listener : public std::enable_shared_from_this<http_listener> {
public:
  http_listener(asio::io_context& context, const http_server_limits& limits);
  ~http_listener();

  using served = std::function<void(const topology::failure&)>; // code "" = it listens

  /// Listens on `path` (control_socket.hpp has the rules), or over TCP when that is "address:port" (read_only.hpp has
  /// the rules; this machine need not have the address yet), and hands requests to `handler`. Calls `tell` once.
  void serve(const std::string& path, http_handler_actor handler, served tell);
  /// Serves a connection that is there already, as one that was accepted.
  void adopt(http_session::socket_type socket, http_handler_actor handler);
  void reply(http_reply_out what);
  void chunk(http_chunk_out what);
  /// `until` is let go when all that was sent of this answer is written, or its client is gone.
  void flush(std::uint64_t id, std::shared_ptr<void> until);
  /// Stops listening, removes the socket file, closes every session; complete answers are still written. `until` is
  /// let go when no session is left.
  void stop(std::shared_ptr<void> until = nullptr);

  // --- for sessions --------------------------------------------------------------------------------------------
  /// Why a request with this head is not taken; nothing when it is.
  std::optional<refusal> refusal_of(const asked& what) const;
  /// Hands a request on; its id.
  std::uint64_t begin_request(const std::shared_ptr<http_session>& from, std::string method, std::string target,
                              std::string body, std::string trace_id);
  /// The answer of `id` is complete, or nobody waits for it any more (gone).
  void end_request(std::uint64_t id, bool gone);
  void session_closed(const std::shared_ptr<http_session>& which);
  /// Counts unsent bytes of all sessions; false when there are too many.
  bool count_queued(std::ptrdiff_t change);
  /// Counts parts of bodies of all sessions. When there are too many, those that were begun first are dropped, but
  /// not `from`: whoever sends a whole request is served, however many others send halves.
  void count_inbound(const http_session& from, std::ptrdiff_t change);

private:
  void try_to_listen(const std::string& path, int attempts_left);
  topology::failure listen_over_tcp(const std::string& endpoint);
  void accept();
  bool is_allowed(http_session::socket_type& socket) const;
  void accepted(http_session::socket_type socket);

  /// The session, not `but`, that has waited longest for its client; with part of a body if `with_body`. May be null.
  std::shared_ptr<http_session> longest_waiting(const http_session* but, bool with_body) const;

  http_server_limits limits_;
  asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_;
  asio::steady_timer timer_; // until the next attempt to listen or to accept
  control_socket place_;
  std::string tcp_endpoint_; // "" = it listens on a Unix socket
  http_handler_actor handler_;
  served tell_;
  std::vector<std::shared_ptr<void>> until_empty_;
  std::set<std::shared_ptr<http_session>> sessions_;
  std::set<std::shared_ptr<http_session>> refused_;
  std::unordered_map<std::uint64_t, std::weak_ptr<http_session>> open_;
  std::uint64_t last_id_ = 0;
  std::size_t queued_bytes_ = 0, inbound_bytes_ = 0;
};

} // namespace paws::net
