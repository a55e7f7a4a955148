#include "net_support.hpp"

#include <cstdlib>
#include <filesystem>

#include <sys/stat.h>

namespace net_test {

world::world() {
  config.set("scheduler.max-threads", 2);
}

answer world::get(const ask& question) {
  caf::scoped_actor self{system};
  answer out;
  bool came = false;
  self->request(asker, question.timeout + std::chrono::duration_cast<paws::logic::milliseconds>(patience), question)
      .receive(
          [&](answer& what) {
            out = std::move(what);
            came = true;
          },
          [&](caf::error& why) { FAIL("an ask must never fail as a request: " << system.render(why)); });
  REQUIRE(came);
  return out;
}

ask http_ask(std::uint16_t port, std::string path) {
  ask out;
  out.name = "test.http";
  out.address = "127.36.103.1";
  out.port = port;
  out.path = std::move(path);
  out.timeout = 30s;
  return out;
}

ask redis_ask(std::uint16_t port, std::vector<std::string> command) {
  auto out = http_ask(port);
  out.channel = channel::redis;
  out.command = std::move(command);
  return out;
}

ask postgres_ask(std::uint16_t port, std::string sql) {
  auto out = http_ask(port);
  out.channel = channel::postgres;
  out.user = "someone";
  out.database = "somewhere";
  out.sql = std::move(sql);
  return out;
}

tiny_server::tiny_server(script what, const std::string& address)
    : script_(std::move(what)),
      acceptor_(context_, {asio::ip::make_address(address), 0}),
      port_(acceptor_.local_endpoint().port()) {
  accept();
  thread_ = std::thread([this] { context_.run(); });
}

void tiny_server::accept() {
  auto next = std::make_shared<socket>(context_);
  acceptor_.async_accept(*next, [this, next](const boost::system::error_code& failed) {
    if (failed)
      return;
    int number = ++accepted_;
    std::lock_guard lock(mutex_);
    sockets_.push_back(next);
    threads_.emplace_back([this, next, number] {
      try {
        script_(*next, number);
      } catch (const std::exception&) {
        // The peer or the test ended the connection.
      }
      // Closing is left to the destructor, which may be shutting it down at this moment.
      std::lock_guard closing(mutex_);
      boost::system::error_code ignored;
      if (!ending_)
        next->close(ignored);
    });
    accept();
  });
}

tiny_server::~tiny_server() {
  context_.stop();
  thread_.join();
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    boost::system::error_code ignored;
    for (auto& one : sockets_)
      if (one->is_open())
        ::shutdown(one->native_handle(), SHUT_RDWR);
  }
  for (auto& one : threads_)
    one.join();
}

std::string read_until(tiny_server::socket& from, const std::string& end) {
  std::string out;
  char c = 0;
  boost::system::error_code failed;
  while (out.size() < end.size() || out.compare(out.size() - end.size(), end.size(), end) != 0) {
    if (from.read_some(asio::buffer(&c, 1), failed) == 0)
      throw std::runtime_error("closed");
    out += c;
  }
  return out;
}

void write(tiny_server::socket& to, const std::string& bytes) {
  asio::write(to, asio::buffer(bytes));
}

void until_closed(tiny_server::socket& socket) {
  char c = 0;
  boost::system::error_code failed;
  while (socket.read_some(asio::buffer(&c, 1), failed) > 0)
    ;
}

temporary_directory::temporary_directory() {
  std::string pattern = "/tmp/paws-net-XXXXXX";
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  ::chmod(pattern.c_str(), 0755);
  path = pattern;
}

temporary_directory::~temporary_directory() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

} // namespace net_test
