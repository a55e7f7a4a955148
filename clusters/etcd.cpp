// etcd: what its members are started with, what they are asked, and what quorum means.
#include "clusters/inspect.hpp"
#include "clusters/kinds.hpp"

#include "clusters/etcd_view.hpp"

namespace paws::clusters {

namespace {

constexpr std::uint16_t client_port = 2379, peer_port = 2380;
constexpr std::uint32_t stop_grace_ms = 10'000;

std::string url(const std::string& address, std::uint16_t port) {
  return "http://" + address + ":" + std::to_string(port);
}

std::vector<logic::member_spec> render(const logic::cluster_context& context) {
  const auto& cluster = context.cluster;
  std::string members;
  for (const auto& member : cluster.members)
    members += (members.empty() ? "" : ",") + member + "=" + url(context.places.members.at(member).address, peer_port);
  std::vector<logic::member_spec> out;
  for (const auto& member : cluster.members) {
    const auto& place = context.places.members.at(member);
    const auto client = url(place.address, client_port), peer = url(place.address, peer_port);
    logic::member_spec spec;
    spec.name = member;
    spec.environment = context.places.environment;
    spec.image = cluster.image;
    spec.user = "etcd";
    spec.package = "etcd-server";
    spec.stop_grace_ms = stop_grace_ms;
    spec.address = place.address;
    spec.config_dir = place.config_dir;
    spec.data_dir = place.data_dir;
    spec.run_dir = place.run_dir;
    spec.ports = {{"client", client_port}, {"peer", peer_port}};
    spec.limits = cluster.resources;
    // Flags, not a file: etcd ignores every flag once it is given a file, and extra_args would mean nothing.
    spec.command = {"etcd",
                    "--name=" + member,
                    "--data-dir=" + place.data_dir + "/etcd",
                    "--listen-client-urls=" + client,
                    "--advertise-client-urls=" + client,
                    "--listen-peer-urls=" + peer,
                    "--initial-advertise-peer-urls=" + peer,
                    "--initial-cluster=" + members,
                    "--initial-cluster-state=new", // has no effect on a member that has data
                    "--initial-cluster-token=" + context.places.environment + "-" + cluster.name,
                    "--heartbeat-interval=" + std::to_string(cluster.etcd.heartbeat_interval.count()),
                    "--election-timeout=" + std::to_string(cluster.etcd.election_timeout.count()),
                    "--pre-vote=true", // a member that was alone comes back without unseating the leader; 3.5's default
                    "--auto-compaction-mode=periodic",
                    "--auto-compaction-retention=1h",
                    "--logger=zap",
                    "--log-outputs=stderr"};
    spec.command.insert(spec.command.end(), cluster.extra_args.begin(), cluster.extra_args.end());
    out.push_back(std::move(spec));
  }
  return out;
}

std::vector<topology::dependency> member_dependencies(const logic::cluster_context&, const std::string&) {
  return {}; // a member alone waits for the others by itself
}

// An emptied member of a cluster that has data elsewhere joins as if the cluster were new, with the same ids, and asks
// its peers for what it lacks: with the same members and token etcd 3.4 makes it a member again.
logic::start_advice advise(const logic::cluster_context&, const logic::observation_table&, const std::string&) {
  return {};
}

} // namespace

const logic::cluster_kind_row etcd_kind{"etcd",          "etcd_formation", render, member_dependencies, etcd::asks,
                                        etcd::interpret, etcd::judge,      advise, etcd::inspect_asks,  etcd::describe};

} // namespace paws::clusters
