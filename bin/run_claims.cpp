#include "bin/run_claims.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace paws::bin {

namespace {

using topology::failure;

constexpr std::size_t name_characters = 31; // of an environment, by the topology's rules
constexpr std::size_t suffix_characters = 6;

bool is_everywhere(const std::string& address) {
  return address == "127.0.0.1" || address == "0.0.0.0" || address == "[::]";
}

bool is_free(std::uint16_t port, const std::vector<listener>& all) {
  return std::none_of(all.begin(), all.end(),
                      [&](const listener& one) { return one.port == port && is_everywhere(one.address); });
}

} // namespace

bool claims::take(const std::string& what) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto text = "paws-engine run " + what; // behind a NUL: in no directory
  if (text.size() + 1 > sizeof name.sun_path)
    return false;
  std::memcpy(name.sun_path + 1, text.data(), text.size());
  store::descriptor made{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + text.size());
  if (!made || ::bind(made.get(), reinterpret_cast<const sockaddr*>(&name), size) != 0)
    return false;
  held_.push_back(std::move(made));
  return true;
}

std::string run_subnet(std::uint32_t number) {
  number %= run_subnets;
  return "127." + std::to_string(64 + number / 256) + "." + std::to_string(number % 256) + ".0/24";
}

bool is_used(const std::string& subnet, const std::vector<listener>& all) {
  const auto network = subnet.substr(0, subnet.rfind('.') + 1); // "127.64.0."
  return std::any_of(all.begin(), all.end(), [&](const listener& one) { return one.address.starts_with(network); });
}

std::variant<std::string, failure> claim_subnet(claims& into, const std::vector<listener>& all, std::uint32_t first) {
  for (std::uint32_t i = 0; i < run_subnets; ++i) {
    auto subnet = run_subnet(first + i);
    if (!is_used(subnet, all) && into.take("subnet " + subnet))
      return subnet;
  }
  return failure{"ERR_NET_001", "every range of addresses from " + run_subnet(0) + " on is in use",
                 "end something: every run has a range of its own"};
}

port_range run_ports(std::uint32_t ephemeral_first) {
  port_range out;
  if (ephemeral_first > out.first)
    out.last = static_cast<std::uint16_t>(std::min<std::uint32_t>(out.last, ephemeral_first - 1));
  return out;
}

std::variant<std::vector<std::uint16_t>, failure> claim_ports(claims& into, const std::vector<listener>& all,
                                                              port_range from, std::size_t count, std::uint32_t start) {
  std::vector<std::uint16_t> out;
  const auto there_are = static_cast<std::uint32_t>(from.last - from.first) + 1;
  for (std::uint32_t i = 0; i < there_are && out.size() < count; ++i) {
    const auto port = static_cast<std::uint16_t>(from.first + (start % there_are + i) % there_are);
    if (is_free(port, all) && into.take("port " + std::to_string(port)))
      out.push_back(port);
  }
  if (out.size() == count)
    return out;
  return failure{"ERR_NET_001",
                 "there are no " + std::to_string(count) + " free ports from " + std::to_string(from.first) + " to " +
                     std::to_string(from.last),
                 "end something that listens there"};
}

std::string run_name(const std::string& base, const std::string& suffix) {
  return base.substr(0, name_characters - 1 - suffix.size()) + "-" + suffix;
}

std::uint32_t random_number() {
  std::uint32_t out = 0;
  return ::getrandom(&out, sizeof out, 0) == sizeof out ? out : 0;
}

std::string random_suffix() {
  constexpr std::string_view characters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string out;
  for (std::size_t i = 0; i < suffix_characters; ++i)
    out += characters[random_number() % characters.size()];
  return out;
}

} // namespace paws::bin
