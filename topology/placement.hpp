// Where every member lives: its address and its directories as the member itself sees them. A pure function of
// the topology and of the runtime's layout, so that rendering a configuration needs no I/O.
#pragma once

#include "topology/model.hpp"

#include <map>
#include <string>
#include <vector>

namespace paws::topology {

struct member_place {
  std::string name;
  std::string cluster;    // "" for a service of its own
  std::string address;    // what other members connect to; an IP address on the process runtime
  std::string config_dir; // rendered files; read-only for the member where the runtime can
  std::string data_dir;   // survives restarts; the member may write
  std::string run_dir;    // sockets, pid files; the member may write, lost on removal
};

struct placement {
  std::map<std::string, member_place> members; // by member name
  std::string publish_address = "127.0.0.1";
  std::string environment;     // document::name
  std::string environment_dir; // <root>/.local/env/<environment>
};

/// Addresses of all members of `doc` in its process subnet: each cluster's members (and its Sentinels, then the
/// routing service, then the other services) begin at the next multiple of ten plus one: .11 .12 .13, .21 …
/// Throws nothing; a subnet that is too small is refused by the loader.
std::map<std::string, std::string> process_addresses(const document& doc);

/// Placement on the process runtime: directories below <root>/.local/env/<name>/members/<member>/{config,data,run}.
placement place_on_process(const document& doc);

/// Names of everything that gets a container, in file order: members, sentinels, the routing service, services
/// whose profiles are active (`active_profiles`; services without profiles always).
std::vector<std::string> active_members(const document& doc, const std::vector<std::string>& active_profiles);

/// True when `what` runs with these profiles.
bool is_active(const service& what, const std::vector<std::string>& active_profiles);

/// "backend depends on db, which needs one of the profiles: data": dependencies of active services on services that
/// these profiles leave out. They would be waited for for ever, so a start refuses them.
std::vector<std::string> inactive_dependencies(const document& doc, const std::vector<std::string>& active_profiles);

/// Addresses that process_addresses needs beyond the subnet's first; the last one is a subnet's broadcast address and
/// stays free.
std::uint64_t process_addresses_needed(const document& doc);

} // namespace paws::topology
