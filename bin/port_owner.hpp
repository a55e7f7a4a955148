// Who listens on a TCP port of this machine: read from /proc, without touching anything.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace paws::bin {

struct listener {
  std::string address; // "127.0.0.1", "0.0.0.0"; IPv6 as "[…]"
  std::uint16_t port = 0;
  std::uint64_t inode = 0; // of the socket
  std::int64_t pid = 0;    // 0 = not to be seen (another user's)
  std::string program;     // "postgres"
  std::string member;      // PAWS_MEMBER of it or of whoever started it: "<environment>/<member>"; "" = none of ours
};

/// Every TCP listener (IPv4, and IPv6 on the wildcard, which takes the IPv4 port as well). Owners are not looked up.
std::vector<listener> listeners();

/// The one of `all` that keeps somebody from binding address:port, with its owner looked up; port 0 = none does.
listener who_holds(const std::vector<listener>& all, const std::string& address, std::uint16_t port);

} // namespace paws::bin
