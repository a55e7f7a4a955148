// Hostile clients at the control socket while a start is in progress: memory stays bounded, an honest client is
// answered, the start succeeds.
#include "tests/e2e/control_client.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <fstream>
#include <poll.h>
#include <random>
#include <sys/resource.h>
#include <thread>

using namespace paws::e2e;
using namespace std::chrono_literals;

namespace {

// What the engine may hold at most: 16 MiB parts of bodies, 64 MiB of answers, 320 connections with 32 KiB of head and
// buffers each, and what it needs itself (about 60 MiB with its libraries and the log store's cache). What is thrown at
// it below is ten times as much.
constexpr long most_memory_kib = 256 * 1024;

constexpr std::size_t connects = 5'000, slow_clients = 500, half_bodies = 600, garbage = 1'000;
constexpr std::size_t long_line_bytes = 1'000'000'000;

// The most memory that the process ever had in use.
long most_memory_of(pid_t pid) {
  std::ifstream in{"/proc/" + std::to_string(pid) + "/status"};
  for (std::string line; std::getline(in, line);)
    if (line.starts_with("VmHWM:"))
      return std::stol(line.substr(6));
  return -1;
}

void allow_many_descriptors() {
  rlimit now{};
  ::getrlimit(RLIMIT_NOFILE, &now);
  now.rlim_cur = std::min<rlim_t>(now.rlim_max, 8'192);
  ::setrlimit(RLIMIT_NOFILE, &now);
}

// Each does its work until it is done or told to end, and answers how much it did.
class hostility {
public:
  explicit hostility(std::string socket) : socket_{std::move(socket)} {}

  std::size_t random_bytes(unsigned seed) const {
    std::mt19937 random{seed};
    std::size_t done = 0;
    for (; done < garbage && !over_; ++done) {
      std::string bytes = done % 2 == 0 ? "POST /v1/commands/start HTTP/1.1\r\n" : "";
      for (auto left = random() % 4'096; left > 0; --left)
        bytes += static_cast<char>(random());
      connection{socket_}.send(bytes);
    }
    return done;
  }

  std::size_t endless_line() const {
    const std::string block(256 * 1024, 'A');
    std::size_t done = 0;
    connection to{socket_};
    for (; done < long_line_bytes && !over_; done += block.size())
      if (!to.send(block))
        to = connection{socket_};
    return done;
  }

  std::size_t half_requests() const {
    const auto most =
        "POST /v1/commands/down HTTP/1.1\r\nContent-Length: 1048576\r\n\r\n" + std::string(1'048'575, '{');
    std::vector<connection> held;
    for (std::size_t i = 0; i < half_bodies && !over_; ++i)
      held.emplace_back(socket_).send(most);
    return held.size();
  }

  std::size_t many_connects() const {
    std::vector<connection> held(1'000);
    std::size_t done = 0;
    for (; done < connects && !over_; ++done)
      held[done % held.size()] = connection{socket_};
    return done;
  }

  // One byte per ten seconds each; whoever is closed comes back. At most some thousand times.
  std::size_t slow_bytes() const {
    std::vector<connection> all;
    for (std::size_t i = 0; i < slow_clients && !over_; ++i)
      all.emplace_back(socket_).send("G");
    std::size_t came_back = 0;
    auto next_byte = in(10s);
    while (!over_) {
      ::poll(nullptr, 0, 20);
      for (std::size_t i = 0, at_once = 0; i < all.size() && at_once < 50 && came_back < 10 * connects; ++i)
        if (all[i].closed()) {
          all[i] = connection{socket_};
          all[i].send("G");
          ++came_back, ++at_once;
        }
      if (remaining_ms(next_byte) == 0) {
        for (const auto& each : all)
          each.send("E");
        next_byte = in(10s);
      }
    }
    return all.size();
  }

  void end() { over_ = true; }

private:
  std::string socket_;
  std::atomic<bool> over_ = false;
};

} // namespace

TEST_CASE("hostile clients while a start is in progress: bounded memory, answers, and the start succeeds", "[alone]") {
  allow_many_descriptors();
  stack s;
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  auto start = s.spawn({"start", s.topology().string()});
  REQUIRE(start->wait_output([&](const std::string&) { return connection{socket_of(s)}.open(); }, in(60s)));
  const auto engine = s.status()["engine"]["pid"].get<pid_t>();

  hostility hostile{socket_of(s)};
  std::array<std::size_t, 5> done{};
  std::vector<std::thread> threads;
  threads.emplace_back([&] { done[0] = hostile.random_bytes(seed); });
  threads.emplace_back([&] { done[1] = hostile.endless_line(); });
  threads.emplace_back([&] { done[2] = hostile.half_requests(); });
  threads.emplace_back([&] { done[3] = hostile.many_connects(); });
  threads.emplace_back([&] { done[4] = hostile.slow_bytes(); });
  // However slow the machine is: the honest client gets each answer, the start comes to its end.
  int answers = 0, failures = 0;
  std::string failed;
  const auto until = in(180s);
  for (bool ended = false; (!ended || answers < 10) && remaining_ms(until) > 0; ended = start->wait(in(100ms))) {
    const auto status = s.ctl({"status", "--format", "json"});
    ++answers;
    if (status.exit_code != 0 || status.json().value("environment", "") != s.name()) {
      ++failures;
      failed = status.out + status.err;
    }
  }
  hostile.end();
  for (auto& each : threads)
    each.join();
  const auto most = most_memory_of(engine);
  INFO("start: " << start->out() << start->err());
  INFO("status: " << failed);
  CHECK(start->exit_code() == 0);
  CHECK(failures == 0);
  CHECK(most > 0); // it still is the same engine
  CHECK(most < most_memory_kib);
  for (std::size_t i = 0; i < done.size(); ++i) {
    INFO("kind of hostility: " << i << ", done: " << done[i]);
    CHECK(done[i] > 100); // it really took place
  }
  CHECK(s.status()["state"] == "ready");
  UNSCOPED_INFO("answers: " << answers << ", most memory: " << most << " KiB");
}
