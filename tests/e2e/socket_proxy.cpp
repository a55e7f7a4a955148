#include "tests/e2e/socket_proxy.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace paws::e2e {

namespace {

sockaddr_un address_of(const std::string& path) {
  sockaddr_un out{};
  out.sun_family = AF_UNIX;
  std::strncpy(out.sun_path, path.c_str(), sizeof out.sun_path - 1);
  return out;
}

} // namespace

socket_proxy::socket_proxy(const std::filesystem::path& path, std::string server)
    : path_{path.string()}, server_{std::move(server)}, wake_fd_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)} {
  listen_fd_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto at = address_of(path_);
  if (::bind(listen_fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(listen_fd_, 128) != 0)
    throw std::runtime_error{"cannot listen at " + path_};
  thread_ = std::thread{[this] { work(); }};
}

socket_proxy::~socket_proxy() {
  ends_ = true;
  set(held_);
  thread_.join();
  for (const auto& each : pairs_) {
    ::close(each.client);
    ::close(each.server);
  }
  ::close(listen_fd_);
  ::close(wake_fd_);
}

void socket_proxy::set(bool held) {
  held_ = held;
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(wake_fd_, &one, sizeof one);
}

void socket_proxy::accept_one() {
  pair made;
  made.client = ::accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC);
  made.server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto at = address_of(server_);
  if (made.client >= 0 && ::connect(made.server, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) {
    pairs_.push_back(made);
    return;
  }
  ::close(made.client);
  ::close(made.server);
}

// False when `from` has ended, or `to` has.
bool socket_proxy::pass(int from, int to) {
  std::array<char, 65'536> some{};
  const auto got = ::read(from, some.data(), some.size());
  if (got <= 0)
    return got < 0 && errno == EINTR;
  for (ssize_t at = 0; at < got;) {
    const auto sent = ::send(to, some.data() + at, static_cast<std::size_t>(got - at), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    at += sent;
  }
  return true;
}

void socket_proxy::work() {
  while (!ends_) {
    std::vector<pollfd> watched{{wake_fd_, POLLIN, 0}};
    if (!held_) {
      watched.push_back({listen_fd_, POLLIN, 0});
      for (const auto& each : pairs_) {
        watched.push_back({each.client, POLLIN, 0});
        watched.push_back({each.server, POLLIN, 0});
      }
    }
    if (::poll(watched.data(), watched.size(), -1) < 0)
      continue;
    std::uint64_t count = 0;
    if (watched[0].revents != 0) [[maybe_unused]]
      const auto got = ::read(wake_fd_, &count, sizeof count);
    if (held_ || watched.size() < 2)
      continue;
    std::vector<pair> kept;
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const auto& each = pairs_[i];
      bool good = true;
      if (watched[2 + 2 * i].revents != 0)
        good = pass(each.client, each.server);
      if (good && watched[3 + 2 * i].revents != 0)
        good = pass(each.server, each.client);
      if (good) {
        kept.push_back(each);
        continue;
      }
      ::close(each.client);
      ::close(each.server);
    }
    pairs_ = std::move(kept);
    if (watched[1].revents != 0)
      accept_one();
  }
}

} // namespace paws::e2e
