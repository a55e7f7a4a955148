#include "clusters/redis_sentinel_render.hpp"

#include "clusters/tls.hpp"

#include "topology/limits.hpp"

#include <algorithm>

namespace paws::clusters::redis {

namespace {

constexpr std::uint64_t data_percent = 60; // a fork that rewrites the append-only file can double what changes
constexpr std::size_t id_digits = 40;      // as long as Redis's own run ids
constexpr std::uint32_t stop_grace_ms = 10'000;
constexpr std::uint32_t replica_patience_s = 5;
static_assert(replica_patience_s * 1000 < stop_grace_ms, "a node ends by itself before it is killed");

// An isolated old master stops accepting writes at about the time when a successor is named. Replicas report once a
// second, so less than three would refuse writes on a busy machine.
constexpr std::chrono::seconds shortest_replica_silence{3};

std::string line(std::string_view key, const std::string& value) {
  return std::string{key} + " " + value + "\n";
}

std::uint64_t fnv1a(std::string_view text, std::uint64_t hash) {
  for (const char c : text)
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

void append_hex(std::string& out, std::uint64_t value, std::size_t digits) {
  while (digits-- > 0)
    out += "0123456789abcdef"[(value >> (4 * digits)) & 0xf];
}

std::string run_file(const logic::cluster_context& context, const std::string& member, std::string_view name) {
  const auto at = context.places.members.find(member);
  return (at == context.places.members.end() ? "" : at->second.run_dir) + "/" + std::string{name};
}

std::string data_dir(const logic::cluster_context& context, const std::string& member) {
  const auto at = context.places.members.find(member);
  return at == context.places.members.end() ? "" : at->second.data_dir;
}

// Clients prove themselves with a password, not with a certificate.
std::string tls_lines(const logic::cluster_context& context, const std::string& member, std::uint16_t port) {
  const auto paths = tls_paths_of(context.places.members.at(member));
  return line("port", "0") + line("tls-port", std::to_string(port)) +
         line("tls-ca-cert-file", quoted(paths.authority)) + line("tls-cert-file", quoted(paths.certificate)) +
         line("tls-key-file", quoted(paths.key)) + line("tls-auth-clients", "no") + line("tls-replication", "yes") +
         line("tls-protocols", "\"TLSv1.2 TLSv1.3\"");
}

// What both daemons have in common. `role_command`: by which who is master is asked.
std::string common(const logic::cluster_context& context, const std::string& member, std::uint16_t port,
                   const std::string& role_command) {
  std::string out;
  std::string bind;
  if (const auto at = context.places.members.find(member); at != context.places.members.end())
    for (const auto& address : at->second.addresses())
      bind += (bind.empty() ? "" : " ") + address;
  out += line("bind", bind);
  if (context.cluster.tls)
    out += tls_lines(context, member, port);
  else
    out += line("port", std::to_string(port));
  out += line("protected-mode", "no"); // it has a password, and an address of its own
  out += line("daemonize", "no");
  out += line("supervised", "no");
  out += line("logfile", "\"\""); // standard output: the runtime keeps the log
  out += line("dir", quoted(data_dir(context, member)));
  out += line("user", std::string{role_user} + " on nopass -@all +" + role_command);
  return out;
}

logic::member_spec common_spec(const logic::cluster_context& context, const std::string& member) {
  logic::member_spec out;
  out.name = member;
  out.environment = context.places.environment;
  out.image = context.cluster.image;
  out.user = "redis";
  out.stop_grace_ms = stop_grace_ms;
  if (const auto at = context.places.members.find(member); at != context.places.members.end()) {
    out.address = at->second.address;
    out.config_dir = at->second.config_dir;
    out.data_dir = at->second.data_dir;
    out.run_dir = at->second.run_dir;
  }
  return out;
}

logic::member_spec node_spec(const logic::cluster_context& context, const std::string& member) {
  auto out = common_spec(context, member);
  out.files = {node_file(context, member, context.cluster.members.front())};
  out.command = {"redis-server", out.files.front().path};
  out.command.insert(out.command.end(), context.cluster.extra_args.begin(), context.cluster.extra_args.end());
  for (auto& one : tls_files(context, member))
    out.files.push_back(std::move(one));
  out.package = "redis-server";
  out.ports = {{"redis", node_port(context.cluster)}};
  out.limits = context.cluster.resources;
  return out;
}

logic::member_spec sentinel_spec(const logic::cluster_context& context, const std::string& member) {
  auto out = common_spec(context, member);
  out.files = {sentinel_file(context, member, context.cluster.members.front(), 0)};
  out.command = {"redis-sentinel", out.files.front().path};
  for (auto& one : tls_files(context, member))
    out.files.push_back(std::move(one));
  out.package = "redis-sentinel";
  out.ports = {{"sentinel", topology::limits::sentinel_port}};
  out.limits = context.cluster.sentinel_resources;
  return out;
}

} // namespace

std::uint16_t node_port(const topology::cluster& cluster) {
  return cluster.tls ? 6380 : 6379;
}

bool is_sentinel(const topology::cluster& cluster, const std::string& member) {
  return std::ranges::find(cluster.sentinels, member) != cluster.sentinels.end();
}

std::string address_of(const logic::cluster_context& context, const std::string& member) {
  const auto at = context.places.members.find(member);
  return at == context.places.members.end() ? "" : at->second.address;
}

std::string secret(const logic::cluster_context& context, const std::string& name) {
  const auto at = context.secrets.find(name);
  return at == context.secrets.end() ? "" : at->second;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       std::string_view{"+/=_-.:,@"}.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(c), 2);
    }
  }
  return out + "\"";
}

