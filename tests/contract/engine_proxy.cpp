#include "tests/contract/engine_proxy.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace paws::contract {

namespace {

constexpr int look_again_ms = 100; // whether the mood has changed

sockaddr_un address_of(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  path.copy(out.sun_path, sizeof out.sun_path - 1);
  return out;
}

bool send_all(int to, const char* data, std::size_t bytes) {
  while (bytes > 0) {
    const auto sent = ::send(to, data, bytes, MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    data += sent;
    bytes -= static_cast<std::size_t>(sent);
  }
  return true;
}

} // namespace

engine_proxy::engine_proxy(std::string engine_socket) : engine_socket_{std::move(engine_socket)} {
  REQUIRE(::mkdtemp(root_.data()) != nullptr);
  path_ = root_ + "/engine.sock";
  listen();
  server_ = std::jthread{[this] { serve(); }};
}

engine_proxy::~engine_proxy() {
  ends_ = true;
  cut_all();
  server_.join();
  forwarders_.clear();
  ::close(listener_);
  std::filesystem::remove_all(root_);
}

void engine_proxy::listen() {
  const auto at = address_of(path_);
  ::unlink(path_.c_str());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  REQUIRE(::listen(fd, 64) == 0);
  listener_ = fd;
}

void engine_proxy::be(mood what) {
  const auto before = mood_.exchange(what);
  if (what == mood::gone)
    ::unlink(path_.c_str());
  if (what != mood::closing)
    cut_all();
  if (before == mood::gone && what != mood::gone) {
    const int old = listener_;
    listen();
    ::close(old);
  }
}

void engine_proxy::cut_all() {
  const std::lock_guard lock{mutex_};
  for (const int fd : open_)
    ::shutdown(fd, SHUT_RDWR);
}

void engine_proxy::serve() {
  while (!ends_) {
    pollfd entry{listener_, POLLIN, 0};
    if (::poll(&entry, 1, look_again_ms) <= 0)
      continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0)
      continue;
    if (mood_ == mood::closing) {
      ::close(client);
      ++refused_;
      refused_.notify_all();
      continue;
    }
    const std::lock_guard lock{mutex_};
    open_.push_back(client);
    forwarders_.emplace_back([this, client] { forward(client); });
  }
}

void engine_proxy::forward(int client) {
  const auto at = address_of(engine_socket_);
  const int engine = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool goes_on = ::connect(engine, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0;
  std::array<char, 16 * 1024> bytes;
  while (goes_on && !ends_) {
    pollfd ends[]{{client, POLLIN, 0}, {engine, POLLIN, 0}};
    if (::poll(ends, 2, look_again_ms) <= 0)
      continue;
    for (const int i : {0, 1}) {
      if (ends[i].revents == 0)
        continue;
      const auto got = ::recv(ends[i].fd, bytes.data(), bytes.size(), 0);
      goes_on = goes_on && got > 0;
      if (got <= 0)
        continue;
      const std::string_view text{bytes.data(), static_cast<std::size_t>(got)};
      const bool held = mood_ == mood::hangs ||
                        (i == 0 && mood_ == mood::swallows_events && text.find("/events?") != std::string_view::npos);
      goes_on = goes_on && (held || send_all(ends[1 - i].fd, bytes.data(), static_cast<std::size_t>(got)));
    }
  }
  const std::lock_guard lock{mutex_};
  open_.remove(client);
  ::close(client);
  ::close(engine);
}

} // namespace paws::contract
