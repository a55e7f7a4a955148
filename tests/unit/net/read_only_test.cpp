// What the listener over TCP answers: reading, by programs of this machine, and nothing else.
#include "daemon.hpp"
#include "http_server_support.hpp"

#include "net/read_only.hpp"

#include <arpa/inet.h>
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <thread>

using namespace net_test;
using paws::net::asked;
using paws::net::refused_over_tcp;

namespace {

int status_of(const asked& what) {
  const auto no = refused_over_tcp(what, "127.0.0.1:7360");
  return no ? no->status : 200;
}

// All that the server says to `text`, until it closes.
std::string said_to(std::uint16_t port, const std::string& text) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{10, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  std::string out;
  char buffer[4096];
  for (ssize_t size = 0; (size = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
    out.append(buffer, static_cast<std::size_t>(size));
  ::close(fd);
  return out;
}

} // namespace

TEST_CASE("over TCP only reading is answered, by this machine's own names, to no foreign page") {
  const asked good{"GET", "/metrics", "127.0.0.1:7360", ""};
  CHECK(status_of(good) == 200);
  for (const auto* target : {"/health/live", "/health/ready", "/health/ready?x=1", "/metrics?name[]=up"})
    CHECK(status_of({"GET", target, "localhost:7360", ""}) == 200);
  CHECK(status_of({"GET", "/metrics", "127.0.0.1:7360", "http://127.0.0.1:7360"}) == 200);

  for (const auto* method : {"HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
    CHECK(status_of({method, "/metrics", good.host, ""}) == 405);
  CHECK(status_of({"POST", "/v1/commands/down", good.host, ""}) == 405);
  for (const auto* target : {"/", "/v1/status", "/v1/events", "/v1/logs", "/v1/actors", "/v1/commands/down",
                             "/metrics/", "//metrics", "/metrics/../v1/logs", "http://127.0.0.1:7360/metrics", ""})
    CHECK(status_of({"GET", target, good.host, ""}) == 403);
  for (const auto* host :
       {"", "evil.example", "evil.example:7360", "127.0.0.1", "127.0.0.1:80", "localhost.evil:7360", "172.30.4.1:7360"})
    CHECK(status_of({"GET", "/metrics", host, ""}) == 403);
  for (const auto* origin : {"null", "http://evil.example", "https://127.0.0.1:7360", "http://127.0.0.1:73600"})
    CHECK(status_of({"GET", "/metrics", good.host, origin}) == 403);
}

TEST_CASE("a listener in a container network is called by its own address, and takes connections from there alone") {
  const auto refused = [](std::string_view host) {
    return refused_over_tcp({"GET", "/metrics", host, ""}, "172.30.4.1:7360").has_value();
  };
  CHECK_FALSE(refused("172.30.4.1:7360"));
  for (const auto* host : {"127.0.0.1:7360", "localhost:7360", "172.30.4.1", "172.30.4.1:80", ""})
    CHECK(refused(host));

  constexpr std::uint32_t own = 0xAC1E0401, loopback = 0x7F000001; // 172.30.4.1
  for (const std::uint32_t there : {own, loopback, 0x0A000001U, 0xC0A80101U, 0xAC1FFF01U})
    CHECK(paws::net::may_listen_at(there));
  for (const std::uint32_t elsewhere : {0U, 0x7F000002U, 0x08080808U, 0xAC200001U, 0xC0A90001U, 0xFFFFFFFFU})
    CHECK_FALSE(paws::net::may_listen_at(elsewhere));
  CHECK(paws::net::is_taken_from(0xAC1E040C, own)); // a container of that network
  CHECK(paws::net::is_taken_from(own, own));        // this machine
  for (const std::uint32_t stranger : {0xAC1E050CU, 0x08080808U, loopback, 0U})
    CHECK_FALSE(paws::net::is_taken_from(stranger, own));
  CHECK(paws::net::is_taken_from(loopback, loopback));
}

TEST_CASE("a listener over TCP hands on what it may, and refuses the rest before anybody sees it") {
  served control;
  const auto port = free_port("127.0.0.1");
  const auto own = "127.0.0.1:" + std::to_string(port);
  const auto server = paws::net::make_http_server(control.w.system, control.w.io);
  caf::scoped_actor self{control.w.system};
  const auto listen_at = [&](const paws::http_server_actor& on, const std::string& endpoint) {
    std::string out;
    self->request(on, patience, paws::serve_atom_v, endpoint, control.handles)
        .receive([&](std::string& at) { out = std::move(at); },
                 [&](caf::error& why) { out = paws::to_failure(why).code; });
    return out;
  };
  for (const std::string beyond : {"0.0.0.0", "127.0.0.2", "::", ""})
    CHECK(listen_at(server, beyond + ":" + std::to_string(port)) == "ERR_SYS_003");
  REQUIRE(listen_at(server, own) == own);

  const auto head = " HTTP/1.1\r\nHost: " + own + "\r\nConnection: close\r\n";
  const auto posted = said_to(port, "POST /v1/commands/down" + head + "Content-Length: 2\r\n\r\n{}");
  CHECK(posted.starts_with("HTTP/1.1 405"));
  CHECK(posted.find("ERR_CLI_001") != std::string::npos);
  CHECK(said_to(port, "GET /v1/logs" + head + "\r\n").starts_with("HTTP/1.1 403"));
  const auto foreign = said_to(port, "GET /metrics HTTP/1.1\r\nHost: \"evil.example\r\n\r\n");
  CHECK(foreign.starts_with("HTTP/1.1 403"));
  CHECK(foreign.find("evil") == std::string::npos); // what a client sends is not told back
  CHECK(said_to(port, "GET /metrics" + head + "Origin: http://evil.example\r\n\r\n").starts_with("HTTP/1.1 403"));
  CHECK(said_to(port, "nothing\r\n\r\n").starts_with("HTTP/1.1 400"));

  std::string answer;
  std::thread client{[&] { answer = said_to(port, "GET /metrics" + head + "\r\n"); }};
  const auto request = control.in->requests.take(); // the first that was handed on
  CHECK(request.target == "/metrics");
  caf::anon_send(server, http_reply_out{request.id, 200, "text/plain", "up 1\n"});
  client.join();
  CHECK(answer.starts_with("HTTP/1.1 200"));
  CHECK(answer.ends_with("up 1\n"));

  const auto network = paws::net::make_http_server(control.w.system, control.w.io); // before that network is there
  const auto beyond = "10.254.253.1:" + std::to_string(free_port("127.0.0.1"));
  CHECK(listen_at(network, beyond) == beyond);
  caf::anon_send(network, paws::stop_atom_v);

  const auto second = paws::net::make_http_server(control.w.system, control.w.io);
  CHECK(listen_at(second, own) == "ERR_NET_001");
  caf::anon_send(server, paws::stop_atom_v);
}
