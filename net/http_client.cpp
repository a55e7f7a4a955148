#include "net/http_client.hpp"

#include "net/http_exchange.hpp"
#include "net/limits.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <unordered_map>

#include <sys/socket.h>
#include <unistd.h>

namespace paws::net {

namespace {

using asio::posix::stream_descriptor;
using boost::system::error_code;

// curl wants one global initialisation per process, before any thread uses it.
CURLM* new_multi() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  return ready == CURLE_OK ? curl_multi_init() : nullptr;
}

} // namespace

// One socket of curl's, and what curl waits for on it.
struct watched_socket {
  watched_socket(asio::io_context& context, bool is_ours) : descriptor(context), ours(is_ours) {}

  stream_descriptor descriptor;
  bool ours;                             // made by us for a connection; otherwise curl's own and never closed here
  std::string address;                   // the question's
  int wanted = 0;                        // CURL_POLL_* bits; 0 = a kept connection that nobody uses
  bool reading = false, writing = false; // waits under way
};

class http_driver : public std::enable_shared_from_this<http_driver> {
public:
  explicit http_driver(asio::io_context& context);
  void stop();
  void send(logic::ask question, answer_sink sink);
  void forget(const std::string& address);

private:
  using socket_pointer = std::shared_ptr<watched_socket>;

  static curl_socket_t on_open(void* exchange, curlsocktype, curl_sockaddr* where);
  static int on_close(void* self, curl_socket_t fd);
  static int on_watch(CURL*, curl_socket_t fd, int what, void* self, void*);
  static int on_timer(CURLM*, long timeout_ms, void* self);

  curl_socket_t open_socket(const http_exchange& exchange, const curl_sockaddr& where);
  void watch(curl_socket_t fd, int what);
  void arm(curl_socket_t fd, const socket_pointer& socket);
  void act(curl_socket_t fd, int events);
  void collect();

  asio::io_context& context_;
  asio::steady_timer timer_;
  CURLM* multi_;
  std::map<curl_socket_t, socket_pointer> sockets_;
  std::unordered_map<http_exchange*, std::unique_ptr<http_exchange>> exchanges_;
};

http_driver::http_driver(asio::io_context& context) : context_(context), timer_(context), multi_(new_multi()) {
  if (!multi_)
    return;
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &http_driver::on_watch);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &http_driver::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kept_http_connections);
}

// Everything that may call back is ended here, while `this` is whole; exchanges that are dropped fail their sinks.
void http_driver::stop() {
  for (auto& row : exchanges_)
    curl_multi_remove_handle(multi_, row.first->handle());
  if (multi_)
    curl_multi_cleanup(multi_);
  multi_ = nullptr;
  timer_.cancel();
  for (auto& [fd, socket] : sockets_)
    if (!socket->ours)
      socket->descriptor.release();
  sockets_.clear();
  exchanges_.clear();
}

void http_driver::send(logic::ask question, answer_sink sink) {
  auto exchange = std::make_unique<http_exchange>(std::move(question), std::move(sink));
  auto* easy = exchange->handle();
  if (!multi_ || !easy) {
    exchange->fail("out of memory");
    return;
  }
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &http_driver::on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange.get());
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &http_driver::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this); // kept connections outlive their exchange
  exchange->owner = this;
  auto* key = exchange.get();
  exchanges_.emplace(key, std::move(exchange));
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) {
    key->fail("out of memory");
    exchanges_.erase(key);
  }
}

// The end of a kept connection is what curl looks for before it reuses one, so it opens a new one next time.
void http_driver::forget(const std::string& address) {
  for (auto& [fd, socket] : sockets_)
    if (socket->ours && socket->wanted == 0 && socket->address == address)
      ::shutdown(fd, SHUT_RDWR);
}

curl_socket_t http_driver::on_open(void* data, curlsocktype, curl_sockaddr* where) {
  auto& exchange = *static_cast<http_exchange*>(data);
  try {
    return exchange.owner->open_socket(exchange, *where);
  } catch (const std::exception&) {
    return CURL_SOCKET_BAD;
  }
}

