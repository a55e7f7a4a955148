#include "http_server_support.hpp"

#include "net/control_socket.hpp"
#include "net/http_unix_client.hpp"
#include "net/peer_check.hpp"
#include "net/response_queue.hpp"

#include <filesystem>
#include <fstream>

#include <sys/stat.h>

using namespace net_test;

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
