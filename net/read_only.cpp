#include "net/read_only.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace paws::net {

namespace {

using namespace std::string_view_literals;

constexpr std::array paths{"/metrics"sv, "/health/live"sv, "/health/ready"sv};
constexpr const char* ask_there = "use: paws-engine ctl, which asks by the control socket";

constexpr auto loopback = "127.0.0.1"sv;
constexpr std::uint32_t loopback_address = 0x7F000001;

struct range {
  std::uint32_t base, mask;

  bool has(std::uint32_t address) const { return (address & mask) == base; }
};
constexpr std::array private_ranges{range{0x0A000000, 0xFF000000}, range{0xAC100000, 0xFFF00000},
                                    range{0xC0A80000, 0xFFFF0000}};
constexpr std::uint32_t network_mask = 0xFFFFFF00; // of a container network

bool is_own(std::string_view host, std::string_view endpoint) {
  const auto port = endpoint.substr(std::min(endpoint.rfind(':'), endpoint.size()));
  return host == endpoint ||
         (endpoint == std::string{loopback}.append(port) && host == std::string{"localhost"}.append(port));
}

refusal forbidden(std::string what, std::string remedy) {
  return {403, {"ERR_CLI_001", std::move(what), std::move(remedy)}};
}

} // namespace

std::optional<refusal> refused_over_tcp(const asked& what, std::string_view endpoint) {
  if (!is_own(what.host, endpoint))
    return forbidden("this listener is not called by that Host", "ask by its address: " + std::string{endpoint});
  if (!what.origin.empty() && what.origin != "http://" + std::string{what.host})
    return forbidden("pages of another origin get no answer", ask_there);
  if (what.method != "GET")
    return refusal{405, {"ERR_CLI_001", "this listener only answers GET", ask_there}};
  if (std::ranges::find(paths, what.target.substr(0, what.target.find('?'))) == paths.end())
    return forbidden("this listener answers /metrics, /health/live and /health/ready", ask_there);
  return std::nullopt;
}

bool may_listen_at(std::uint32_t address) {
  return address == loopback_address ||
         std::ranges::any_of(private_ranges, [&](const range& each) { return each.has(address); });
}

bool is_taken_from(std::uint32_t peer, std::uint32_t own) {
  return own == loopback_address || range{own & network_mask, network_mask}.has(peer);
}

} // namespace paws::net