curl_socket_t http_driver::open_socket(const http_exchange& exchange, const curl_sockaddr& where) {
  auto socket = std::make_shared<watched_socket>(context_, true);
  socket->address = exchange.address();
  int fd = ::socket(where.family, where.socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, where.protocol);
  if (fd < 0)
    return CURL_SOCKET_BAD;
  error_code failed;
  socket->descriptor.assign(fd, failed);
  if (failed) {
    ::close(fd);
    return CURL_SOCKET_BAD;
  }
  sockets_[fd] = std::move(socket);
  return fd;
}

int http_driver::on_close(void* self, curl_socket_t fd) {
  auto& sockets = static_cast<http_driver*>(self)->sockets_;
  auto at = sockets.find(fd);
  if (at == sockets.end())
    return ::close(fd);
  auto socket = std::move(at->second);
  sockets.erase(at);
  error_code ignored;
  socket->descriptor.close(ignored);
  return 0;
}

int http_driver::on_watch(CURL*, curl_socket_t fd, int what, void* self, void*) {
  try {
    static_cast<http_driver*>(self)->watch(fd, what);
    return 0;
  } catch (const std::exception&) {
    return -1;
  }
}

void http_driver::watch(curl_socket_t fd, int what) {
  auto at = sockets_.find(fd);
  if (what == CURL_POLL_REMOVE) {
    if (at == sockets_.end())
      return;
    at->second->wanted = 0;
    if (!at->second->ours) { // curl closes it next
      at->second->descriptor.release();
      sockets_.erase(at);
    }
    return;
  }
  if (at == sockets_.end()) { // e.g. the end of a pipe on which curl's resolver thread reports
    auto socket = std::make_shared<watched_socket>(context_, false);
    socket->descriptor.assign(fd);
    at = sockets_.emplace(fd, std::move(socket)).first;
  }
  at->second->wanted = what;
  arm(fd, at->second);
}

void http_driver::arm(curl_socket_t fd, const socket_pointer& socket) {
  auto wait = [&](bool& under_way, stream_descriptor::wait_type type, int event) {
    under_way = true;
    socket->descriptor.async_wait(
        type, [weak = weak_from_this(), socket, flag = &under_way, fd, event](const error_code& failed) {
          *flag = false;
          auto self = weak.lock();
          if (!self || failed || (socket->wanted & event) == 0 || !socket->descriptor.is_open())
            return;
          self->act(fd, event == CURL_POLL_IN ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
          auto at = self->sockets_.find(fd);
          if (at != self->sockets_.end() && at->second == socket)
            self->arm(fd, socket);
        });
  };
  if ((socket->wanted & CURL_POLL_IN) != 0 && !socket->reading)
    wait(socket->reading, stream_descriptor::wait_read, CURL_POLL_IN);
  if ((socket->wanted & CURL_POLL_OUT) != 0 && !socket->writing)
    wait(socket->writing, stream_descriptor::wait_write, CURL_POLL_OUT);
}

int http_driver::on_timer(CURLM*, long timeout_ms, void* data) {
  auto& self = *static_cast<http_driver*>(data);
  try {
    if (timeout_ms < 0) {
      self.timer_.cancel();
      return 0;
    }
    self.timer_.expires_after(milliseconds(timeout_ms));
    self.timer_.async_wait([weak = self.weak_from_this()](const error_code& cancelled) {
      auto alive = weak.lock();
      if (alive && !cancelled)
        alive->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  } catch (const std::exception&) {
    return -1;
  }
}

void http_driver::act(curl_socket_t fd, int events) {
  if (!multi_)
    return;
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  collect();
}

void http_driver::collect() {
  int left = 0;
  while (auto* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    auto* easy = message->easy_handle;
    auto how = message->data.result; // the message is gone with the handle
    http_exchange* key = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &key);
    curl_multi_remove_handle(multi_, easy);
    auto found = exchanges_.extract(key);
    if (!found.empty())
      found.mapped()->finish(how);
    if (!multi_)
      return;
  }
}

http_client::http_client(asio::io_context& context) : driver_(std::make_shared<http_driver>(context)) {}
http_client::~http_client() {
  driver_->stop();
}
void http_client::send(logic::ask question, answer_sink sink) {
  driver_->send(std::move(question), std::move(sink));
}
void http_client::forget(const std::string& address) {
  driver_->forget(address);
}

} // namespace paws::net
