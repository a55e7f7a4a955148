#include "bin/port_owner.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace paws::bin {

namespace {

namespace fs = std::filesystem;

constexpr const char* listening = "0A"; // TCP_LISTEN in /proc/net/tcp

std::uint32_t from_hex(const std::string& text) {
  std::uint32_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out, 16);
  return out;
}

// "0B00247F:0CEB" -> 127.36.0.11 and 3307: the kernel prints the address as the number it holds in network order.
std::string address_of(const std::string& hex) {
  if (hex.size() == 8) {
    const in_addr raw{from_hex(hex)};
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &raw, text.data(), text.size());
    return text.data();
  }
  in6_addr raw{};
  for (std::size_t i = 0; i < 4 && hex.size() == 32; ++i) {
    const auto word = from_hex(hex.substr(i * 8, 8));
    std::memcpy(&raw.s6_addr[i * 4], &word, sizeof word);
  }
  if (IN6_IS_ADDR_V4MAPPED(&raw)) {
    std::array<char, INET_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET, &raw.s6_addr[12], text.data(), text.size());
    return text.data();
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(AF_INET6, &raw, text.data(), text.size());
  return "[" + std::string{text.data()} + "]";
}

void read_table(const char* path, std::vector<listener>& out) {
  std::ifstream file{path};
  std::string line;
  std::getline(file, line); // the heading
  while (std::getline(file, line)) {
    std::istringstream words{line};
    std::string slot, local, remote, state, queues, timer, retransmits, uid, timeout;
    listener found;
    if (!(words >> slot >> local >> remote >> state >> queues >> timer >> retransmits >> uid >> timeout >>
          found.inode) ||
        state != listening)
      continue;
    const auto colon = local.find(':');
    if (colon == std::string::npos)
      continue;
    found.address = address_of(local.substr(0, colon));
    found.port = static_cast<std::uint16_t>(from_hex(local.substr(colon + 1)));
    out.push_back(std::move(found));
  }
}

std::string variable_of(const fs::path& process, std::string_view wanted) {
  std::ifstream file{process / "environ", std::ios::binary};
  std::string entry;
  while (std::getline(file, entry, '\0'))
    if (entry.size() > wanted.size() && entry.starts_with(wanted) && entry[wanted.size()] == '=')
      return entry.substr(wanted.size() + 1);
  return "";
}

std::string parent_of(const std::string& pid) {
  std::ifstream file{fs::path{"/proc"} / pid / "status"};
  std::string title, value;
  while (file >> title && std::getline(file >> std::ws, value))
    if (title == "PPid:")
      return value;
  return "";
}

// The member a process belongs to. Daemons that print their state into `ps` (Redis, PostgreSQL) write over their own
// environment, so whoever started them is asked as well: up to the keeper, which never does that.
std::string member_of(std::string pid) {
  while (!pid.empty() && pid != "0" && pid != "1") {
    if (auto found = variable_of(fs::path{"/proc"} / pid, "PAWS_MEMBER"); !found.empty())
      return found;
    pid = parent_of(pid);
  }
  return "";
}

bool holds(const fs::path& process, const std::string& socket) {
  std::error_code gone;
  for (fs::directory_iterator at{process / "fd", gone}, end; !gone && at != end; at.increment(gone)) {
    std::error_code ignored;
    if (fs::read_symlink(at->path(), ignored) == socket)
      return true;
  }
  return false;
}

void find_owner(listener& what) {
  const auto socket = "socket:[" + std::to_string(what.inode) + "]";
  std::error_code failed;
  for (fs::directory_iterator at{"/proc", failed}, end; !failed && at != end; at.increment(failed)) {
    const auto title = at->path().filename().string();
    std::int64_t pid = 0;
    const auto parsed = std::from_chars(title.data(), title.data() + title.size(), pid);
    if (parsed.ptr != title.data() + title.size() || !holds(at->path(), socket))
      continue;
    what.pid = pid;
    std::ifstream{at->path() / "comm"} >> what.program;
    what.member = member_of(title);
    return;
  }
}

} // namespace

std::vector<listener> listeners() {
  std::vector<listener> out;
  read_table("/proc/net/tcp", out);
  read_table("/proc/net/tcp6", out);
  return out;
}

listener who_holds(const std::vector<listener>& all, const std::string& address, std::uint16_t port) {
  for (const auto& one : all)
    if (one.port == port && (one.address == address || one.address == "0.0.0.0" || one.address == "[::]")) {
      auto found = one;
      find_owner(found);
      return found;
    }
  return {};
}

} // namespace paws::bin
