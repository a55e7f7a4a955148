// Who a node must follow, and whom a Sentinel must watch, when it starts now. First row that fits, "M" being the
// member; "data": it would come up with what it had, or holds keys now.
//
// A node:
//  1 the Sentinels (most of all) name another node         replica of that
//  2 they name an address that is none of ours              hold
//  3 they name M, and another node says master              hold: they are about to switch
//  4 they name M, are replacing it, and another node runs   hold: until they are through
//  5 they name M, M brings its data                         master
//  6 they name M, M is empty, another node may have data    hold: until they have named a successor
//  7 they name M, nobody has data                           master
//  8 a Sentinel's first answer is still to come             hold
//  9 most Sentinels answer and disagree                     hold
// 10 no word of theirs, a node says master                  replica of it (of several: of the one most follow)
// 11 nobody does, a node runs and does not answer           hold: it may be the master
// 12 all that run follow one node X                         as 5 to 7 when X is M; replica of X when not
// 13 they follow different ones                             hold
// 14 nothing runs                                           the last leader is master if it brings data, else the
//                                                           first node that does, else the first node; replica of
//                                                           it when that is not M
// A Sentinel:
// 15 another Sentinel answers                               watch what the one with the highest epoch names
// 16 a node says master, all that run are attached to it,
//    and at least one is                                    watch it (earlier, an empty replica could be promoted)
// 17 nobody does, what runs follows a node that does not
//    run, and has data                                      watch that: only Sentinels can name a successor
// 18 else                                                   hold
#include "clusters/redis_sentinel_render.hpp"
#include "clusters/redis_sentinel_view.hpp"

#include <algorithm>

