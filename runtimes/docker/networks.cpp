#include "runtimes/docker/networks.hpp"

#include "runtimes/docker/names.hpp"

#include <arpa/inet.h>
#include <charconv>
#include <fstream>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sstream>

namespace paws::docker {

namespace {

using nlohmann::json;
using topology::failure;

// Private ranges that hardly anybody's own network is in, in /24; then the other private ones.
struct pool {
  std::uint32_t first;
  std::uint32_t count;
};
constexpr pool pools[]{{0xAC1C0000, 1024}, {0x0AD40000, 4096}, {0xC0A80000, 256}}; // 172.28/14, 10.212/12, 192.168/16
constexpr int range_bits = 24;
constexpr std::uint32_t range_step = 256;
constexpr std::uint32_t seeds = 61; // the first places to look at: some of the first pool
constexpr std::uint32_t seed_step = 16;
constexpr int most_looks = 10; // of Podman at the machine's interfaces, while they change

std::uint32_t mask_of(int bits) {
  return bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits);
}

std::string text_of(std::uint32_t address) {
  const in_addr raw{htonl(address)};
  char out[INET_ADDRSTRLEN] = "";
  ::inet_ntop(AF_INET, &raw, out, sizeof out);
  return out;
}

std::vector<address_range> ranges_of(const json& network) {
  std::vector<address_range> out;
  for (const auto& each : network.value("/IPAM/Config"_json_pointer, json::array()))
    if (each.is_object())
      if (const auto range = parse_range(each.value("Subnet", "")))
        out.push_back(*range);
  return out;
}

std::vector<address_range> taken_by_machine() {
  std::ifstream file{"/proc/net/route"};
  auto out = routes_in({std::istreambuf_iterator<char>{file}, {}});
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0)
    return out;
  for (auto* each = all; each != nullptr; each = each->ifa_next) {
    if (each->ifa_addr == nullptr || each->ifa_netmask == nullptr || each->ifa_addr->sa_family != AF_INET)
      continue;
    const auto address = ntohl(reinterpret_cast<sockaddr_in*>(each->ifa_addr)->sin_addr.s_addr);
    const auto mask = ntohl(reinterpret_cast<sockaddr_in*>(each->ifa_netmask)->sin_addr.s_addr);
    out.push_back({address & mask, __builtin_popcount(mask)});
  }
  ::freeifaddrs(all);
  return out;
}

bool is_ours(const json& what, const std::string& environment) {
  const auto labels = what.value("Labels", json::object());
  return labels.is_object() && labels.value(std::string{environment_label}, "") == environment;
}

subnet subnet_of(const address_range& range, bool exists) {
  return {to_string(range), text_of(range.first + 1), exists};
}

} // namespace

bool overlap(const address_range& a, const address_range& b) {
  const auto mask = mask_of(std::min(a.bits, b.bits));
  return (a.first & mask) == (b.first & mask);
}

std::optional<address_range> parse_range(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos)
    return std::nullopt;
  in_addr raw{};
  int bits = -1;
  const auto rest = text.substr(slash + 1);
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), bits);
  if (error != std::errc{} || end != rest.data() + rest.size() || bits < 0 || bits > 32 ||
      ::inet_pton(AF_INET, std::string{text.substr(0, slash)}.c_str(), &raw) != 1)
    return std::nullopt;
  return address_range{ntohl(raw.s_addr) & mask_of(bits), bits};
}

std::string to_string(const address_range& range) {
  return text_of(range.first) + "/" + std::to_string(range.bits);
}

std::vector<address_range> routes_in(const std::string& table) {
  std::vector<address_range> out;
  std::istringstream lines{table};
  std::string line;
  std::getline(lines, line); // titles
  while (std::getline(lines, line)) {
    std::istringstream words{line};
    std::string device, target, gateway, flags, used, asked, metric, mask;
    if (!(words >> device >> target >> gateway >> flags >> used >> asked >> metric >> mask))
      continue;
    std::uint32_t to = 0, bits = 0;
    std::from_chars(target.data(), target.data() + target.size(), to, 16);
    std::from_chars(mask.data(), mask.data() + mask.size(), bits, 16);
    if (bits != 0)
      out.push_back({ntohl(to), __builtin_popcount(bits)});
  }
  return out;
}

