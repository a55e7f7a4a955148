// The networks of one environment on a container engine: chosen free, made when first needed, removed when empty.
#pragma once

#include "runtimes/docker/api.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace paws::docker {

/// IPv4 addresses that begin with the same `bits` bits.
struct address_range {
  std::uint32_t first = 0;
  int bits = 32;
};
bool overlap(const address_range& a, const address_range& b);
/// "172.31.4.0/24"; nullopt for anything else.
std::optional<address_range> parse_range(std::string_view text);
std::string to_string(const address_range& range);

/// The text of /proc/net/route: every route but the default one.
std::vector<address_range> routes_in(const std::string& table);

/// `count` different /24 that overlap none of `taken`, private ones, looked for from a place that depends on `seed`;
/// fewer when there are no more.
std::vector<address_range> free_ranges(const std::vector<address_range>& taken, std::size_t count,
                                       const std::string& seed);

/// Made by the first member that needs one, asked by all: may be used from several threads, each with its own `on`.
class networks {
public:
  networks(std::string environment, std::map<std::string, subnet> wanted);

  /// Makes the environment's network called `name` if there is none. One of the same name without the environment's
  /// label is an error, and stays as it is.
  std::optional<topology::failure> ensure(api& on, const std::string& name);
  /// Removes all of the environment when no container of it is left.
  std::optional<topology::failure> remove_unused(api& on);
  /// The subnet of the network called `name`; "" when the topology has none of that name.
  std::string cidr_of(const std::string& name) const;
  /// What was there may be gone.
  void forget();

private:
  std::optional<topology::failure> make(api& on, const std::string& name);

  std::string environment_;
  std::map<std::string, subnet> wanted_;
  std::mutex mutex_;
  std::set<std::string> there_;
};

} // namespace paws::docker