namespace paws::clusters::redis {

namespace {

using logic::cluster_context;
using logic::start_advice;

// Without an append-only file a node comes up empty whatever lies in its directory.
bool brings_data(const cluster_context& context, const std::string& node) {
  const auto at = context.has_data.find(node);
  return context.cluster.redis.appendonly && at != context.has_data.end() && at->second;
}

bool may_have_data(const cluster_context& context, const node_sight& node) {
  if (node.heard)
    return node.holds_keys;
  return node.running || brings_data(context, node.name);
}

start_advice hold(std::string reason) {
  start_advice out;
  out.go = false;
  out.hold_reason = std::move(reason);
  return out;
}

// Its files lie there as first rendered, unless it ran already: then the daemon has rewritten them.
start_advice start_with(const cluster_context& context, const std::string& member, logic::config_file file,
                        const logic::config_file& first) {
  const auto ran = context.has_data.find(member);
  start_advice out;
  if (file.content != first.content || (ran != context.has_data.end() && ran->second))
    out.files.push_back(std::move(file));
  return out;
}

start_advice start_node(const cluster_context& context, const std::string& member, const std::string& master) {
  return start_with(context, member, node_file(context, member, master),
                    node_file(context, member, context.cluster.members.front()));
}

bool is_node(const sight& all, const std::string& member, const std::string& name) {
  return name == member || all.node(name) != nullptr;
}

// Rows 5 to 7: `member` is whom the others take for the master.
start_advice resume_as_master(const cluster_context& context, const sight& all, const std::string& member) {
  if (!brings_data(context, member))
    for (const auto& other : all.nodes)
      if (may_have_data(context, other))
        return hold("its data is gone, and " + other.name +
                    " may have some: waits until the Sentinels name a successor");
  return start_node(context, member, member);
}

// Rows 1 to 7.
start_advice follow_sentinels(const cluster_context& context, const sight& all, const std::string& member) {
  if (!is_node(all, member, all.agreed))
    return hold("the Sentinels name " + all.agreed + ", which is none of the nodes");
  if (all.agreed != member)
    return start_node(context, member, all.agreed);
  if (!all.claimants.empty())
    return hold(all.claimants.front() + " says master, and the Sentinels have yet to name it");
  const bool others_run = std::ranges::any_of(all.nodes, &node_sight::running);
  if (all.failing_over() && others_run)
    return hold("the Sentinels are replacing it");
  return resume_as_master(context, all, member);
}

// Whom all running nodes follow; "" when nothing runs or they differ.
std::string followed(const sight& all) {
  std::string out;
  for (const auto& node : all.nodes) {
    if (!node.running)
      continue;
    if (!out.empty() && node.follows != out)
      return "";
    out = node.follows;
  }
  return out;
}

// Row 14.
std::string cold_master(const cluster_context& context) {
  const auto& nodes = context.cluster.members;
  const auto brings = [&](const std::string& node) { return brings_data(context, node); };
  if (const auto last = std::ranges::find(nodes, context.remembered_leader); last != nodes.end() && brings(*last))
    return *last;
  const auto first = std::ranges::find_if(nodes, brings);
  return first == nodes.end() ? nodes.front() : *first;
}

// Rows 8 to 14.
start_advice follow_nodes(const cluster_context& context, const sight& all, const std::string& member) {
  for (const auto& sentinel : all.sentinels)
    if (sentinel.awaited)
      return hold(sentinel.name + " has yet to say which node is the master");
  const auto heard = std::ranges::count_if(all.sentinels, &sentinel_sight::heard);
  if (static_cast<std::size_t>(heard) > all.sentinels.size() / 2)
    return hold("the Sentinels do not agree on a master");
  if (!all.claimants.empty())
    return all.master.empty() ? hold("several nodes say master") : start_node(context, member, all.master);
  for (const auto& node : all.nodes)
    if (node.running && !node.heard)
      return hold(node.name + " runs and may be the master, but " + node.why);
  if (std::ranges::none_of(all.nodes, &node_sight::running))
    return start_node(context, member, cold_master(context));
  const auto master = followed(all);
  if (!is_node(all, member, master))
    return hold("the other nodes do not follow one master");
  return master == member ? resume_as_master(context, all, member) : start_node(context, member, master);
}

start_advice start_sentinel(const cluster_context& context, const sight& all, const std::string& member,
                            const std::string& master) {
  std::uint64_t epoch = 0;
  for (const auto& peer : all.sentinels)
    epoch = std::max(epoch, peer.epoch);
  return start_with(context, member, sentinel_file(context, member, master, epoch),
                    sentinel_file(context, member, context.cluster.members.front(), 0));
}

// Row 16: "" when every running node is attached to `master`, and at least one.
std::string not_attached(const sight& all, const std::string& master) {
  const auto* leader = all.node(master);
  std::string idle;
  for (const auto& node : all.nodes) {
    if (node.name == master)
      continue;
    const auto at = leader->attached.find(node.name);
    const bool online = at != leader->attached.end() && at->second.online;
    if (node.running && !online)
      return node.name;
    if (!node.running && idle.empty())
      idle = node.name;
  }
  return leader->online == 0 ? idle : "";
}

start_advice advise_sentinel(const cluster_context& context, const sight& all, const std::string& member) {
  const sentinel_sight* latest = nullptr;
  for (const auto& peer : all.sentinels)
    if (peer.heard && all.node(peer.names) != nullptr && (latest == nullptr || peer.epoch > latest->epoch))
      latest = &peer;
  if (latest != nullptr)
    return start_sentinel(context, all, member, latest->names);
  if (!all.claimants.empty()) {
    if (all.node(all.master) == nullptr)
      return hold("several nodes say master");
    const auto missing = not_attached(all, all.master);
    return missing.empty() ? start_sentinel(context, all, member, all.master)
                           : hold("waits until " + missing + " is attached to " + all.master);
  }
  const auto* lost = all.node(followed(all));
  const bool data = std::ranges::any_of(all.nodes, [](const auto& node) { return node.heard && node.holds_keys; });
  if (lost != nullptr && !lost->running && data)
    return start_sentinel(context, all, member, lost->name);
  return hold("waits for a Redis master");
}

} // namespace

start_advice advise(const cluster_context& context, const logic::observation_table& seen, const std::string& member) {
  const auto all = look(context, seen, member);
  if (is_sentinel(context.cluster, member))
    return advise_sentinel(context, all, member);
  return all.agreed.empty() ? follow_nodes(context, all, member) : follow_sentinels(context, all, member);
}

} // namespace paws::clusters::redis
