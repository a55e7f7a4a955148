// etcd: what its members are started with, what they are asked, and what quorum means.
#include "clusters/drill_kits.hpp"
#include "clusters/inspect.hpp"
#include "clusters/kinds.hpp"

#include "clusters/etcd_rejoin.hpp"
#include "clusters/etcd_view.hpp"
#include "clusters/recovery_kits.hpp"
#include "clusters/rotate.hpp"
#include "clusters/tls.hpp"

namespace paws::clusters {

namespace {

constexpr std::uint16_t client_port = 2379, peer_port = 2380;
constexpr std::uint32_t stop_grace_ms = 10'000;

std::string url(const logic::cluster_context& context, const std::string& address, std::uint16_t port) {
  return (context.cluster.tls ? "https://" : "http://") + address + ":" + std::to_string(port);
}

// Clients prove themselves with a password, so no authority is named for their certificates: etcd would demand one of
// everybody. bcrypt costs its least, which a member pays at every login and three times for each password: what is
// generated has 256 random bits, and no hash need slow down who guesses.
void add_tls(logic::member_spec& spec, const logic::cluster_context& context, const topology::member_place& place) {
  const auto paths = tls_paths_of(place);
  spec.command.insert(spec.command.end(),
                      {"--cert-file=" + paths.certificate, "--key-file=" + paths.key,
                       "--peer-cert-file=" + paths.certificate, "--peer-key-file=" + paths.key,
                       "--peer-trusted-ca-file=" + paths.authority, "--peer-client-cert-auth=true", "--bcrypt-cost=4"});
  spec.files = tls_files(context, place.name);
}

// On every address that it has: "http://172.31.4.11:2379,http://172.31.5.11:2379"
std::string urls(const logic::cluster_context& context, const topology::member_place& place, std::uint16_t port) {
  std::string out;
  for (const auto& address : place.addresses())
    out += (out.empty() ? "" : ",") + url(context, address, port);
  return out;
}

std::vector<logic::member_spec> render(const logic::cluster_context& context) {
  const auto& cluster = context.cluster;
  std::string members;
  for (const auto& member : cluster.members)
    members += (members.empty() ? "" : ",") + member + "=" +
               url(context, context.places.members.at(member).address, peer_port);
  std::vector<logic::member_spec> out;
  for (const auto& member : cluster.members) {
    const auto& place = context.places.members.at(member);
    const auto client = url(context, place.address, client_port),
               peer = url(context, place.address, peer_port); // for others
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
                    "--listen-client-urls=" + urls(context, place, client_port),
                    "--advertise-client-urls=" + client,
                    "--listen-peer-urls=" + urls(context, place, peer_port),
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
    if (cluster.tls)
      add_tls(spec, context, place);
    spec.command.insert(spec.command.end(), cluster.extra_args.begin(), cluster.extra_args.end());
    out.push_back(std::move(spec));
  }
  return out;
}

std::vector<topology::dependency> member_dependencies(const logic::cluster_context&, const std::string&) {
  return {}; // a member alone waits for the others by itself
}

// A follower waits between one and two election timeouts, drawn anew each time, before it stands for election.
logic::silence_limits silence(const logic::cluster_context& context) {
  const auto& settings = context.cluster.etcd;
  return {"election timeout", settings.election_timeout, 2 * settings.election_timeout, 2 * settings.election_timeout};
}

} // namespace

const logic::cluster_kind_row etcd_kind{"etcd",
                                        "etcd_formation",
                                        render,
                                        member_dependencies,
                                        etcd::asks,
                                        etcd::interpret,
                                        etcd::judge,
                                        etcd::advise_rejoin,
                                        etcd::inspect_asks,
                                        etcd::describe,
                                        etcd::prepare,
                                        etcd::rotate,
                                        &etcd::drills,
                                        &etcd::recovery,
                                        silence};

} // namespace paws::clusters
