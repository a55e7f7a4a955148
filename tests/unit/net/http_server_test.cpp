#include "http_server_support.hpp"

#include "net/response_queue.hpp"

#include <random>
#include <utility>

using namespace net_test;

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

TEST_CASE("A client that asks gets the place of the one that has kept the server waiting longest") {
  http_server_limits limits;
  limits.connections = 4;
  served s(limits);
  std::vector<std::unique_ptr<raw_client>> slow;
  const auto half = [&] {
    slow.push_back(std::make_unique<raw_client>(s.path));
    slow.back()->send("GET / HTTP/1.1\r\nX-Half: ");
  };
  SECTION("half requests, the oldest goes") {
    for (int i = 0; i < 4; ++i)
      half();
    raw_client fifth(s.path);
    fifth.send(simple_get);
    s.reply(s.in->requests.take().id, "served");
    fifth.until("served");
    CHECK(slow[0]->rest().empty());
    slow[1]->send("1\r\n\r\n"); // the others are where they were
    s.reply(s.in->requests.take().id, "served");
    slow[1]->until("served");
  }
  SECTION("as many as there may be come back again and again") {
    for (int round = 0; round < 50; ++round) {
      half();
      raw_client good(s.path);
      good.send(simple_get);
      s.reply(s.in->requests.take().id, "served");
      good.until("served");
    }
  }
  SECTION("a kept connection on which nothing is asked goes too, one that waits for its answer does not") {
    raw_client kept(s.path), busy(s.path);
    kept.send(simple_get);
    s.reply(s.in->requests.take().id, "served");
    kept.until("served");
    busy.send(simple_get);
    auto id = s.in->requests.take().id;
    for (int i = 0; i < 4; ++i)
      half();
    CHECK(kept.rest().empty());
    s.reply(id, "served");
    busy.until("served");
  }
}

TEST_CASE("Parts of bodies are held up to a total, then the oldest goes") {
  http_server_limits limits;
  limits.inbound_total_bytes = 2 * limits.body_bytes;
  limits.idle_ms = std::chrono::minutes{10}; // whoever goes goes for the total's sake, however slow the machine is
  served s(limits);
  const auto part = [&](const std::string& framing) {
    auto out = std::make_unique<raw_client>(s.path);
    out->send("POST / HTTP/1.1\r\n" + framing);
    return out;
  };
  raw_client good(s.path);
  const auto others_are_served = [&] {
    good.send("POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
    s.reply(s.in->requests.take().id, "served");
    good.until("served");
  };
  // Room for an announced body counts at once; what comes in chunks counts as it grows, so it comes last here.
  const std::string announced = "Content-Length: 1048576\r\n\r\nhalf";
  const std::string chunked = "Transfer-Encoding: chunked\r\n\r\nf0000\r\n" + std::string(0xf0000, 'x');
  auto first = part(announced);
  others_are_served();
  auto second = part(announced);
  others_are_served();
  for (int i = 0; i < 8; ++i) {
    auto more = part(announced);
    CHECK(first->rest().empty());
    first = std::exchange(second, std::move(more));
    others_are_served();
  }
  const auto growing = part(chunked);
  CHECK(first->rest().empty());
  others_are_served();
}

TEST_CASE("A refusal says what is wrong, and what to do") {
  const auto body = paws::net::refusal_body({"ERR_NET_004", "every connection is taken", "try again"});
  CHECK(body == R"({"error":{"component":"NETWORK","code":"ERR_NET_004","message":"every connection is taken",)"
                R"("remedy":"try again"}})"
                "\n");
  served s(short_idle());
  raw_client client(s.path);
  CHECK_THAT(client.rest(), Catch::Contains(R"("code":"ERR_NET_003")") && !Catch::Contains("HTTP status"));
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