std::string sentinel_id(const std::string& cluster, const std::string& member) {
  std::string out;
  for (std::uint64_t part = 0; out.size() < id_digits; ++part) {
    const auto hash = fnv1a(member, fnv1a(cluster + "/", 0xcbf29ce484222325ULL + part));
    append_hex(out, hash, std::min<std::size_t>(16, id_digits - out.size()));
  }
  return out;
}

std::uint64_t data_memory_bytes(const topology::resource_limits& limits) {
  return limits.memory_bytes / 100 * data_percent;
}

logic::config_file node_file(const logic::cluster_context& context, const std::string& member,
                             const std::string& master) {
  const auto& cluster = context.cluster;
  auto out = common(context, member, node_port(cluster), "role");
  out += line("replica-announce-ip", address_of(context, member));
  if (const auto password = secret(context, "REDIS_PASSWORD"); !password.empty()) {
    out += line("requirepass", quoted(password));
    out += line("masterauth", quoted(password)); // on the master too: it may come back as a replica
  }
  out += line("save", "\"\"");
  out += line("appendonly", cluster.redis.appendonly ? "yes" : "no");
  out += line("appendfsync", "everysec");
  // Without `force` a replica that has just synchronised and still writes its first append-only file refuses to end,
  // and forgets that it was asked to.
  out += line("shutdown-on-sigterm", "force");
  out += line("shutdown-timeout", std::to_string(replica_patience_s)); // for replicas that lag behind
  out += line("repl-diskless-sync", "yes");
  out += line("repl-diskless-sync-delay", "0"); // by default a master waits 5 s for more replicas to share a transfer
  if (const auto bytes = data_memory_bytes(cluster.resources); bytes != 0) {
    out += line("maxmemory", std::to_string(bytes));
    out += line("maxmemory-policy", "noeviction"); // a write that does not fit is refused; nothing is dropped silently
  }
  // Bounds what an isolated old master can still accept. With a single replica its loss would stop all writes, so it
  // takes two.
  if (cluster.members.size() > 2) {
    const auto silence =
        std::max(std::chrono::ceil<std::chrono::seconds>(cluster.redis.down_after), shortest_replica_silence);
    out += line("min-replicas-to-write", "1");
    out += line("min-replicas-max-lag", std::to_string(silence.count()));
  }
  if (master != member)
    out += line("replicaof", address_of(context, master) + " " + std::to_string(node_port(cluster)));
  return {run_file(context, member, "redis.conf"), out, 0600, false};
}

logic::config_file sentinel_file(const logic::cluster_context& context, const std::string& member,
                                 const std::string& master, std::uint64_t epoch) {
  const auto& cluster = context.cluster;
  const auto& name = cluster.redis.master_name;
  const auto port = std::to_string(topology::limits::sentinel_port);
  auto out = common(context, member, topology::limits::sentinel_port, "sentinel|get-master-addr-by-name");
  if (const auto password = secret(context, "REDIS_SENTINEL_PASSWORD"); !password.empty()) {
    out += line("requirepass", quoted(password));
    out += line("sentinel sentinel-pass", quoted(password)); // how Sentinels log in to each other
  }
  out += line("sentinel myid", sentinel_id(cluster.name, member));
  out += line("sentinel announce-ip", address_of(context, member));
  out += line("sentinel resolve-hostnames", "no");
  out += line("sentinel monitor", name + " " + address_of(context, master) + " " + std::to_string(node_port(cluster)) +
                                      " " + std::to_string(cluster.redis.quorum));
  if (const auto password = secret(context, "REDIS_PASSWORD"); !password.empty())
    out += line("sentinel auth-pass " + name, quoted(password));
  out += line("sentinel down-after-milliseconds " + name, std::to_string(cluster.redis.down_after.count()));
  out += line("sentinel failover-timeout " + name, std::to_string(cluster.redis.failover_timeout.count()));
  out += line("sentinel parallel-syncs " + name, "1");
  if (epoch != 0) {
    out += line("sentinel current-epoch", std::to_string(epoch));
    out += line("sentinel config-epoch " + name, std::to_string(epoch));
  }
  // What it would find out by itself only after seconds, and of nodes that are down never: without that, an old
  // master that comes back would be nobody's to correct.
  for (const auto& node : cluster.members)
    if (node != master)
      out +=
          line("sentinel known-replica " + name, address_of(context, node) + " " + std::to_string(node_port(cluster)));
  for (const auto& peer : cluster.sentinels)
    if (peer != member)
      out += line("sentinel known-sentinel " + name,
                  address_of(context, peer) + " " + port + " " + sentinel_id(cluster.name, peer));
  return {run_file(context, member, "sentinel.conf"), out, 0600, false};
}

std::vector<logic::member_spec> render(const logic::cluster_context& context) {
  std::vector<logic::member_spec> out;
  if (context.cluster.members.empty())
    return out;
  for (const auto& member : context.cluster.members)
    out.push_back(node_spec(context, member));
  for (const auto& member : context.cluster.sentinels)
    out.push_back(sentinel_spec(context, member));
  return out;
}

} // namespace paws::clusters::redis
