#include "net/http_session.hpp"

#include "net/http_listener.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>

#include <algorithm>
#include <utility>

#include <poll.h>

namespace paws::net {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

// The buffer takes a whole head, or pieces of a body.
constexpr std::size_t spare_buffer_bytes = 4096;

bool has_hung_up(int fd) {
  pollfd entry{fd, 0, 0};
  return ::poll(&entry, 1, 0) > 0;
}

std::string kib(std::size_t bytes) {
  return std::to_string(bytes / 1024) + " KiB";
}

} // namespace

http_session::http_session(socket_type socket, std::weak_ptr<http_listener> owner, const http_server_limits& limits)
    : socket_(std::move(socket)),
      owner_(std::move(owner)),
      limits_(limits),
      timer_(socket_.get_executor()),
      buffer_(limits.head_bytes + spare_buffer_bytes) {}

void http_session::start() {
  watch_for_hangup();
  read_request();
}

void http_session::refuse_busy() {
  refuse(503, {"ERR_NET_004", "every connection to the engine is taken", "try again, or end clients that follow"});
}

std::optional<std::chrono::steady_clock::time_point> http_session::waiting_since() const {
  const bool waits = phase_ == phase::reading || phase_ == phase::lingering;
  return waits ? std::optional{waiting_since_} : std::nullopt;
}

void http_session::read_request() {
  phase_ = phase::reading;
  waiting_since_ = std::chrono::steady_clock::now();
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits_.head_bytes));
  parser_->body_limit(limits_.body_bytes);
  set_deadline(limits_.idle_ms);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](const error_code& failed, std::size_t) { self->on_head(failed); });
}

void http_session::on_head(const error_code& failed) {
  if (phase_ != phase::reading)
    return;
  if (failed) {
    read_failed(failed);
    return;
  }
  const auto& head = parser_->get();
  const auto view = [](auto text) { return std::string_view{text.data(), text.size()}; };
  if (auto owner = owner_.lock())
    if (auto no = owner->refusal_of({view(head.method_string()), view(head.target()), view(head[http::field::host]),
                                     view(head[http::field::origin])})) {
      refuse(no->status, no->why);
      return;
    }
  if (beast::iequals(parser_->get()[http::field::expect], "100-continue"))
    queue("HTTP/1.1 100 Continue\r\n\r\n");
  set_deadline(limits_.idle_ms);
  parser_->eager(true);
  read_body();
}

// Piece by piece, so that what is held is counted as it grows. Room for an announced body is made by the parser at
// once.
void http_session::read_body() {
  count_inbound(std::max<std::size_t>(parser_->content_length().value_or(0), parser_->get().body().size()));
  if (phase_ != phase::reading)
    return;
  if (parser_->is_done()) {
    on_request({});
    return;
  }
  http::async_read_some(socket_, buffer_, *parser_, [self = shared_from_this()](const error_code& failed, std::size_t) {
    if (self->phase_ == phase::reading && !failed)
      self->read_body();
    else
      self->on_request(failed);
  });
}

void http_session::on_request(const error_code& failed) {
  if (phase_ != phase::reading)
    return;
  if (failed) {
    read_failed(failed);
    return;
  }
  auto owner = owner_.lock();
  if (!owner || hung_up_) {
    close();
    return;
  }
  timer_.cancel();
  timed_out_ = false;
  auto request = parser_->release();
  parser_.reset();
  count_inbound(0);
  phase_ = phase::handling;
  head_only_ = request.method() == http::verb::head;
  chunked_ = request.version() >= 11;
  keep_alive_ = request.keep_alive();
  request_ =
      owner->begin_request(shared_from_this(), std::string(request.method_string()), std::string(request.target()),
                           std::move(request.body()), std::string(request["X-Trace-ID"]));
}

void http_session::count_inbound(std::size_t now) {
  auto change = static_cast<std::ptrdiff_t>(now) - static_cast<std::ptrdiff_t>(std::exchange(inbound_bytes_, now));
  if (auto owner = owner_.lock(); owner && change != 0)
    owner->count_inbound(*this, change);
}

void http_session::read_failed(const error_code& why) {
  if (timed_out_)
    refuse(408, {"ERR_NET_003", "no complete request came in time", "send a request in one go"});
  else if (why == http::error::header_limit || why == http::error::buffer_overflow)
    refuse(431, {"ERR_CLI_001", "the request's head is too large", "send less than " + kib(limits_.head_bytes)});
  else if (why == http::error::body_limit)
    refuse(413, {"ERR_CLI_001", "the request's body is too large", "send at most " + kib(limits_.body_bytes)});
  else if (why != http::error::end_of_stream && why != http::error::partial_message &&
           why.category() == make_error_code(http::error::bad_method).category())
    refuse(400, {"ERR_CLI_001", "this is not an HTTP/1.1 request", "see: GET /v1/openapi.json"});
  else
    close();
}

// The connection cannot be understood any further: say why, let the client finish sending, close.
void http_session::refuse(int status, const topology::failure& why) {
  keep_alive_ = false;
  phase_ = phase::flushing;
  parser_.reset();
  count_inbound(0);
  auto body = refusal_body(why);
  queue(response_head(status, "application/json", framing::length, body.size(), false) + body);
  set_deadline(limits_.linger_ms);
}

