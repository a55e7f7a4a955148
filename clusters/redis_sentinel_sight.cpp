// From facts by address to a picture by member.
#include "clusters/redis_sentinel_render.hpp"
#include "clusters/redis_sentinel_view.hpp"

#include <algorithm>
#include <charconv>

namespace paws::clusters::redis {

namespace {

constexpr std::uint64_t most_silent_seconds = 1U << 30; // whatever a peer says, it fits in milliseconds

std::string fact(const logic::facts& known, const std::string& name) {
  const auto at = known.find(name);
  return at == known.end() ? "" : at->second;
}

std::uint64_t number(const logic::facts& known, const std::string& name) {
  std::uint64_t out = 0;
  const auto text = fact(known, name);
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc{} && end == text.data() + text.size() ? out : 0;
}

// A member that was seen runs, whether or not anybody said so.
bool runs(const logic::cluster_context& context, const logic::observation* seen, const std::string& member) {
  return seen != nullptr || context.running.contains(member);
}

std::string silence(bool running, const logic::observation* seen) {
  if (!running)
    return "is not running";
  if (seen == nullptr)
    return "has not answered yet";
  return seen->ok ? "answers, but not as expected" : "does not answer: " + seen->error;
}

node_sight look_at_node(const logic::cluster_context& context, const logic::observation_table& table,
                        const std::string& name) {
  node_sight out;
  out.name = name;
  const auto* seen = table.find(name, std::string{info_ask});
  out.running = runs(context, seen, name);
  out.awaited = out.running && seen == nullptr;
  out.heard = seen != nullptr && seen->ok && seen->known.contains("role");
  if (!out.heard) {
    out.why = silence(out.running, seen);
    return out;
  }
  const auto& known = seen->known;
  out.role = fact(known, "role") == "master" ? node_role::master : node_role::replica;
  if (out.role == node_role::replica)
    out.follows = name_of(context, fact(known, "follows"));
  out.link_up = fact(known, "link") == "up";
  out.offset = number(known, "offset");
  out.holds_keys = fact(known, "keys") == "true" || fact(known, "loading") == "true";
  for (const auto& other : context.cluster.members) {
    const auto address = address_of(context, other);
    const auto state = fact(known, "attached." + address);
    if (state.empty() || other == name)
      continue;
    auto& attached = out.attached[other];
    attached.online = state == "online";
    out.online += attached.online ? 1U : 0U;
    attached.acknowledged = number(known, "offset." + address);
    if (known.contains("lag." + address))
      attached.silent_ms =
          1000 * static_cast<std::int64_t>(std::min(number(known, "lag." + address), most_silent_seconds));
  }
  return out;
}

sentinel_sight look_at_sentinel(const logic::cluster_context& context, const logic::observation_table& table,
                                const std::string& name) {
  sentinel_sight out;
  out.name = name;
  const auto* seen = table.find(name, std::string{master_ask});
  out.running = runs(context, seen, name);
  out.awaited = out.running && seen == nullptr;
  out.heard = seen != nullptr && seen->ok && seen->known.contains("names");
  if (!out.heard) {
    out.why = silence(out.running, seen);
    return out;
  }
  out.names = name_of(context, fact(seen->known, "names"));
  out.down = fact(seen->known, "down") == "true";
  out.failing_over = fact(seen->known, "failing_over") == "true";
  out.epoch = number(seen->known, "epoch");
  out.replicas = number(seen->known, "replicas");
  out.peers = number(seen->known, "peers");
  if (const auto* links = table.find(name, std::string{replicas_ask}); links != nullptr && links->ok)
    out.linked_replicas = number(links->known, "linked");
  if (const auto* links = table.find(name, std::string{peers_ask}); links != nullptr && links->ok)
    out.linked_peers = number(links->known, "linked");
  if (const auto* tilt = table.find(name, std::string{tilt_ask}); tilt != nullptr && tilt->ok)
    out.tilted = fact(tilt->known, "tilt") == "true";
  return out;
}

void find_agreement(sight& all, std::size_t sentinels) {
  std::map<std::string, std::size_t> votes;
  for (const auto& sentinel : all.sentinels)
    if (sentinel.heard)
      ++votes[sentinel.names];
  for (const auto& [name, count] : votes)
    if (count > sentinels / 2) {
      all.agreed = name;
      all.agreeing = count;
    }
}

// Without the Sentinels' word: the node that others follow. Of two with as many replicas the last known leader.
std::string best_claimant(const sight& all, const std::string& remembered) {
  std::size_t most = 0;
  for (const auto& name : all.claimants)
    most = std::max(most, all.node(name)->online);
  std::vector<std::string> best;
  for (const auto& name : all.claimants)
    if (all.node(name)->online == most)
      best.push_back(name);
  if (best.size() == 1)
    return best.front();
  return std::ranges::find(best, remembered) == best.end() ? "" : remembered;
}

} // namespace

std::string name_of(const logic::cluster_context& context, const std::string& address) {
  for (const auto& node : context.cluster.members)
    if (address_of(context, node) == address)
      return node;
  return address;
}

const node_sight* sight::node(const std::string& name) const {
  const auto at = std::ranges::find(nodes, name, &node_sight::name);
  return at == nodes.end() ? nullptr : &*at;
}

bool sight::failing_over() const {
  return std::ranges::any_of(sentinels, [](const auto& one) { return one.heard && one.failing_over; });
}

sight look(const logic::cluster_context& context, const logic::observation_table& seen, const std::string& without) {
  sight out;
  for (const auto& name : context.cluster.members)
    if (name != without)
      out.nodes.push_back(look_at_node(context, seen, name));
  for (const auto& name : context.cluster.sentinels)
    if (name != without)
      out.sentinels.push_back(look_at_sentinel(context, seen, name));
  for (const auto& node : out.nodes)
    if (node.heard && node.role == node_role::master)
      out.claimants.push_back(node.name);
  find_agreement(out, context.cluster.sentinels.size());
  out.master = out.agreed.empty() ? best_claimant(out, context.remembered_leader) : out.agreed;
  return out;
}

} // namespace paws::clusters::redis
