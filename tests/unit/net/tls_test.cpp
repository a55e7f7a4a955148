// TLS of the clients against real TLS servers, with certificates of an authority made here.
#include "net_support.hpp"

#include "daemon.hpp"
#include "store/x509.hpp"

#include <boost/asio/ssl.hpp>

#include <fstream>

using namespace net_test;
using paws::store::identity;

namespace {

const auto now = std::chrono::system_clock::now();
constexpr std::chrono::hours life{24};
const std::string address = "127.36.103.1";

// An authority, another one, and a file of each.
struct tls_world : world {
  identity authority = *identity::make_authority("test", life, now);
  identity stranger = *identity::make_authority("test", life, now);
  temporary_directory dir;

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream{dir.path + "/" + name} << content;
    return dir.path + "/" + name;
  }
  std::string ca = write("ca.crt", authority.certificate());
  std::string other_ca = write("other.crt", stranger.certificate());
};

// Speaks TLS with `who`, then runs `script`.
class tls_server {
public:
  using stream = asio::ssl::stream<tiny_server::socket&>;

  tls_server(const identity& who, std::function<void(stream&)> script)
      : server_([who, script](auto& socket, int) {
          asio::ssl::context context{asio::ssl::context::tls_server};
          const auto pem = who.certificate(), key = who.key();
          context.use_certificate(asio::buffer(pem), asio::ssl::context::pem);
          context.use_private_key(asio::buffer(key), asio::ssl::context::pem);
          stream tls{socket, context};
          boost::system::error_code failed;
          tls.handshake(asio::ssl::stream_base::server, failed);
          if (!failed)
            script(tls);
        }) {}
  std::uint16_t port() const { return server_.port(); }

private:
  tiny_server server_;
};

std::string read_head(tls_server::stream& from) {
  std::string out;
  boost::system::error_code failed;
  asio::read_until(from, asio::dynamic_buffer(out), "\r\n\r\n", failed);
  return out;
}

void say(tls_server::stream& to, const std::string& status, const std::string& body) {
  boost::system::error_code ignored;
  asio::write(
      to, asio::buffer("HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body),
      ignored);
}

void say_hello(tls_server::stream& to) {
  if (!read_head(to).empty())
    say(to, "200 OK", "hello");
}

} // namespace

TEST_CASE("HTTP over TLS checks who signed the certificate and for which name") {
  tls_world w;
  const auto leaf = *w.authority.issue("x", {{"etcd1"}, {address}}, life, now);
  tls_server server{leaf, say_hello};
  auto question = http_ask(server.port());
  question.tls = {true, w.ca, ""};
  SECTION("the right one") {
    const auto got = w.get(question);
    CHECK(got.error.empty());
    CHECK(got.text == "hello");
  }
  SECTION("the right name instead of the address") {
    question.tls.server_name = "etcd1";
    CHECK(w.get(question).text == "hello");
  }
  SECTION("another name") {
    question.tls.server_name = "etcd2";
    const auto got = w.get(question);
    CHECK_FALSE(got.ok);
    CHECK_THAT(got.error, Catch::StartsWith("ERR_SEC_004: the certificate of " + address));
  }
  SECTION("another authority of the same name") {
    question.tls.ca_file = w.other_ca;
    const auto got = w.get(question);
    CHECK_FALSE(got.ok);
    CHECK_THAT(got.error, Catch::StartsWith("ERR_SEC_004: "));
  }
  SECTION("no authority") {
    question.tls.ca_file = w.dir.path + "/none";
    CHECK_THAT(w.get(question).error, Catch::StartsWith("ERR_SEC_003: "));
  }
}

TEST_CASE("the lines of a stream over TLS are an answer while it goes on") {
  tls_world w;
  const auto leaf = *w.authority.issue("x", {{}, {address}}, life, now);
  mailbox<bool> ended;
  tls_server server{leaf, [&](auto& tls) {
                      read_head(tls);
                      boost::system::error_code failed;
                      for (std::string part : {"HTTP/1.1 200 OK\r\n\r\none\nt", "wo\n"})
                        asio::write(tls, asio::buffer(part), failed);
                      char c = 0;
                      while (tls.read_some(asio::buffer(&c, 1), failed) > 0)
                        ;
                      ended.put(true);
                    }};
  auto question = http_ask(server.port());
  question.tls = {true, w.ca, ""};
  question.lines = 2;
  const auto got = w.get(question);
  CHECK(got.ok);
  CHECK(got.text == "one\ntwo\n");
  CHECK(ended.take());
}

