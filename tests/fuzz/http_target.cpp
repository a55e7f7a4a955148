// Any bytes come over a connection to the control socket: the real session reads them, a handler takes the requests
// apart as the control actor does, and answers whole or streamed.
#include "tests/fuzz/targets.hpp"

#include "actors/control.hpp"
#include "net/http_listener.hpp"
#include "tests/support/virtual_time.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdlib>

#include <sys/socket.h>
#include <unistd.h>

namespace paws::fuzz {

namespace {

constexpr int most_rounds = 4'096; // of requests one after the other in one input

// Lives as long as the process: to make it takes longer than an input.
struct handling {
  handling() {
    handler = time.system().spawn([this](http_handler_actor::pointer) -> http_handler_actor::behavior_type {
      return {[this](const http_request_in& request) { take(request); }, [](gone_atom, std::uint64_t) {}};
    });
  }

  void take(const http_request_in& request) {
    ++requests;
    const auto taken = parse_target(request.target);
    words_of(taken, "service");
    for (const auto* verb : {"start", "reset", "restart"})
      parse_command(verb, request.body);
    if (request.id % 2 == 0)
      return listener->reply({request.id, 200, "application/json", request.target});
    listener->chunk({request.id, 200, "application/x-ndjson", request.target, false});
    listener->chunk({request.id, 200, "application/x-ndjson", request.body, true});
  }

  testing::virtual_time time;
  http_handler_actor handler;
  std::shared_ptr<net::http_listener> listener;
  int requests = 0;
};

struct connection {
  connection() {
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
      std::abort();
  }
  // The engine has its end by then.
  ~connection() { ::close(ends[1]); }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  std::size_t send(std::string_view bytes) const {
    const auto sent = ::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent > 0 ? static_cast<std::size_t>(sent) : bytes.size(); // the engine has closed: the rest goes nowhere
  }
  void receive(std::string& into) const {
    char some[4096];
    for (auto got = ::recv(ends[1], some, sizeof some, 0); got > 0; got = ::recv(ends[1], some, sizeof some, 0))
      into.append(some, static_cast<std::size_t>(got));
  }

  int ends[2] = {-1, -1};
};

} // namespace

void feed_http(std::string_view bytes) {
  static auto& with = *new handling;
  net::http_server_limits limits;
  limits.body_bytes = 20 * 1024; // so that inputs of 40 KB reach it
  boost::asio::io_context context;
  with.listener = std::make_shared<net::http_listener>(context, limits);
  std::string answers;
  {
    const connection client;
    with.listener->adopt({context, boost::asio::local::stream_protocol(), client.ends[0]}, with.handler);
    const auto run = [&] {
      int before = -1;
      for (int i = 0; i < most_rounds && std::exchange(before, with.requests) != with.requests; ++i) {
        context.restart();
        context.poll();
        with.time.settle();
        context.restart();
        context.poll();
        client.receive(answers);
      }
    };
    // In two pieces, the first byte says where they meet.
    auto rest = bytes;
    auto piece = bytes.empty() ? 0 : bytes.size() * static_cast<unsigned char>(bytes.front()) / 256;
    while (!rest.empty()) {
      rest.remove_prefix(client.send(rest.substr(0, piece == 0 ? rest.size() : piece)));
      piece = 0;
      run();
    }
    ::shutdown(client.ends[1], SHUT_WR);
    run();
  }
  if (!answers.empty() && !answers.starts_with("HTTP/1.1 "))
    std::abort();
  context.restart();
  context.poll();
  with.listener->stop();
  context.restart();
  context.poll();
  with.listener.reset();
  with.time.settle();
}

} // namespace paws::fuzz