std::vector<address_range> free_ranges(const std::vector<address_range>& taken, std::size_t count,
                                       const std::string& seed) {
  std::uint32_t hash = 2'166'136'261; // FNV-1a
  for (const char c : seed)
    hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619;
  std::vector<address_range> out;
  const auto offset = hash % seeds * seed_step;
  for (const auto& from : pools)
    for (std::uint32_t i = 0; i < from.count && out.size() < count; ++i) {
      const address_range range{from.first + (i + offset) % from.count * range_step, range_bits};
      if (std::none_of(taken.begin(), taken.end(), [&](const auto& other) { return overlap(other, range); }))
        out.push_back(range);
    }
  return out;
}

namespace {

// Network -> the subnet that volumes of the environment were made for.
outcome<std::map<std::string, address_range>> known_to_data(api& on, const std::string& environment) {
  const auto answer = on.get("/volumes?" + label_filter(environment));
  if (const auto* why = why_not(answer))
    return *why;
  const auto said = std::get<reply>(answer).json();
  if (!said.is_object())
    return on.refused("the volumes cannot be listed", std::get<reply>(answer));
  std::map<std::string, address_range> out;
  const auto all = said.value("Volumes", json::array());
  for (const auto& each : all.is_array() ? all : json::array()) {
    if (!is_ours(each, environment))
      continue;
    for (const auto& [label, value] : each["Labels"].items())
      if (const auto range = value.is_string() ? parse_range(value.get<std::string>()) : std::nullopt;
          range && label.starts_with(range_label))
        out[label.substr(range_label.size())] = *range;
  }
  return out;
}

// Podman lists interfaces, then asks of each: one that went in between ends its whole request, whosever it was.
bool interface_went_meanwhile(const reply& answer) {
  return answer.status == 500 && answer.message().find("no such network interface") != std::string::npos;
}

outcome<reply> create_network(api& on, const json& body) {
  for (int looks = 1;; ++looks) {
    auto answer = on.post("/networks/create", body);
    if (looks == most_looks || why_not(answer) != nullptr || !interface_went_meanwhile(std::get<reply>(answer)))
      return answer;
  }
}

failure taken_from_data(const std::string& name, const address_range& range) {
  return {"ERR_NET_005",
          "the addresses " + to_string(range) + " of the network " + name +
              ", which this environment's data knows, are in use by another network now",
          "end or move that network (see: docker network ls, ip route), or give up the data: paws-engine ctl reset"};
}

} // namespace

std::variant<std::map<std::string, subnet>, failure> choose_subnets(const engine& on, const std::string& environment,
                                                                    const std::vector<std::string>& names) {
  api to{on};
  const auto answer = to.get("/networks");
  if (const auto* why = why_not(answer))
    return *why;
  const auto& all = std::get<reply>(answer);
  const auto said = all.json();
  if (!all.ok() || !said.is_array())
    return to.refused("the networks cannot be listed", all);
  std::map<std::string, subnet> out;
  auto taken = taken_by_machine();
  for (const auto& each : said) {
    const auto ranges = ranges_of(each);
    taken.insert(taken.end(), ranges.begin(), ranges.end());
    for (const auto& name : names)
      if (!ranges.empty() && each.value("Name", "") == shared_name(environment, name) && is_ours(each, environment))
        out[name] = subnet_of(ranges.front(), true);
  }
  const auto known = known_to_data(to, environment);
  if (const auto* why = why_not(known))
    return *why;
  std::vector<std::string> missing;
  for (const auto& name : names) {
    if (out.contains(name) || std::find(missing.begin(), missing.end(), name) != missing.end())
      continue;
    const auto before = std::get<0>(known).find(name);
    if (before == std::get<0>(known).end()) {
      missing.push_back(name);
      continue;
    }
    const auto& range = before->second;
    if (std::any_of(taken.begin(), taken.end(), [&](const auto& other) { return overlap(other, range); }))
      return taken_from_data(name, range);
    taken.push_back(range);
    out[name] = subnet_of(range, false);
  }
  const auto found = free_ranges(taken, missing.size(), environment);
  if (found.size() < missing.size())
    return failure{"ERR_NET_005",
                   "no address range is free for the network " + missing[found.size()] +
                       ": all private ones are in use",
                   "remove one that nobody needs: " + on.name + " network ls   then: " + on.name + " network rm NAME"};
  for (std::size_t i = 0; i < missing.size(); ++i)
    out[missing[i]] = subnet_of(found[i], false);
  return out;
}

