// Where every member lives: its address and its directories as the member itself sees them. A pure function of
// the topology and of the runtime's layout, so that rendering a configuration needs no I/O.
#pragma once

#include "topology/model.hpp"

#include <map>
#include <string>
#include <vector>

namespace paws::topology {

/// A network of the topology, and an address in it.
struct network_address {
  std::string network;
  std::string address;
};

struct member_place {
  std::string name;
  std::string cluster;                     // "" for a service of its own
  std::string address;                     // IP address that other members connect to
  std::string config_dir;                  // rendered files; read-only for the member where the runtime can
  std::string data_dir;                    // survives restarts; the member may write
  std::string run_dir;                     // sockets, pid files; the member may write, lost on removal
  std::vector<network_address> networks{}; // of a container, the one of `address` first; empty on the process runtime

  /// Every address that it is reached at; `address` first.
  std::vector<std::string> addresses() const;
};

struct placement {
  std::map<std::string, member_place> members; // by member name
  std::string publish_address = "127.0.0.1";
  std::string environment;     // document::name
  std::string environment_dir; // <root>/.local/env/<environment>
  std::string control_address; // where members find the engine's listener; "" = there is none for them
  bool containers = false;     // members live in containers: they reach each other by name, too
};

/// How far a member's address lies behind a subnet's first.
struct member_offset {
  std::string name;
  std::string cluster;
  std::uint32_t offset = 0;
};

/// Of all members of `doc`: each cluster's members (and its Sentinels, then the routing service, then the other
/// services) begin at the next multiple of ten plus one: .11 .12 .13, .21 …
std::vector<member_offset> member_offsets(const document& doc);

/// Addresses of all members of `doc` in its process subnet.
/// Throws nothing; a subnet that is too small is refused by the loader.
std::map<std::string, std::string> process_addresses(const document& doc);

/// Placement on the process runtime: directories below <root>/.local/env/<name>/members/<member>/{config,data,run}.
placement place_on_process(const document& doc);

/// The network of those that name none.
inline constexpr const char* default_network = "default";

/// Networks that containers of `doc` join, in the order of the file; the default one last.
std::vector<std::string> joined_networks(const document& doc);

/// Placement in containers: the same directories in each, and in every network the offset that the member has in the
/// process subnet. `subnets`: for each of joined_networks its subnet, as "172.31.4.0/24". Of several networks the last
/// that a member names is the one of its `address`; the carrier of the routes joins those of its routes and clusters.
/// control_address is the gateway, a subnet's first address, of the first service that asks for `${control:listen}`.
placement place_on_containers(const document& doc, const std::map<std::string, std::string>& subnets);

/// What keeps `doc` from running in containers, each "path:line:column: sentence": members without an image, clusters
/// that cannot reach what they depend on, more members than a /24 has addresses.
std::vector<std::string> container_problems(const document& doc, const std::vector<std::string>& active_profiles);

/// Names of everything that gets a container, in file order: members, sentinels, the routing service, services
/// whose profiles are active (`active_profiles`; services without profiles always).
std::vector<std::string> active_members(const document& doc, const std::vector<std::string>& active_profiles);

/// True when `what` runs with these profiles.
bool is_active(const service& what, const std::vector<std::string>& active_profiles);
/// True when the engine listens over TCP with these profiles.
bool listens(const control_listener& what, const std::vector<std::string>& active_profiles);

/// "backend depends on db, which needs one of the profiles: data": dependencies of active services on services that
/// these profiles leave out. They would be waited for for ever, so a start refuses them.
std::vector<std::string> inactive_dependencies(const document& doc, const std::vector<std::string>& active_profiles);

/// Addresses that process_addresses needs beyond the subnet's first; the last one is a subnet's broadcast address and
/// stays free.
std::uint64_t process_addresses_needed(const document& doc);

} // namespace paws::topology