void http_session::reply(int status, const std::string& content_type, std::string body) {
  if (phase_ != phase::handling)
    return;
  phase_ = phase::flushing;
  auto head = response_head(status, content_type, framing::length, body.size(), keep_alive_);
  set_deadline(limits_.idle_ms);
  queue(std::move(head), head_only_ ? std::string() : std::move(body));
}

void http_session::chunk(int status, const std::string& content_type, std::string data, bool last) {
  if (phase_ != phase::handling && phase_ != phase::streaming)
    return;
  if (phase_ == phase::handling) {
    phase_ = phase::streaming;
    keep_alive_ = keep_alive_ && chunked_;
    queue(response_head(status, content_type, chunked_ ? framing::chunked : framing::until_close, 0, keep_alive_));
  }
  if (output_.size() > limits_.queued_bytes) {
    close(); // it reads slower than the answer grows
    return;
  }
  if (last) {
    phase_ = phase::flushing;
    set_deadline(limits_.idle_ms);
  }
  if (!head_only_)
    queue((chunked_ ? as_chunk(data) : std::move(data)) + (last && chunked_ ? last_chunk : ""));
  else
    write();
}

void http_session::flush(std::shared_ptr<void> until) {
  if (!output_.empty())
    until_written_.push_back(std::move(until));
}

void http_session::end() {
  if (phase_ == phase::flushing && request_ != 0)
    keep_alive_ = false;
  else if (phase_ != phase::flushing)
    close();
}

// Two pieces, so that a large body is not copied behind its head.
void http_session::queue(std::string bytes, std::string more) {
  auto size = static_cast<std::ptrdiff_t>(bytes.size() + more.size());
  output_.push(std::move(bytes));
  output_.push(std::move(more));
  auto owner = owner_.lock();
  if (owner && owner->count_queued(size))
    write();
  else
    close();
}

void http_session::write() {
  if (output_.writing() || phase_ == phase::closed)
    return;
  if (output_.empty()) {
    on_written({});
    return;
  }
  asio::async_write(socket_, output_.next(), [self = shared_from_this()](const error_code& failed, std::size_t) {
    auto sent = self->output_.wrote();
    if (auto owner = self->owner_.lock())
      owner->count_queued(-static_cast<std::ptrdiff_t>(sent));
    self->on_written(failed);
  });
}

void http_session::on_written(const error_code& failed) {
  if (phase_ == phase::closed)
    return;
  if (failed) {
    close();
    return;
  }
  if (!output_.empty()) {
    write();
    return;
  }
  until_written_.clear();
  if (phase_ != phase::flushing)
    return;
  timer_.cancel();
  end_request(false);
  if (keep_alive_ && !hung_up_ && !owner_.expired())
    read_request();
  else
    linger();
}

// Closing while the client still sends would take the answer away from it.
void http_session::linger() {
  phase_ = phase::lingering;
  waiting_since_ = std::chrono::steady_clock::now();
  error_code ignored;
  socket_.shutdown(socket_type::shutdown_send, ignored);
  set_deadline(limits_.linger_ms);
  read_and_discard();
}

void http_session::read_and_discard() {
  socket_.async_read_some(asio::buffer(rubbish_),
                          [self = shared_from_this()](const error_code& failed, std::size_t size) {
                            self->discarded_bytes_ += size;
                            if (failed || self->discarded_bytes_ > self->limits_.linger_bytes)
                              self->close();
                            else if (self->phase_ == phase::lingering)
                              self->read_and_discard();
                          });
}

// A hang-up is an error condition of the socket; a client that only ended its sending side does not cause it.
void http_session::watch_for_hangup() {
  socket_.async_wait(socket_type::wait_error, [weak = weak_from_this()](const error_code& cancelled) {
    auto self = weak.lock();
    if (!self || self->phase_ == phase::closed)
      return;
    // By the deadline of a read, which is not about this; or Asio means the socket that had this place before.
    if (cancelled || !has_hung_up(self->socket_.native_handle())) {
      self->watch_for_hangup();
      return;
    }
    self->hung_up_ = true;
    if (self->phase_ == phase::handling || self->phase_ == phase::streaming)
      self->close();
  });
}

void http_session::set_deadline(milliseconds in) {
  timed_out_ = false;
  timer_.expires_after(in);
  timer_.async_wait([weak = weak_from_this()](const error_code& cancelled) {
    auto self = weak.lock();
    if (self && !cancelled)
      self->on_deadline();
  });
}

void http_session::on_deadline() {
  if (timer_.expiry() > std::chrono::steady_clock::now() || phase_ == phase::closed)
    return; // armed anew after this call was queued
  if (phase_ != phase::reading) {
    close();
    return;
  }
  timed_out_ = true;
  error_code ignored;
  socket_.cancel(ignored); // the read ends and says 408
}

void http_session::end_request(bool gone) {
  auto id = std::exchange(request_, 0);
  if (auto owner = owner_.lock(); owner && id != 0)
    owner->end_request(id, gone);
}

void http_session::close() {
  if (std::exchange(phase_, phase::closed) == phase::closed)
    return;
  auto self = shared_from_this(); // the owner may hold the last reference
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
  auto dropped = output_.clear();
  until_written_.clear();
  count_inbound(0);
  if (auto owner = owner_.lock()) {
    owner->count_queued(-static_cast<std::ptrdiff_t>(dropped));
    end_request(true);
    owner->session_closed(self);
  }
}

} // namespace paws::net