TEST_CASE("what has run out, and who speaks plain text, is refused") {
  tls_world w;
  SECTION("a certificate that has run out") {
    const auto leaf = *w.authority.issue("x", {{}, {address}}, life, now - 10 * life);
    tls_server server{leaf, say_hello};
    auto question = http_ask(server.port());
    question.tls = {true, w.ca, ""};
    CHECK_THAT(w.get(question).error, Catch::StartsWith("ERR_SEC_004: "));
  }
  SECTION("plain text") {
    std::atomic<bool> leaked{false};
    tiny_server server([&](auto& socket, int) {
      leaked = read_until(socket, "\r\n\r\n").find("s3cret") != std::string::npos;
      write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    auto question = http_ask(server.port());
    question.tls = {true, w.ca, ""};
    question.headers["Authorization"] = "s3cret";
    question.timeout = 500ms;
    const auto got = w.get(question);
    CHECK_FALSE(got.ok);
    CHECK_FALSE(got.error.empty());
    CHECK_FALSE(leaked);
  }
}

TEST_CASE("a token is got once, and anew when it is no longer taken") {
  std::mutex guard;
  int logins = 0;
  std::string taken = "t1";
  tiny_server server([&](auto& socket, int) {
    for (auto head = read_until(socket, "\r\n\r\n"); !head.empty(); head = read_until(socket, "\r\n\r\n")) {
      const auto said = read_until(socket, "}");
      std::lock_guard lock{guard};
      std::string status = "200 OK", body = "in";
      if (head.starts_with("POST /login")) {
        body = said == R"({"name":"engine","password":"s3cret"})"
                   ? R"({"token":"t)" + std::to_string(++logins) + R"("})"
                   : R"({"error":"refused"})";
        status = body.find("token") == std::string::npos ? "400 Bad Request" : status;
      } else if (head.find("Authorization: " + taken + "\r\n") == std::string::npos) {
        status = "401 Unauthorized";
        body = "out";
      }
      write(socket, "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
  });
  world w;
  auto question = http_ask(server.port(), "/keys");
  question.method = "POST";
  question.body = "{}";
  question.user = "engine";
  question.password = "s3cret";
  question.token_path = "/login";
  CHECK(w.get(question).text == "in");
  CHECK(w.get(question).text == "in");
  {
    std::lock_guard lock{guard};
    CHECK(logins == 1);
    taken = "t2"; // as after a restart of the peer
  }
  CHECK(w.get(question).text == "in");
  {
    std::lock_guard lock{guard};
    CHECK(logins == 2);
    taken = "none of them";
  }
  CHECK(w.get(question).status == 401); // not for ever
  question.password = "wrong";
  const auto refused = w.get(question);
  CHECK(refused.ok);
  CHECK(refused.status == 400);
}

TEST_CASE("PostgreSQL over TLS checks the certificate, and nothing falls back to plain text") {
  tls_world w;
  // Answers the request for TLS, and no more: what matters is whether the handshake succeeds.
  const auto leaf = *w.authority.issue("x", {{"patroni-leader"}, {}}, life, now);
  std::atomic<bool> through{false};
  tiny_server server([&](auto& socket, int) {
    std::array<char, 8> request{};
    boost::system::error_code failed;
    asio::read(socket, asio::buffer(request), failed);
    write(socket, "S");
    asio::ssl::context context{asio::ssl::context::tls_server};
    const auto pem = leaf.certificate(), key = leaf.key();
    context.use_certificate(asio::buffer(pem), asio::ssl::context::pem);
    context.use_private_key(asio::buffer(key), asio::ssl::context::pem);
    asio::ssl::stream<tiny_server::socket&> tls{socket, context};
    tls.handshake(asio::ssl::stream_base::server, failed);
    std::array<char, 4> length{};
    through = !failed && asio::read(tls, asio::buffer(length), failed) == length.size();
  });
  auto question = postgres_ask(server.port(), "select 1");
  question.tls = {true, w.ca, "patroni-leader"};
  SECTION("the right one") {
    CHECK_THAT(w.get(question).error, !Catch::StartsWith("ERR_SEC_004"));
    CHECK(through);
  }
  SECTION("another name") {
    question.tls.server_name = "";
    CHECK_THAT(w.get(question).error, Catch::StartsWith("ERR_SEC_004: "));
    CHECK_FALSE(through);
  }
  SECTION("another authority") {
    question.tls.ca_file = w.other_ca;
    CHECK_THAT(w.get(question).error, Catch::StartsWith("ERR_SEC_004: "));
    CHECK_FALSE(through);
  }
}

TEST_CASE("a PostgreSQL without TLS is refused") {
  tls_world w;
  tiny_server server([&](auto& socket, int) {
    std::array<char, 8> request{};
    boost::system::error_code failed;
    asio::read(socket, asio::buffer(request), failed);
    write(socket, "N");
    until_closed(socket);
  });
  auto question = postgres_ask(server.port(), "select 1");
  question.tls = {true, w.ca, ""};
  CHECK_THAT(w.get(question).error, Catch::StartsWith("ERR_SEC_004: "));
}
