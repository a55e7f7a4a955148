// A Redis user may have several passwords. `requirepass` sets the default user's only one, which therefore comes last,
// when all that log in know the new one. Neither change ends a connection.
#include "clusters/redis_sentinel_render.hpp"
#include "clusters/rotate.hpp"
#include "clusters/tls.hpp"

#include "topology/limits.hpp"

namespace paws::clusters::redis {

namespace {

using enum logic::rotation_stage;

logic::ask command(const logic::cluster_context& context, const std::string& member, std::uint16_t port,
                   std::vector<std::string> words) {
  logic::ask out;
  out.name = "redis.rotate";
  out.member = member;
  out.channel = logic::channel::redis;
  out.address = address_of(context, member);
  out.port = port;
  out.tls = tls_of(context);
  out.command = std::move(words);
  return out;
}

void rotate_nodes(const logic::cluster_context& context, const secret_change& each,
                  std::vector<logic::rotation_step>& out) {
  const auto& value = each.new_value;
  for (const auto& node : context.cluster.members) {
    const auto to = [&](std::vector<std::string> words) {
      return command(context, node, node_port(context.cluster), std::move(words));
    };
    out.push_back(asking(add, node, each.name, node + " accepts the new password beside the old one",
                         each.either(to({"ACL", "SETUSER", "default", ">" + value}))));
    out.push_back(asking(reload, node, each.name, node + " logs in to its master with the new password",
                         each.either(to({"CONFIG", "SET", "masterauth", value}))));
    out.push_back(asking(verify, node, each.name, node + " accepts the new password", each.newer(to({"PING"}))));
    out.push_back(asking(retire, node, each.name, node + " accepts the new password only",
                         each.newer(to({"CONFIG", "SET", "requirepass", value}))));
    out.push_back(
        asking(retire, node, each.name, node + " has written its file", each.newer(to({"CONFIG", "REWRITE"}))));
  }
}

} // namespace

std::vector<logic::rotation_step> rotate(const logic::cluster_context& before, const logic::cluster_context& after) {
  std::vector<logic::rotation_step> out;
  const auto nodes = change_of(before, after, "REDIS_PASSWORD");
  const auto own = change_of(before, after, "REDIS_SENTINEL_PASSWORD");
  const auto port = topology::limits::sentinel_port;
  if (nodes.changed())
    rotate_nodes(after, nodes, out);
  for (const auto& sentinel : after.cluster.sentinels) {
    const auto to = [&](std::vector<std::string> words) { return command(after, sentinel, port, std::move(words)); };
    if (nodes.changed())
      out.push_back(
          asking(reload, sentinel, nodes.name, sentinel + " logs in to the nodes with the new password",
                 own.either(to({"SENTINEL", "SET", after.cluster.redis.master_name, "auth-pass", nodes.new_value}))));
    if (!own.changed())
      continue;
    out.push_back(asking(add, sentinel, own.name, sentinel + " accepts the new password beside the old one",
                         own.either(to({"ACL", "SETUSER", "default", ">" + own.new_value}))));
    out.push_back(asking(reload, sentinel, own.name, sentinel + " logs in to its peers with the new password",
                         own.either(to({"SENTINEL", "CONFIG", "SET", "sentinel-pass", own.new_value}))));
    out.push_back(asking(verify, sentinel, own.name, sentinel + " accepts the new password", own.newer(to({"PING"}))));
    out.push_back(asking(retire, sentinel, own.name, sentinel + " accepts the new password only",
                         own.newer(to({"ACL", "SETUSER", "default", "resetpass", ">" + own.new_value}))));
  }
  return out;
}

} // namespace paws::clusters::redis
