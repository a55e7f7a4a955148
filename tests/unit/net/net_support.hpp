// What the tests of net share: an actor system with the I/O thread, questions with a deadline, and tiny servers that
// say exactly what a test wants them to say.
#pragma once

#include "messages/all.hpp"
#include "net/asker.hpp"
#include "net/http_server.hpp"

#include <catch2/catch.hpp>

#include <boost/asio.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace net_test {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using paws::logic::answer;
using paws::logic::ask;
using paws::logic::channel;

/// How long anything that must happen may take: only ever waited for in full by a test that fails.
inline constexpr auto patience = 60s;

/// The engine's set-up in small: the I/O thread ends before the actor system.
struct world {
  world();

  caf::actor_system_config config;
  caf::actor_system system{config};
  paws::net::io_thread io;
  paws::asker_actor asker = paws::net::make_asker(system, io);

  answer get(const ask& question);
};

ask http_ask(std::uint16_t port, std::string path = "/");
ask redis_ask(std::uint16_t port, std::vector<std::string> command);
ask postgres_ask(std::uint16_t port, std::string sql);

/// Accepts on a loopback address and runs `script` on a thread per connection. Counts connections.
class tiny_server {
public:
  using socket = asio::ip::tcp::socket;
  using script = std::function<void(socket&, int connection)>;

  explicit tiny_server(script what, const std::string& address = "127.36.103.1");
  ~tiny_server();
  std::uint16_t port() const { return port_; }
  int connections() const { return accepted_; }

private:
  void accept();

  script script_;
  asio::io_context context_;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::atomic<int> accepted_{0};
  std::mutex mutex_;
  bool ending_ = false;
  std::vector<std::shared_ptr<socket>> sockets_;
  std::vector<std::thread> threads_;
  std::thread thread_;
};

/// Reads until `end` was read; what came, "" when the peer closed first.
std::string read_until(tiny_server::socket& from, const std::string& end);
void write(tiny_server::socket& to, const std::string& bytes);
/// Blocks until the peer closes.
void until_closed(tiny_server::socket& socket);

/// A thread-safe queue with a deadline.
template <class Value>
class mailbox {
public:
  void put(Value value) {
    std::lock_guard lock(mutex_);
    values_.push_back(std::move(value));
    changed_.notify_all();
  }
  Value take() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, patience, [&] { return !values_.empty(); }))
      throw std::runtime_error("nothing came in time");
    auto out = std::move(values_.front());
    values_.pop_front();
    return out;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Value> values_;
};

/// A directory below /tmp that is gone afterwards.
struct temporary_directory {
  temporary_directory();
  ~temporary_directory();
  std::string path;
};

} // namespace net_test
