#include "net/http_listener.hpp"

#include "net/peer_check.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <utility>
#include <vector>

#include <netinet/in.h>
#include <unistd.h>

namespace paws::net {

using boost::system::error_code;

namespace {

// Another engine sets up its own socket in our directory: that takes microseconds.
constexpr milliseconds listen_retry_ms{20};
constexpr int listen_attempts = 100;
// No descriptor is free for another connection: closing ones will bring some.
constexpr milliseconds accept_retry_ms{100};

} // namespace

http_listener::http_listener(asio::io_context& context, const http_server_limits& limits)
    : limits_(limits), acceptor_(context), timer_(context) {}

http_listener::~http_listener() {
  // Sessions can no longer report to an owner that is being destroyed.
  for (const auto& row : open_)
    if (handler_)
      caf::anon_send(handler_, gone_atom_v, row.first);
  stop();
  auto left = std::move(sessions_); // those that still wrote
  for (const auto& one : left)
    one->close();
}

void http_listener::serve(const std::string& path, http_handler_actor handler, served tell) {
  if (acceptor_.is_open() || tell_) {
    tell({"ERR_SYS_000", "the control socket is already served", "run: make local-status"});
    return;
  }
  handler_ = std::move(handler);
  tell_ = std::move(tell);
  if (path.starts_with('/'))
    return try_to_listen(path, listen_attempts);
  const auto failed = listen_over_tcp(path);
  if (!failed.code.empty())
    handler_ = nullptr;
  std::exchange(tell_, nullptr)(failed);
}

void http_listener::adopt(http_session::socket_type socket, http_handler_actor handler) {
  handler_ = std::move(handler);
  accepted(std::move(socket));
}

void http_listener::try_to_listen(const std::string& path, int attempts_left) {
  auto outcome = listen_on(path, ::geteuid());
  if (outcome.busy && attempts_left > 1) {
    timer_.expires_after(listen_retry_ms);
    timer_.async_wait([weak = weak_from_this(), path, attempts_left](const error_code& cancelled) {
      if (auto self = weak.lock(); self && !cancelled)
        self->try_to_listen(path, attempts_left - 1);
    });
    return;
  }
  if (outcome.failure.code.empty()) {
    error_code failed;
    acceptor_.assign(asio::local::stream_protocol(), outcome.socket.fd, failed);
    if (failed) {
      outcome.failure = {"ERR_SYS_003", "cannot listen on " + path + ": " + failed.message(), "run again"};
      unlink_own(outcome.socket);
      close_socket(outcome.socket);
    } else {
      place_ = std::move(outcome.socket);
      accept();
    }
  }
  if (!outcome.failure.code.empty())
    handler_ = nullptr;
  std::exchange(tell_, nullptr)(outcome.failure);
}

topology::failure http_listener::listen_over_tcp(const std::string& endpoint) {
  const auto colon = endpoint.rfind(':');
  const auto port = static_cast<std::uint16_t>(std::strtoul(endpoint.c_str() + colon + 1, nullptr, 10));
  error_code failed;
  const auto address = asio::ip::make_address_v4(endpoint.substr(0, colon), failed);
  if (!failed && !may_listen_at(address.to_uint()))
    failed = make_error_code(boost::system::errc::address_not_available);
  if (!failed)
    acceptor_.open(asio::generic::stream_protocol(AF_INET, IPPROTO_TCP), failed);
  if (!failed) {
    acceptor_.set_option(asio::socket_base::reuse_address(true), failed);
    if (!address.is_loopback()) // a container network's, which comes and goes with its members
      acceptor_.set_option(asio::detail::socket_option::boolean<IPPROTO_IP, IP_FREEBIND>(true), failed);
    acceptor_.bind(asio::ip::tcp::endpoint{address, port}, failed);
  }
  if (!failed)
    acceptor_.listen(asio::socket_base::max_listen_connections, failed);
  if (!failed) {
    tcp_endpoint_ = endpoint;
    accept();
    return {};
  }
  error_code ignored;
  acceptor_.close(ignored);
  const bool taken = failed == asio::error::address_in_use;
  return {
      taken ? "ERR_NET_001" : "ERR_SYS_003", "cannot listen on " + endpoint + " (control: listen): " + failed.message(),
      taken ? "end what listens there, or choose another port in the topology" : "correct `control` in the topology"};
}

std::optional<refusal> http_listener::refusal_of(const asked& what) const {
  return tcp_endpoint_.empty() ? std::nullopt : refused_over_tcp(what, tcp_endpoint_);
}

void http_listener::accept() {
  acceptor_.async_accept([weak = weak_from_this()](const error_code& failed, http_session::socket_type socket) {
    auto self = weak.lock();
    if (!self || !self->acceptor_.is_open())
      return;
    if (!failed) {
      self->accepted(std::move(socket));
      self->accept();
      return;
    }
    self->timer_.expires_after(accept_retry_ms);
    self->timer_.async_wait([weak](const error_code& cancelled) {
      if (auto later = weak.lock(); later && !cancelled && later->acceptor_.is_open())
        later->accept();
    });
  });
}

bool http_listener::is_allowed(http_session::socket_type& socket) const {
  if (tcp_endpoint_.empty())
    return peer_allowed(peer_user(socket.native_handle()), ::geteuid());
  const auto address = [](const auto& ask, int fd) {
    sockaddr_in out{};
    socklen_t size = sizeof out;
    return ask(fd, reinterpret_cast<sockaddr*>(&out), &size) == 0 ? ntohl(out.sin_addr.s_addr) : std::uint32_t{0};
  };
  return is_taken_from(address(::getpeername, socket.native_handle()), address(::getsockname, socket.native_handle()));
}

void http_listener::accepted(http_session::socket_type socket) {
  if (!is_allowed(socket))
    return;
  bool full = sessions_.size() >= limits_.connections;
  // A client that is ready to ask comes before those that keep us waiting.
  if (auto slow = full ? longest_waiting(nullptr, false) : nullptr) {
    slow->close();
    full = false;
  }
  if (full && refused_.size() >= refusals_at_once)
    return;
  auto session = std::make_shared<http_session>(std::move(socket), weak_from_this(), limits_);
  (full ? refused_ : sessions_).insert(session);
  if (full)
    session->refuse_busy();
  else
    session->start();
}

void http_listener::reply(http_reply_out what) {
  auto found = open_.find(what.id);
  if (found == open_.end())
    return;
  if (auto session = found->second.lock())
    session->reply(what.status, what.content_type, std::move(what.body));
}

void http_listener::chunk(http_chunk_out what) {
  auto found = open_.find(what.id);
  if (found == open_.end())
    return;
  if (auto session = found->second.lock())
    session->chunk(what.status, what.content_type, std::move(what.data), what.last);
}

void http_listener::flush(std::uint64_t id, std::shared_ptr<void> until) {
  auto found = open_.find(id);
  if (found == open_.end())
    return;
  if (auto session = found->second.lock())
    session->flush(std::move(until));
}

void http_listener::stop(std::shared_ptr<void> until) {
  if (auto tell = std::exchange(tell_, nullptr))
    tell({"ERR_SYS_005", "stopped before the control socket was set up", "run again"});
  timer_.cancel();
  if (acceptor_.is_open()) {
    if (tcp_endpoint_.empty())
      unlink_own(place_);
    error_code ignored;
    acceptor_.close(ignored);
  }
  std::vector<std::shared_ptr<http_session>> all(sessions_.begin(), sessions_.end());
  all.insert(all.end(), refused_.begin(), refused_.end());
  for (const auto& session : all)
    session->end();
  handler_ = nullptr;
  if (!sessions_.empty() || !refused_.empty())
    until_empty_.push_back(std::move(until));
}

std::uint64_t http_listener::begin_request(const std::shared_ptr<http_session>& from, std::string method,
                                           std::string target, std::string body, std::string trace_id) {
  auto id = ++last_id_;
  open_.emplace(id, from);
  caf::anon_send(handler_,
                 http_request_in{id, std::move(method), std::move(target), std::move(body), std::move(trace_id)});
  return id;
}

void http_listener::end_request(std::uint64_t id, bool gone) {
  open_.erase(id);
  if (gone && handler_)
    caf::anon_send(handler_, gone_atom_v, id);
}

void http_listener::session_closed(const std::shared_ptr<http_session>& which) {
  sessions_.erase(which);
  refused_.erase(which);
  if (sessions_.empty() && refused_.empty())
    until_empty_.clear();
}

std::shared_ptr<http_session> http_listener::longest_waiting(const http_session* but, bool with_body) const {
  std::shared_ptr<http_session> out;
  for (const auto& each : sessions_) {
    const auto since = each->waiting_since();
    if (since && each.get() != but && (!with_body || each->inbound_bytes() > 0) &&
        (!out || *since < *out->waiting_since()))
      out = each;
  }
  return out;
}

void http_listener::count_inbound(const http_session& from, std::ptrdiff_t change) {
  inbound_bytes_ += static_cast<std::size_t>(change);
  while (inbound_bytes_ > limits_.inbound_total_bytes) {
    auto oldest = longest_waiting(&from, true);
    if (!oldest)
      return;
    oldest->close();
  }
}

bool http_listener::count_queued(std::ptrdiff_t change) {
  queued_bytes_ += static_cast<std::size_t>(change);
  return queued_bytes_ <= limits_.queued_total_bytes;
}

} // namespace paws::net
