// What a picture of nodes and Sentinels means: leader, readiness, health.
#include "clusters/redis_sentinel_view.hpp"

#include "clusters/redis_sentinel_render.hpp"
#include "topology/failure.hpp"

#include <algorithm>

namespace paws::clusters::redis {

namespace {

using logic::check_status;
using logic::component_status;

// A picture together with what is concluded from it.
struct conclusion {
  const logic::cluster_context& context;
  sight all;
  std::string leader;     // named by the Sentinels, or their word is still to come; and it says so itself
  std::size_t online = 0; // replicas that the leader and they themselves call attached
  std::size_t agree = 0;  // Sentinels that name the leader
  std::size_t well = 0;   // of them those that could take part in replacing it at once
};

std::size_t replicas_wanted(const conclusion& what) {
  return what.all.nodes.empty() ? 0 : what.all.nodes.size() - 1;
}

std::string in_words(std::size_t part, std::size_t whole) {
  return std::to_string(part) + "/" + std::to_string(whole);
}

bool is_online(const conclusion& what, const node_sight& node) {
  const auto* master = what.all.node(what.leader);
  if (master == nullptr || node.name == what.leader || !node.heard || node.role != node_role::replica)
    return false;
  const auto at = master->attached.find(node.name);
  return at != master->attached.end() && at->second.online && node.link_up && node.follows == what.leader;
}

// "" when the Sentinel itself does its part; another member's loss is not its fault.
std::string own_flaw(const conclusion& what, const sentinel_sight& one) {
  if (!one.heard)
    return one.why;
  if (what.all.master.empty())
    return "names " + one.names + ", on which the Sentinels do not agree";
  return one.names == what.all.master ? "" : "names " + one.names + ", not " + what.all.master;
}

// "" when the Sentinel could take part in replacing the leader this instant.
std::string flaw(const conclusion& what, const sentinel_sight& one) {
  if (auto own = own_flaw(what, one); !own.empty())
    return own;
  if (one.names != what.leader)
    return "names " + one.names + ", which does not act as master";
  if (one.failing_over)
    return "is replacing the master";
  if (one.down)
    return "holds the master " + one.names + " to be down";
  if (one.peers + 1 != what.all.sentinels.size())
    return "knows " + std::to_string(one.peers) + " other Sentinels instead of " +
           std::to_string(what.all.sentinels.size() - 1);
  if (one.linked_peers != one.peers)
    return "is connected with " + in_words(one.linked_peers, one.peers) + " other Sentinels";
  if (one.replicas < replicas_wanted(what) || one.linked_replicas < replicas_wanted(what))
    return "is connected with " + in_words(std::min(one.linked_replicas, one.replicas), replicas_wanted(what)) +
           " replicas";
  return "";
}

conclusion conclude(const logic::cluster_context& context, const logic::observation_table& seen) {
  conclusion out{context, look(context, seen), "", 0, 0, 0};
  const auto* master = out.all.node(out.all.master);
  if (master != nullptr && master->heard && master->role == node_role::master)
    out.leader = master->name;
  for (const auto& node : out.all.nodes)
    out.online += is_online(out, node) ? 1U : 0U;
  for (const auto& sentinel : out.all.sentinels) {
    out.agree += sentinel.heard && !out.leader.empty() && sentinel.names == out.leader ? 1U : 0U;
    out.well += flaw(out, sentinel).empty() ? 1U : 0U;
  }
  return out;
}

// A replica acknowledges once a second: it may have all by now although its master does not know yet.
std::int64_t lag_ms(const conclusion& what, const node_sight& node) {
  const auto* leader = what.all.node(what.leader);
  if (leader == nullptr || !leader->attached.contains(node.name))
    return -1;
  const auto& attached = leader->attached.at(node.name);
  return std::max(attached.acknowledged, node.offset) >= leader->offset ? 0 : attached.silent_ms;
}

logic::member_view view_of(const conclusion& what, const node_sight& node) {
  logic::member_view out;
  out.name = node.name;
  out.why = node.why;
  if (!node.heard)
    return out;
  const bool master = node.role == node_role::master;
  out.role = out.state = master ? "master" : "replica";
  if (node.name == what.leader)
    out.why = "";
  else if (what.leader.empty())
    out.why = master ? "says master, but is not the one agreed on" : "there is no agreed master to follow";
  else if (master)
    out.why = "still says master, but " + what.leader + " is the master";
  else if (node.follows != what.leader)
    out.why = "follows " + node.follows + " instead of " + what.leader;
  else if (!is_online(what, node))
    out.why = "is not attached to " + what.leader + " yet";
  out.healthy = out.why.empty();
  out.lag_ms = lag_ms(what, node);
  return out;
}

logic::member_view view_of(const conclusion& what, const sentinel_sight& one) {
  logic::member_view out;
  out.name = one.name;
  out.why = own_flaw(what, one);
  out.healthy = out.why.empty();
  out.role = one.heard ? "sentinel" : "";
  out.state = one.heard ? "names " + one.names : "";
  return out;
}

std::size_t quorum_needed(const conclusion& what) {
  return std::max<std::size_t>(what.context.cluster.redis.quorum, what.all.sentinels.size() / 2 + 1);
}

// A failover needs the votes of a majority, and as many as the topology's quorum to hold the master to be down.
bool can_decide(const conclusion& what) {
  const auto needed = quorum_needed(what);
  const auto able = std::ranges::count_if(
      what.all.sentinels, [&](const sentinel_sight& one) { return one.heard && one.linked_peers + 1 >= needed; });
  return static_cast<std::size_t>(able) >= needed;
}

std::string no_leader(const conclusion& what) {
  const auto* named = what.all.node(what.all.master);
  if (named != nullptr && !what.all.agreed.empty())
    return "the Sentinels name " + named->name + ", which " + (named->heard ? "does not act as master" : named->why);
  if (what.all.claimants.size() > 1)
    return "several nodes say master: " + what.all.claimants.front() + " and " + what.all.claimants[1];
  return what.all.agreed.empty() ? "no node says master yet"
                                 : "the Sentinels name " + what.all.agreed + ", which is none of the nodes";
}

// What each Sentinel lacks, with its name; empty when all could replace the leader at once.
std::vector<std::string> sentinel_flaws(const conclusion& what) {
  std::vector<std::string> out;
  for (const auto& sentinel : what.all.sentinels)
    if (const auto why = flaw(what, sentinel); !why.empty())
      out.push_back(sentinel.name + " " + why);
  return out;
}

void await(const conclusion& what, logic::cluster_view& out) {
  if (what.leader.empty())
    out.awaited.push_back(no_leader(what));
  for (const auto& member : out.members)
    if (!member.healthy && !is_sentinel(what.context.cluster, member.name))
      out.awaited.push_back(member.name + " " + member.why);
  const auto flaws = sentinel_flaws(what);
  out.awaited.insert(out.awaited.end(), flaws.begin(), flaws.end());
}

std::int64_t slowest_ms(const logic::observation_table& seen, const std::string& ask) {
  std::int64_t out = 0;
  for (const auto& [key, one] : seen.all())
    if (key.second == ask)
      out = std::max(out, one.duration_us / 1000);
  return out;
}

check_status grade(bool good, bool bearable) {
  return good ? check_status::pass : bearable ? check_status::warn : check_status::fail;
}

// The first member among those of `names` that is not well, in words.
std::string first_flaw(const logic::cluster_view& view, const std::vector<std::string>& names) {
  for (const auto& member : view.members)
    if (!member.healthy && std::ranges::find(names, member.name) != names.end())
      return member.name + " " + member.why;
  return "";
}

// Who was frozen for more than 2 s rests for 30 s. Everything answers meanwhile, and nobody would replace the master.
std::string tilt_of(const conclusion& what) {
  std::string names;
  std::size_t able = 0;
  for (const auto& one : what.all.sentinels) {
    if (one.heard && one.tilted)
      names += (names.empty() ? "" : ", ") + one.name;
    able += one.heard && !one.tilted ? 1U : 0U;
  }
  if (names.empty())
    return "";
  return names + " stood still and will replace no master for up to 30 s (TILT)" +
         (able < quorum_needed(what) ? "; a failover has to wait for that" : "");
}

void add_checks(const conclusion& what, const logic::observation_table& seen, logic::cluster_view& out) {
  const auto& cluster = what.context.cluster;
  const auto info_ms = slowest_ms(seen, std::string{info_ask});
  const auto sentinel_ms = slowest_ms(seen, std::string{master_ask});
  const auto add = [&](std::string name, check_status status, std::string value, std::int64_t ms, std::string error) {
    out.checks.push_back(
        {std::move(name), status, std::move(value), ms, status == check_status::pass ? "" : std::move(error)});
  };
  const auto address = address_of(what.context, what.leader) + ":" + std::to_string(node_port(cluster));
  add("master", grade(!what.leader.empty(), false), what.leader.empty() ? "none" : what.leader + " at " + address,
      info_ms, what.leader.empty() ? no_leader(what) : "");
  const bool disputed = what.all.claimants.size() > 1;
  if (disputed)
    add("one master", check_status::fail, std::to_string(what.all.claimants.size()) + " nodes say master", info_ms,
        first_flaw(out, what.all.claimants));
  add("replicas", grade(out.replicating, what.online > 0), in_words(what.online, replicas_wanted(what)) + " online",
      info_ms, first_flaw(out, cluster.members));
  const auto flaws = sentinel_flaws(what);
  add("sentinels", grade(what.well == what.all.sentinels.size(), out.quorum),
      in_words(what.agree, what.all.sentinels.size()) + " agree", sentinel_ms, flaws.empty() ? "" : flaws.front());
  const topology::failure lost{
      "ERR_REDIS_001", "Sentinel quorum lost: a failover needs " + std::to_string(quorum_needed(what)) + " Sentinels",
      "start the Sentinels that are down"};
  const bool able = can_decide(what);
  add("quorum", grade(able, false), able ? "OK" : "lost", sentinel_ms, topology::to_string(lost));
  if (auto tilt = tilt_of(what); !tilt.empty())
    add("tilt", check_status::warn, "resting", slowest_ms(seen, std::string{tilt_ask}), std::move(tilt));
}

std::string summarise(const conclusion& what) {
  const auto healthy = std::ranges::count_if(what.all.nodes, [&](const node_sight& node) {
    return node.heard && (node.name == what.leader || is_online(what, node));
  });
  auto text = in_words(static_cast<std::size_t>(healthy), what.all.nodes.size()) + " healthy, ";
  text += what.leader.empty() ? "no master"
                              : "master " + what.leader + " (" + address_of(what.context, what.leader) + ":" +
                                    std::to_string(node_port(what.context.cluster)) + ")";
  text += ", " + in_words(what.online, replicas_wanted(what)) + " replicas online, ";
  text += in_words(what.agree, what.all.sentinels.size()) + " Sentinels agree";
  return text + (can_decide(what) ? "" : ", quorum lost");
}

component_status status_of(const conclusion& what, const logic::observation_table& seen,
                           const logic::cluster_view& out) {
  if (seen.all().empty())
    return component_status::unknown;
  if (out.ready)
    return component_status::healthy;
  // Without a quorum no route leads to the master, and without a replica it takes no writes.
  const bool writable = out.quorum && (what.online > 0 || replicas_wanted(what) == 0);
  return writable ? component_status::degraded : component_status::unhealthy;
}

} // namespace

logic::cluster_view judge(const logic::cluster_context& context, const logic::observation_table& seen,
                          logic::steady_time) {
  const auto what = conclude(context, seen);
  logic::cluster_view out;
  out.leader = what.leader;
  for (const auto& node : what.all.nodes)
    out.members.push_back(view_of(what, node));
  for (const auto& sentinel : what.all.sentinels)
    out.members.push_back(view_of(what, sentinel));
  out.replicating = !what.leader.empty() && what.online == replicas_wanted(what);
  out.quorum = !what.leader.empty() && what.agree >= quorum_needed(what) && can_decide(what);
  out.ready = out.replicating && out.quorum && what.well == what.all.sentinels.size();
  await(what, out);
  add_checks(what, seen, out);
  out.summary = summarise(what);
  out.status = status_of(what, seen, out);
  return out;
}

} // namespace paws::clusters::redis
