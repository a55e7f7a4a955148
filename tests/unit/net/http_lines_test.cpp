// Answers that are complete with so many lines of a body that goes on: how etcd tells of changes.
#include "net_support.hpp"

#include <sstream>

using namespace net_test;

namespace {

const std::string chunked_head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

std::string chunk(const std::string& data) {
  std::ostringstream out;
  out << std::hex << data.size() << "\r\n" << data << "\r\n";
  return out.str();
}

ask lines_ask(std::uint16_t port, std::uint32_t lines) {
  auto out = http_ask(port, "/v3/watch");
  out.lines = lines;
  return out;
}

// Sends the pieces, then nothing more until the client ends the connection, which `ended` gets to know.
tiny_server::script streaming(std::vector<std::string> pieces, mailbox<bool>& ended) {
  return [pieces = std::move(pieces), &ended](auto& socket, int) {
    socket.set_option(asio::ip::tcp::no_delay(true));
    read_until(socket, "\r\n\r\n");
    for (const auto& one : pieces)
      write(socket, one);
    until_closed(socket);
    ended.put(true);
  };
}

} // namespace

TEST_CASE("Lines of a stream are an answer while it goes on, and its connection is dropped") {
  mailbox<bool> ended;
  world w;
  auto check = [&](std::vector<std::string> pieces, const std::string& text) {
    tiny_server server(streaming(std::move(pieces), ended));
    auto got = w.get(lines_ask(server.port(), 2));
    CHECK(got.ok);
    CHECK(got.error.empty());
    CHECK(got.status == 200);
    CHECK(got.text == text);
    CHECK(ended.take());
    CHECK(got.duration_us < 20'000'000); // not by its timeout
  };
  SECTION("each in a chunk") {
    check({chunked_head, chunk("{\"a\":1}\n"), chunk("{\"b\":2}\n")}, "{\"a\":1}\n{\"b\":2}\n");
  }
  SECTION("chunks that are split in the middle of a line") {
    check({chunked_head, chunk("{\"a\""), chunk(":1}\n{\"b"), chunk("\":2}"), chunk("\n")}, "{\"a\":1}\n{\"b\":2}\n");
  }
  SECTION("pieces that are split in the middle of a chunk") {
    check({chunked_head + "6\r\n{\"a", "\":1\r\n", "3\r\n}\n\n"}, "{\"a\":1}\n\n");
  }
  SECTION("neither length nor chunks") {
    check({"HTTP/1.1 200 OK\r\n\r\none\nt", "wo\n"}, "one\ntwo\n");
  }
  SECTION("byte by byte") {
    std::vector<std::string> bytes;
    for (char c : chunked_head + chunk("one\nt") + "3\r\nwo\n")
      bytes.emplace_back(1, c);
    check(std::move(bytes), "one\ntwo\n");
  }
}

TEST_CASE("A status that is none of success comes with its lines as well") {
  mailbox<bool> ended;
  tiny_server server(streaming({"HTTP/1.1 503 Service Unavailable\r\n\r\nbusy\n"}, ended));
  world w;
  auto got = w.get(lines_ask(server.port(), 1));
  CHECK(got.ok);
  CHECK(got.status == 503);
  CHECK(got.text == "busy\n");
}

TEST_CASE("A body that ends before it has so many lines is a whole answer") {
  tiny_server server([](auto& socket, int) {
    for (;;) {
      read_until(socket, "\r\n\r\n");
      write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\none\ntwo");
    }
  });
  world w;
  for (int i = 0; i < 2; ++i)
    CHECK(w.get(lines_ask(server.port(), 2)).text == "one\ntwo");
  CHECK(server.connections() == 1); // and nothing is dropped
}

TEST_CASE("A stream that has not as many lines in time is a failure") {
  mailbox<bool> ended;
  tiny_server server(streaming({chunked_head, chunk("one\n"), chunk("two")}, ended));
  world w;
  auto question = lines_ask(server.port(), 2);
  question.timeout = 200ms;
  auto got = w.get(question);
  CHECK_FALSE(got.ok);
  CHECK_THAT(got.error, Catch::Contains("within 200 ms"));
  CHECK(got.text.empty());
  CHECK(ended.take());
}

TEST_CASE("A stream that breaks off, and one without line breaks, are failures") {
  world w;
  SECTION("breaks off") {
    tiny_server server([](auto& socket, int) {
      read_until(socket, "\r\n\r\n");
      write(socket, chunked_head + chunk("one\n"));
    });
    CHECK_THAT(w.get(lines_ask(server.port(), 2)).error, Catch::Contains("closed the connection"));
  }
  SECTION("has no line breaks") {
    tiny_server server([](auto& socket, int) {
      read_until(socket, "\r\n\r\n");
      write(socket, "HTTP/1.1 200 OK\r\n\r\n");
      for (std::string block(1 << 20, 'x');;)
        write(socket, block);
    });
    CHECK_THAT(w.get(lines_ask(server.port(), 1)).error, Catch::Contains("larger than allowed"));
  }
}

TEST_CASE("Lines are asked for with a token, which is got whole") {
  mailbox<bool> ended;
  tiny_server server([&](auto& socket, int) {
    for (;;) {
      auto head = read_until(socket, "\r\n\r\n");
      if (!head.starts_with("POST /login")) {
        CHECK_THAT(head, Catch::Contains("Authorization: t1\r\n"));
        write(socket, chunked_head + chunk("first\nsec"));
        write(socket, chunk("ond\n"));
        until_closed(socket);
        ended.put(true);
        return;
      }
      read_until(socket, "}");
      write(socket, chunked_head + chunk("{\n\n\"token\":") + chunk("\"t1\"}\n") + "0\r\n\r\n");
    }
  });
  world w;
  auto question = lines_ask(server.port(), 2);
  question.user = "engine";
  question.password = "s3cret";
  question.token_path = "/login";
  auto got = w.get(question);
  CHECK(got.ok);
  CHECK(got.text == "first\nsecond\n");
  CHECK(ended.take());
  CHECK(w.get(question).text == "first\nsecond\n"); // with the token that is kept, on a new connection
}
