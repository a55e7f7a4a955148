#include "tests/e2e/control_client.hpp"

#include <cerrno>
#include <cstdlib>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace paws::e2e {

std::string socket_of(const stack& s) {
  return (s.root() / "run" / (s.name() + ".sock")).string();
}

connection::connection(const std::string& socket_path) : fd_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  const timeval limit{30, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (fd_ >= 0 && ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    ::close(std::exchange(fd_, -1));
}

connection::~connection() {
  if (fd_ >= 0)
    ::close(fd_);
}

connection::connection(connection&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}

connection& connection::operator=(connection&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

bool connection::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool connection::closed() const {
  char some[4096];
  for (;;) {
    const auto got = ::recv(fd_, some, sizeof some, MSG_DONTWAIT);
    if (got <= 0)
      return got == 0 || (errno != EAGAIN && errno != EINTR);
  }
}

std::string connection::rest() const {
  std::string out;
  char some[4096];
  for (auto got = ::recv(fd_, some, sizeof some, 0); got > 0; got = ::recv(fd_, some, sizeof some, 0))
    out.append(some, static_cast<std::size_t>(got));
  return out;
}

control_answer ask(const std::string& socket_path, const std::string& method, const std::string& target,
                   const std::string& body) {
  control_answer out;
  const connection to{socket_path};
  // 1.0: the end of the answer is the end of the connection.
  if (!to.open() || !to.send(method + " " + target + " HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) +
                             "\r\n\r\n" + body))
    return out;
  const auto all = to.rest();
  const auto end = all.find("\r\n\r\n");
  if (!all.starts_with("HTTP/1.1 ") || end == std::string::npos)
    return out;
  out.status = std::atoi(all.c_str() + 9);
  const std::string name = "Content-Type: ";
  if (const auto at = all.find(name); at < end)
    out.media_type = all.substr(at + name.size(), all.find_first_of(";\r", at) - at - name.size());
  out.body = all.substr(end + 4);
  return out;
}

} // namespace paws::e2e
