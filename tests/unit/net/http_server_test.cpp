#include "net_support.hpp"

#include "messages/error.hpp"
#include "net/control_socket.hpp"
#include "net/http_unix_client.hpp"
#include "net/peer_check.hpp"
#include "net/response_queue.hpp"

#include <filesystem>
#include <fstream>
#include <random>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

using namespace net_test;
using paws::http_chunk_out;
using paws::http_handler_actor;
using paws::http_reply_out;
using paws::http_request_in;
using paws::net::http_server_limits;

namespace {

struct inbox {
  mailbox<http_request_in> requests;
  mailbox<std::uint64_t> gone;
};

http_handler_actor::behavior_type handler(http_handler_actor::pointer, std::shared_ptr<inbox> to) {
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

const std::string simple_get = "GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n";

http_server_limits short_idle() {
  http_server_limits out;
  out.idle_ms = 100ms;
  return out;
}

} // namespace

TEST_CASE("A request reaches the handler, its answer the client, and the connection is kept") {
  served s;
  raw_client client(s.path);
  for (int i = 0; i < 3; ++i) {
    client.send("POST /v1/commands/stop?x=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
    auto got = s.in->requests.take();
    CHECK(got.method == "POST");
    CHECK(got.target == "/v1/commands/stop?x=1");
    CHECK(got.body == "{}");
    s.reply(got.id, "[1]", 202);
    auto head = client.until("\r\n\r\n");
    CHECK_THAT(head, Catch::StartsWith("HTTP/1.1 202 Accepted\r\n"));
    CHECK_THAT(head, Catch::Contains("Content-Length: 3\r\n"));
    CHECK_THAT(head, Catch::Contains("Content-Type: application/json\r\n"));
    CHECK(client.until("]") == "[1]");
  }
}

TEST_CASE("Requests sent ahead are answered one after the other") {
  served s;
  raw_client client(s.path);
  client.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  for (auto target : {"/1", "/2"}) {
    auto got = s.in->requests.take();
    CHECK(got.target == target);
    s.reply(got.id, got.target + ".");
    client.until("\r\n\r\n");
    CHECK(client.until(".") == std::string(target) + ".");
  }
}

TEST_CASE("HEAD has no body, HTTP/1.0 no chunks, and a half-closed client is answered") {
  served s;
  SECTION("HEAD") {
    raw_client client(s.path);
    client.send("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n");
    s.reply(s.in->requests.take().id, "12345");
    auto all = client.rest();
    CHECK_THAT(all, Catch::Contains("Content-Length: 5\r\n"));
    CHECK_THAT(all, Catch::EndsWith("\r\n\r\n"));
  }
  SECTION("HTTP/1.0 stream") {
    raw_client client(s.path);
    client.send("GET / HTTP/1.0\r\n\r\n");
    auto id = s.in->requests.take().id;
    s.chunk(id, "a\n");
    s.chunk(id, "b\n", true);
    auto all = client.rest();
    CHECK_THAT(all, !Catch::Contains("chunked"));
    CHECK_THAT(all, Catch::EndsWith("\r\n\r\na\nb\n"));
  }
  SECTION("half-closed") {
    raw_client client(s.path);
    client.send(simple_get);
    client.end_sending();
    s.reply(s.in->requests.take().id, "still here");
    CHECK_THAT(client.rest(), Catch::EndsWith("still here"));
  }
}

TEST_CASE("An answer is streamed as it comes") {
  served s;
  raw_client client(s.path);
  client.send(simple_get);
  auto id = s.in->requests.take().id;
  s.chunk(id, "{\"a\":1}\n");
  CHECK_THAT(client.until("\r\n\r\n"), Catch::Contains("Transfer-Encoding: chunked\r\n"));
  CHECK(client.until("\n\r\n") == "8\r\n{\"a\":1}\n\r\n");
  s.chunk(id, "");
  s.chunk(id, "{\"b\":2}\n", true);
  CHECK(client.until("0\r\n\r\n") == "8\r\n{\"b\":2}\n\r\n0\r\n\r\n");
  s.chunk(id, "too late");
  client.send(simple_get); // the connection goes on
  s.reply(s.in->requests.take().id, "ok");
  CHECK_THAT(client.until("ok"), Catch::StartsWith("HTTP/1.1 200 OK"));
}

TEST_CASE("The handler is told when a client is gone before its answer is complete") {
  served s;
  SECTION("before anything") {
    auto client = std::make_unique<raw_client>(s.path);
    client->send(simple_get);
    auto id = s.in->requests.take().id;
    client.reset();
    CHECK(s.in->gone.take() == id);
    s.reply(id, "nobody reads this");
  }
  SECTION("in the middle of a stream") {
    auto client = std::make_unique<raw_client>(s.path);
    client->send(simple_get);
    auto id = s.in->requests.take().id;
    s.chunk(id, "one\n");
    client->until("one\n");
    client.reset();
    CHECK(s.in->gone.take() == id);
  }
  SECTION("when the server stops") {
    raw_client client(s.path);
    client.send(simple_get);
    auto id = s.in->requests.take().id;
    caf::anon_send(s.server, paws::stop_atom_v);
    CHECK(s.in->gone.take() == id);
    CHECK(client.rest().empty());
  }
}

TEST_CASE("A client that does not read is dropped when too much waits for it") {
  http_server_limits limits;
  limits.queued_bytes = 1024 * 1024;
  served s(limits);
  raw_client slow(s.path), other(s.path);
  slow.send(simple_get);
  auto id = s.in->requests.take().id;
  for (int i = 0; i < 64; ++i)
    s.chunk(id, std::string(64 * 1024, 'x') + "\n");
  CHECK(s.in->gone.take() == id);
  other.send(simple_get);
  s.reply(s.in->requests.take().id, "fine");
  other.until("fine");
}

TEST_CASE("The limits of the control API") {
  SECTION("a head of more than 16 KiB: 431") {
    served s;
    raw_client client(s.path);
    client.send("GET / HTTP/1.1\r\nX: " + std::string(17 * 1024, 'x') + "\r\n\r\n");
    CHECK_THAT(client.rest(), Catch::StartsWith("HTTP/1.1 431 "));
  }
  SECTION("an endless first line: 431") {
    served s;
    raw_client client(s.path);
    std::string block(64 * 1024, 'A');
    for (int i = 0; i < 16 && client.send(block); ++i)
      ;
    CHECK_THAT(client.rest(), Catch::StartsWith("HTTP/1.1 431 "));
  }
  SECTION("a body of more than 1 MiB, announced: 413") {
    served s;
    raw_client client(s.path);
    client.send("POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n");
    CHECK_THAT(client.until("}}\n"), Catch::StartsWith("HTTP/1.1 413 "));
  }
  SECTION("a body of more than 1 MiB, sent all the same: 413 is still read") {
    served s;
    raw_client client(s.path);
    client.send("POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n");
    CHECK(client.send(std::string(5'000'000, 'x')));
    CHECK_THAT(client.rest(), Catch::StartsWith("HTTP/1.1 413 "));
  }
  SECTION("a body of more than 1 MiB in chunks: 413") {
    served s;
    raw_client client(s.path);
    client.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20 && client.send("10000\r\n" + std::string(0x10000, 'x') + "\r\n"); ++i)
      ;
    CHECK_THAT(client.rest(), Catch::StartsWith("HTTP/1.1 413 "));
  }
  SECTION("exactly 1 MiB is taken, after 100-continue") {
    served s;
    raw_client client(s.path);
    client.send("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1048576\r\n\r\n");
    CHECK(client.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send(std::string(1'048'576, 'x'));
    auto got = s.in->requests.take();
    CHECK(got.body.size() == 1'048'576);
    s.reply(got.id, "taken");
    client.until("taken");
  }
  SECTION("not HTTP: 400") {
    served s;
    raw_client client(s.path);
    client.send("\x16\x03\x01 hello\r\n\r\n");
    CHECK_THAT(client.rest(), Catch::StartsWith("HTTP/1.1 400 "));
  }
  SECTION("nothing sent: 408") {
    served s(short_idle());
    raw_client client(s.path);
    CHECK_THAT(client.rest(), Catch::StartsWith("HTTP/1.1 408 "));
  }
  SECTION("half a request: 408") {
    served s(short_idle());
    raw_client client(s.path);
    client.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nhalf");
    CHECK_THAT(client.rest(), Catch::StartsWith("HTTP/1.1 408 "));
  }
  SECTION("but the handler has all the time it needs") {
    served s(short_idle());
    raw_client client(s.path), idle(s.path);
    client.send(simple_get);
    auto id = s.in->requests.take().id;
    CHECK_THAT(idle.rest(), Catch::StartsWith("HTTP/1.1 408 ")); // so more than the idle limit has passed
    s.reply(id, "done");
    client.until("done");
  }
}

TEST_CASE("Beyond the limit of connections a client is told 503, and served again when there is room") {
  http_server_limits limits;
  limits.connections = 2;
  served s(limits);
  raw_client first(s.path);
  auto second = std::make_unique<raw_client>(s.path);
  first.send(simple_get);
  second->send(simple_get);
  auto a = s.in->requests.take().id;
  auto b = s.in->requests.take().id;
  raw_client third(s.path);
  third.send(simple_get);
  CHECK_THAT(third.rest(), Catch::StartsWith("HTTP/1.1 503 "));
  second.reset();
  auto left = s.in->gone.take();
  CHECK((left == a || left == b));
  raw_client fourth(s.path);
  fourth.send(simple_get);
  s.reply(s.in->requests.take().id, "room");
  fourth.until("room");
}

TEST_CASE("Random bytes and broken requests never reach the handler and never stop the server") {
  served s(short_idle());
  unsigned seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 200; ++i) {
    std::string bytes(random() % 4096, '\0');
    for (auto& c : bytes)
      c = static_cast<char>(random());
    if (i % 3 == 0)
      bytes = "GET / HTTP/1.1\r\n" + bytes;
    if (i % 3 == 1)
      bytes = simple_get.substr(0, random() % (simple_get.size() - 1));
    raw_client client(s.path);
    client.send(bytes);
    if (i % 2 == 0)
      client.end_sending();
    if (i % 5 == 0)
      client.rest();
  }
  raw_client client(s.path);
  client.send("GET /last HTTP/1.1\r\n\r\n");
  CHECK(s.in->requests.take().target == "/last");
}

TEST_CASE("The socket and its directory are ours alone, and gone after the stop") {
  served s;
  struct stat info {};
  REQUIRE(::stat((s.root.path + "/run").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0700);
  REQUIRE(::stat(s.path.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0600);
  raw_client client(s.path);
  caf::anon_send(s.server, paws::stop_atom_v);
  client.rest();
  CHECK_FALSE(std::filesystem::exists(s.path));
  CHECK(s.serve(s.path) == s.path); // and it can serve again
}

TEST_CASE("A live socket is respected, a stale one replaced, anything else refused") {
  served s;
  auto other = paws::net::listen_on(s.path, ::geteuid());
  CHECK(other.failure.code == "ERR_ENG_001");
  CHECK_FALSE(other.failure.remedy.empty());

  auto stale = s.root.path + "/run/stale.sock";
  auto first = paws::net::listen_on(stale, ::geteuid());
  REQUIRE(first.failure.code.empty());
  paws::net::close_socket(first.socket); // as after kill -9
  REQUIRE(std::filesystem::exists(stale));
  auto second = paws::net::listen_on(stale, ::geteuid());
  CHECK(second.failure.code.empty());

  // Somebody removed the file of a living engine, another one made its own: each removes its own only.
  std::filesystem::remove(stale);
  auto third = paws::net::listen_on(stale, ::geteuid());
  REQUIRE(third.failure.code.empty());
  paws::net::unlink_own(second.socket);
  CHECK(std::filesystem::exists(stale));
  paws::net::unlink_own(third.socket);
  CHECK_FALSE(std::filesystem::exists(stale));
  paws::net::close_socket(second.socket);
  paws::net::close_socket(third.socket);

  auto file = s.root.path + "/run/file.sock";
  std::ofstream(file) << "precious";
  CHECK(paws::net::listen_on(file, ::geteuid()).failure.code == "ERR_SYS_003");
  CHECK(std::filesystem::file_size(file) == 8);
}

TEST_CASE("A directory that others can reach into is refused") {
  temporary_directory root;
  auto code = [](const std::string& path, uid_t own = ::geteuid()) {
    auto out = paws::net::listen_on(path, own);
    paws::net::close_socket(out.socket);
    return out.failure.code;
  };
  CHECK(code(root.path + "/a.sock") == "ERR_SYS_003"); // 0755
  std::filesystem::create_directory(root.path + "/mine");
  ::chmod((root.path + "/mine").c_str(), 0700);
  CHECK(code(root.path + "/mine/a.sock").empty());
  CHECK(code(root.path + "/mine/b.sock", ::geteuid() + 1) == "ERR_SYS_003");
  std::filesystem::create_symlink(root.path + "/mine", root.path + "/link");
  CHECK(code(root.path + "/link/a.sock") == "ERR_SYS_003");
  CHECK(code(root.path + "/not/there/a.sock") == "ERR_SYS_003");
  CHECK(code(root.path + "/mine/" + std::string(120, 'x')) == "ERR_SYS_003");
  CHECK(code("relative.sock") == "ERR_SYS_003");
  CHECK(code("") == "ERR_SYS_003");
}

TEST_CASE("Only the engine's own user and root may talk to it") {
  CHECK(paws::net::peer_allowed(1000, 1000));
  CHECK(paws::net::peer_allowed(0, 1000));
  CHECK(paws::net::peer_allowed(0, 0));
  CHECK_FALSE(paws::net::peer_allowed(1001, 1000));
  CHECK_FALSE(paws::net::peer_allowed(1000, 0));
  CHECK_FALSE(paws::net::peer_allowed(static_cast<uid_t>(-1), 1000));
  int pair[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
  CHECK(paws::net::peer_user(pair[0]) == ::geteuid());
  ::close(pair[0]);
  ::close(pair[1]);
  CHECK(paws::net::peer_user(-1) == static_cast<uid_t>(-1));
}

TEST_CASE("A content type cannot smuggle headers") {
  auto head = paws::net::response_head(200, "text/plain\r\nX-Evil: 1", paws::net::framing::length, 0, true);
  CHECK_THAT(head, !Catch::Contains("\r\nX-Evil"));
}

TEST_CASE("The command line's client and the server understand each other") {
  served s;
  paws::net::blocking_request request;
  request.socket_path = s.path;
  request.timeout = 60s;
  SECTION("a whole answer") {
    request.method = "POST";
    request.target = "/v1/commands/stop";
    request.body = "{}";
    std::thread engine([&] {
      auto got = s.in->requests.take();
      s.reply(got.id, got.method + got.target + got.body, 409);
    });
    auto got = paws::net::blocking_http(request, [](std::string_view) { return true; });
    engine.join();
    CHECK(got.what.code.empty());
    CHECK(got.connected);
    CHECK(got.status == 409);
    CHECK(got.body == "POST/v1/commands/stop{}"); // not a 2xx: kept, not given away line by line
  }
  SECTION("lines, as they come") {
    mailbox<std::string> seen;
    std::string first;
    std::thread engine([&] {
      auto id = s.in->requests.take().id;
      s.chunk(id, "{\"a\":1}\n\n{\"b\"");
      first = seen.take(); // so it came before the end of the answer
      s.chunk(id, ":2}\r\n{\"c\":3}", true);
    });
    auto got = paws::net::blocking_http(request, [&](std::string_view line) {
      seen.put(std::string(line));
      return true;
    });
    engine.join();
    CHECK(got.what.code.empty());
    CHECK(got.status == 200);
    CHECK(first == "{\"a\":1}");
    CHECK(seen.take() == "{\"b\":2}");
    CHECK(seen.take() == "{\"c\":3}");
  }
  SECTION("ended by the callback: the engine hears of it") {
    std::uint64_t asked = 0, gone = 0;
    std::thread engine([&] {
      asked = s.in->requests.take().id;
      s.chunk(asked, "one\n");
      gone = s.in->gone.take();
    });
    auto got = paws::net::blocking_http(request, [](std::string_view) { return false; });
    engine.join();
    CHECK(asked == gone);
    CHECK(got.aborted);
    CHECK(got.what.code.empty());
  }
  SECTION("ended by an interruption") {
    std::atomic<bool> interrupted = false;
    request.interrupted = [&] { return interrupted.load(); };
    std::thread engine([&] {
      s.in->requests.take();
      interrupted = true;
    });
    auto got = paws::net::blocking_http(request);
    engine.join();
    CHECK(got.aborted);
  }
  SECTION("a timeout") {
    request.timeout = 100ms;
    CHECK(paws::net::blocking_http(request).what.code == "ERR_NET_003");
  }
  SECTION("an engine that ends midway") {
    std::thread engine([&] {
      s.chunk(s.in->requests.take().id, "one\n");
      caf::anon_send(s.server, paws::stop_atom_v);
    });
    auto got = paws::net::blocking_http(request, [](std::string_view) { return true; });
    engine.join();
    CHECK(got.connected);
    CHECK(got.what.code == "ERR_ENG_006");
  }
  SECTION("no engine") {
    request.socket_path = s.root.path + "/run/nobody.sock";
    auto got = paws::net::blocking_http(request);
    CHECK_FALSE(got.connected);
    CHECK(got.what.code == "ERR_CLI_002");
  }
  SECTION("no request") {
    request.target = "/a b\r\n";
    CHECK(paws::net::blocking_http(request).what.code == "ERR_CLI_001");
  }
}

TEST_CASE("The last words before a stop arrive") {
  served s;
  raw_client client(s.path);
  client.send(simple_get);
  auto id = s.in->requests.take().id;
  s.chunk(id, "working\n");
  // From one sender, so that the order is kept.
  caf::scoped_actor self{s.w.system};
  self->send(s.server, http_chunk_out{id, 200, "application/x-ndjson", std::string(4'000'000, 'x') + "\n", true});
  self->send(s.server, paws::stop_atom_v);
  CHECK_THAT(client.rest(), Catch::EndsWith("x\n\r\n0\r\n\r\n"));
}

TEST_CASE("An HTTP question can go over a Unix socket") {
  served s;
  auto question = http_ask(0, "/v1/status");
  question.address = s.path;
  std::thread engine([&] { s.reply(s.in->requests.take().id, "over a file"); });
  auto got = s.w.get(question);
  engine.join();
  CHECK(got.ok);
  CHECK(got.text == "over a file");
}