networks::networks(std::string environment, std::map<std::string, subnet> wanted)
    : environment_{std::move(environment)}, wanted_{std::move(wanted)} {}

std::optional<failure> networks::ensure(api& on, const std::string& name) {
  const std::lock_guard lock{mutex_};
  if (there_.contains(name))
    return std::nullopt;
  const auto answer = on.get("/networks/" + shared_name(environment_, name));
  if (const auto* why = why_not(answer))
    return *why;
  const auto& found = std::get<reply>(answer);
  if (found.status == 404) {
    if (auto why = make(on, name))
      return why;
  } else if (!found.ok()) {
    return on.refused("the network " + name + " cannot be looked at", found);
  } else if (!is_ours(found.json(), environment_)) {
    return failure{"ERR_RUN_002",
                   "a network called " + shared_name(environment_, name) + " exists that is not this environment's",
                   "remove or rename it, or give the environment another name"};
  }
  there_.insert(name);
  return std::nullopt;
}

std::optional<failure> networks::make(api& on, const std::string& name) {
  const auto wanted = wanted_.find(name);
  if (wanted == wanted_.end())
    return failure{"ERR_RUN_002", "the topology has no network called " + name, "add it under networks"};
  const json body{{"Name", shared_name(environment_, name)},
                  {"CheckDuplicate", true},
                  {"Driver", "bridge"},
                  {"IPAM", {{"Config", {{{"Subnet", wanted->second.cidr}, {"Gateway", wanted->second.gateway}}}}}},
                  {"Labels",
                   {{environment_label, environment_},
                    {network_label, name},
                    {"com.docker.compose.project", environment_},
                    {"com.docker.compose.network", name}}}};
  const auto answer = create_network(on, body);
  if (const auto* why = why_not(answer))
    return *why;
  const auto& made = std::get<reply>(answer);
  if (made.ok() || made.status == 409) // 409: another engine of this environment was faster
    return std::nullopt;
  return failure{"ERR_NET_005",
                 "the network " + name + " cannot be made with " + wanted->second.cidr + ": " + made.message(),
                 "start again: another range is chosen then"};
}

std::optional<failure> networks::remove_unused(api& on) {
  const std::lock_guard lock{mutex_};
  const auto containers = on.get("/containers/json?all=1&" + label_filter(environment_));
  if (const auto* why = why_not(containers))
    return *why;
  const auto left = std::get<reply>(containers).json();
  if (!left.is_array() || !left.empty())
    return std::nullopt;
  there_.clear();
  const auto answer = on.get("/networks?" + label_filter(environment_));
  if (const auto* why = why_not(answer))
    return *why;
  for (const auto& each : std::get<reply>(answer).json()) {
    const auto name = each.value("Name", "");
    if (!is_ours(each, environment_) || !is_name(name))
      continue;
    const auto gone = on.remove("/networks/" + each.value("Id", name));
    if (const auto* why = why_not(gone))
      return *why;
    const auto& said = std::get<reply>(gone);
    if (!said.ok() && said.status != 404 && said.status != 403 && said.status != 409) // somebody else's is in it
      return on.refused("the network " + name + " cannot be removed", said);
  }
  return std::nullopt;
}

std::string networks::cidr_of(const std::string& name) const {
  const auto at = wanted_.find(name);
  return at == wanted_.end() ? "" : at->second.cidr;
}

void networks::forget() {
  const std::lock_guard lock{mutex_};
  there_.clear();
}

} // namespace paws::docker
