#include "net/read_only.hpp"

#include <algorithm>
#include <array>

namespace paws::net {

namespace {

using namespace std::string_view_literals;

constexpr std::array paths{"/metrics"sv, "/health/live"sv, "/health/ready"sv};
constexpr const char* ask_there = "use: paws-engine ctl, which asks by the control socket";

bool is_own(std::string_view host, std::uint16_t port) {
  const auto suffix = ":" + std::to_string(port);
  return std::ranges::any_of(std::array{"127.0.0.1"sv, "localhost"sv},
                             [&](std::string_view name) { return host == std::string{name} + suffix; });
}

refusal forbidden(std::string what, std::string remedy) {
  return {403, {"ERR_CLI_001", std::move(what), std::move(remedy)}};
}

} // namespace

std::optional<refusal> refused_over_tcp(const asked& what, std::uint16_t port) {
  if (!is_own(what.host, port))
    return forbidden("this listener is not called by that Host",
                     "ask by its address: 127.0.0.1:" + std::to_string(port));
  if (!what.origin.empty() && what.origin != "http://" + std::string{what.host})
    return forbidden("pages of another origin get no answer", ask_there);
  if (what.method != "GET")
    return refusal{405, {"ERR_CLI_001", "this listener only answers GET", ask_there}};
  if (std::ranges::find(paths, what.target.substr(0, what.target.find('?'))) == paths.end())
    return forbidden("this listener answers /metrics, /health/live and /health/ready", ask_there);
  return std::nullopt;
}

} // namespace paws::net
