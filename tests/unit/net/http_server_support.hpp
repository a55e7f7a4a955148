// A control server in a test: the handler that remembers what it was asked, and a client that writes raw bytes.
#pragma once

#include "net_support.hpp"

#include "messages/error.hpp"

#include <memory>
#include <string>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace net_test {

using paws::http_chunk_out;
using paws::http_handler_actor;
using paws::http_reply_out;
using paws::http_request_in;
using paws::net::http_server_limits;

struct inbox {
  mailbox<http_request_in> requests;
  mailbox<std::uint64_t> gone;
};

inline http_handler_actor::behavior_type handler(http_handler_actor::pointer, std::shared_ptr<inbox> to) {
  return {
      [=](const http_request_in& what) { to->requests.put(what); },
      [=](paws::gone_atom, std::uint64_t id) { to->gone.put(id); },
  };
}

// A served control socket, its directory not made yet.
struct served {
  explicit served(const http_server_limits& limits = {}) {
    server = paws::net::make_http_server(w.system, w.io, limits);
    handles = w.system.spawn(handler, in);
    REQUIRE(serve(path) == path);
  }
  ~served() { caf::anon_send(server, paws::stop_atom_v); }

  // The path, or the code of the failure.
  std::string serve(const std::string& where) {
    caf::scoped_actor self{w.system};
    std::string out;
    self->request(server, patience, paws::serve_atom_v, where, handles)
        .receive([&](std::string& at) { out = std::move(at); },
                 [&](caf::error& why) { out = paws::to_failure(why).code; });
    return out;
  }

  void reply(std::uint64_t id, std::string body, int status = 200) {
    caf::anon_send(server, http_reply_out{id, status, "application/json", std::move(body)});
  }
  void chunk(std::uint64_t id, std::string data, bool last = false) {
    caf::anon_send(server, http_chunk_out{id, 200, "application/x-ndjson", std::move(data), last});
  }

  temporary_directory root;
  std::string path = root.path + "/run/test.sock";
  world w;
  std::shared_ptr<inbox> in = std::make_shared<inbox>();
  paws::http_server_actor server;
  http_handler_actor handles;
};

// A raw client. Every read has a deadline.
class raw_client {
public:
  explicit raw_client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    timeval limit{60, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }
  ~raw_client() { ::close(fd_); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  // False when the server closed its end.
  bool send(const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      auto sent = ::send(fd_, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
      if (sent <= 0)
        return false;
      at += static_cast<std::size_t>(sent);
    }
    return true;
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }
  std::string until(const std::string& end) {
    std::string out;
    char c = 0;
    while (out.size() < end.size() || out.compare(out.size() - end.size(), end.size(), end) != 0) {
      auto got = ::recv(fd_, &c, 1, 0);
      if (got <= 0)
        throw std::runtime_error("closed or late after: " + out);
      out += c;
    }
    return out;
  }
  // All until the server closes.
  std::string rest() {
    std::string out;
    char some[4096];
    for (;;) {
      auto got = ::recv(fd_, some, sizeof some, 0);
      if (got == 0 || (got < 0 && errno == ECONNRESET))
        return out;
      if (got < 0)
        throw std::runtime_error("the connection was not closed in time");
      out.append(some, static_cast<std::size_t>(got));
    }
  }

private:
  int fd_;
};

inline const std::string simple_get = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";

inline http_server_limits short_idle() {
  http_server_limits out;
  out.idle_ms = 100ms;
  return out;
}

} // namespace net_test
