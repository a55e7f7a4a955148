#include "runtimes/docker/networks.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

using namespace paws::docker;

namespace {

/// A container engine that gives these answers, one to each connection, and notes what it was asked for.
class scripted_engine {
public:
  explicit scripted_engine(std::vector<std::pair<int, std::string>> answers) : answers_{std::move(answers)} {
    REQUIRE(::mkdtemp(root_.data()) != nullptr);
    acceptor_ = stream::acceptor{context_, stream::endpoint{socket()}};
    serving_ = std::jthread{[this] { serve(); }};
  }
  ~scripted_engine() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR); // nobody is waited for any more
    serving_ = {};
    std::filesystem::remove_all(root_);
  }
  scripted_engine(const scripted_engine&) = delete;
  scripted_engine& operator=(const scripted_engine&) = delete;

  std::string socket() const { return root_ + "/engine.sock"; }
  /// When it has given all its answers.
  std::vector<std::string> asked() {
    serving_ = {};
    return asked_;
  }

private:
  using stream = boost::asio::local::stream_protocol;

  void serve() {
    namespace http = boost::beast::http;
    for (const auto& [status, body] : answers_) {
      stream::socket peer{context_};
      boost::system::error_code over;
      acceptor_.accept(peer, over);
      if (over)
        return;
      boost::beast::flat_buffer read;
      http::request<http::string_body> request;
      http::read(peer, read, request);
      asked_.push_back(std::string{request.method_string()} + " " + std::string{request.target()});
      http::response<http::string_body> answer{static_cast<http::status>(status), 11, body};
      answer.keep_alive(false);
      answer.prepare_payload();
      http::write(peer, answer);
    }
  }

  std::vector<std::pair<int, std::string>> answers_;
  std::vector<std::string> asked_;
  std::string root_ = "/tmp/paws-scripted-XXXXXX";
  boost::asio::io_context context_;
  stream::acceptor acceptor_{context_};
  std::jthread serving_;
};

std::optional<paws::topology::failure> made_by(const scripted_engine& engine) {
  api on{{"podman", engine.socket(), "4.3.1", "1.41", "linux/amd64", ""}};
  networks of{"shop", {{"infra", {"172.31.4.0/24", "172.31.4.1", false}}}};
  return of.ensure(on, "infra");
}

const std::pair<int, std::string> interface_went{500, R"({"message":"route ip+net: no such network interface"})"};

} // namespace

TEST_CASE("ranges of addresses") {
  CHECK(to_string(*parse_range("172.31.4.7/24")) == "172.31.4.0/24");
  CHECK(to_string(*parse_range("10.0.0.0/8")) == "10.0.0.0/8");
  for (const auto* none : {"", "172.31.4.0", "172.31.4.0/", "172.31.4.0/33", "x/24", "fd00::/64", "1.2.3.4/2x"})
    CHECK_FALSE(parse_range(none));
  const auto overlaps = [](const char* a, const char* b) { return overlap(*parse_range(a), *parse_range(b)); };
  CHECK(overlaps("10.0.0.0/8", "10.212.3.0/24"));
  CHECK(overlaps("172.31.4.0/24", "172.31.4.128/25"));
  CHECK_FALSE(overlaps("172.31.4.0/24", "172.31.5.0/24"));
  CHECK(overlaps("0.0.0.0/0", "1.2.3.0/24"));
}

TEST_CASE("routes of this machine, but the default one") {
  const auto found = routes_in("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
                               "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
                               "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
                               "garbage\n");
  REQUIRE(found.size() == 1);
  CHECK(to_string(found[0]) == "172.17.0.0/16");
}

TEST_CASE("free ranges overlap nothing, differ from each other, and are the same for the same environment") {
  const auto some = free_ranges({}, 4, "shop");
  REQUIRE(some.size() == 4);
  for (std::size_t i = 0; i < 4; ++i)
    for (std::size_t j = 0; j < i; ++j)
      CHECK_FALSE(overlap(some[i], some[j]));
  CHECK(to_string(free_ranges({}, 4, "shop")[0]) == to_string(some[0]));
  const auto others = free_ranges(some, 4, "shop");
  REQUIRE(others.size() == 4);
  for (const auto& range : others)
    for (const auto& taken : some)
      CHECK_FALSE(overlap(range, taken));
}

TEST_CASE("when all private ranges are taken, there are fewer") {
  const auto taken = std::vector{*parse_range("172.16.0.0/12"), *parse_range("10.0.0.0/8")};
  const auto left = free_ranges(taken, 300, "shop");
  CHECK(left.size() == 256); // 192.168.0.0/16
  CHECK(free_ranges({*parse_range("0.0.0.0/0")}, 1, "shop").empty());
}

TEST_CASE("a network whose range is taken after all is an error of its own") {
  CHECK(paws::topology::find_error("ERR_NET_005").exits_with == paws::topology::exit_code::resource);
}

TEST_CASE("a network is asked for again when an interface of somebody else went while Podman looked at all") {
  scripted_engine engine{{{404, "{}"}, interface_went, interface_went, {201, R"({"Id":"a"})"}}};
  CHECK_FALSE(made_by(engine));
  const auto asked = engine.asked();
  REQUIRE(asked.size() == 4);
  CHECK(asked[0].starts_with("GET "));
  for (std::size_t i = 1; i < 4; ++i)
    CHECK(asked[i].ends_with("/networks/create"));
}

TEST_CASE("a network that is refused for another reason, or again and again, is told with what was said") {
  scripted_engine taken{{{404, "{}"}, {500, R"({"message":"subnet 172.31.4.0/24 is already used"})"}}};
  const auto why = made_by(taken);
  REQUIRE(why);
  CHECK(why->code == "ERR_NET_005");
  CHECK(why->message.find("is already used") != std::string::npos);
  std::vector<std::pair<int, std::string>> never(11, interface_went);
  never.front() = {404, "{}"};
  scripted_engine restless{never};
  const auto gave_up = made_by(restless);
  REQUIRE(gave_up);
  CHECK(gave_up->message.find("no such network interface") != std::string::npos);
}
