#include "tests/unit/clusters/redis_world.hpp"

#include <algorithm>

namespace paws::testing {

using namespace clusters::redis;

redis_world::redis_world() {
  auto& cluster = context.cluster;
  cluster.name = "redis";
  cluster.kind = topology::cluster_kind::redis_sentinel;
  const auto add = [&](const std::string& name, const std::string& at) {
    const auto dir = "/env/members/" + name;
    context.places.members[name] = {name, "redis", at, dir + "/config", dir + "/data", dir + "/run"};
  };
  for (int i = 1; i <= 3; ++i) {
    cluster.members.push_back(node(i));
    cluster.sentinels.push_back(sentinel(i));
    add(node(i), "127.36.105.3" + std::to_string(i));
    add(sentinel(i), "127.36.105.4" + std::to_string(i));
    context.has_data[node(i)] = context.has_data[sentinel(i)] = false;
  }
  context.secrets = {{"REDIS_PASSWORD", "node-secret"}, {"REDIS_SENTINEL_PASSWORD", "sentinel-secret"}};
}

void redis_world::put(const std::string& member, std::string_view ask, logic::facts known) {
  context.running.insert(member);
  logic::observation out;
  out.name = ask;
  out.member = member;
  out.ok = true;
  out.known = std::move(known);
  seen.put(std::move(out));
}

void redis_world::silent(const std::string& member) {
  context.running.insert(member);
  logic::observation out;
  out.name = is_sentinel(context.cluster, member) ? master_ask : info_ask;
  out.member = member;
  out.error = "no answer in time";
  seen.put(std::move(out));
}

void redis_world::master(int i, const std::vector<int>& replicas, bool keys) {
  logic::facts known{{"role", "master"}, {"keys", keys ? "true" : "false"}, {"offset", "100"}};
  for (const int replica : replicas) {
    known["attached." + address(node(replica))] = "online";
    known["offset." + address(node(replica))] = "100";
    known["lag." + address(node(replica))] = "0";
  }
  put(node(i), info_ask, std::move(known));
}

void redis_world::replica(int i, const std::string& of, bool keys, bool link_up) {
  put(node(i), info_ask,
      {{"role", "replica"},
       {"keys", keys ? "true" : "false"},
       {"offset", "100"},
       {"follows", address(of).empty() ? of : address(of)},
       {"link", link_up ? "up" : "down"}});
}

void redis_world::names(int i, const std::string& master, bool down, bool failing_over, int epoch) {
  put(sentinel(i), master_ask,
      {{"names", address(master).empty() ? master : address(master)},
       {"down", down ? "true" : "false"},
       {"failing_over", failing_over ? "true" : "false"},
       {"epoch", std::to_string(epoch)},
       {"replicas", "2"},
       {"peers", "2"}});
  put(sentinel(i), replicas_ask, {{"linked", "2"}});
  put(sentinel(i), peers_ask, {{"linked", "2"}});
}

void redis_world::well(int i) {
  std::vector<int> others;
  for (int n = 1; n <= 3; ++n) {
    has_data(n);
    if (n == i)
      continue;
    others.push_back(n);
    replica(n, node(i));
  }
  master(i, others);
  for (int n = 1; n <= 3; ++n)
    names(n, node(i));
}

std::string redis_world::in_words(const std::string& member) const {
  const auto advice = advise(member);
  if (!advice.go)
    return "hold: " + advice.hold_reason;
  std::string text;
  for (const auto& spec : render(context))
    if (spec.name == member)
      text = spec.files.front().content;
  if (!advice.files.empty())
    text = advice.files.front().content;
  const auto sentinel = is_sentinel(context.cluster, member);
  const std::string key = sentinel ? "sentinel monitor mymaster " : "replicaof ";
  const auto at = text.find(key);
  if (at == std::string::npos)
    return "master";
  const auto from = at + key.size();
  const auto whom = text.substr(from, text.find(' ', from) - from);
  for (const auto& name : context.cluster.members)
    if (address(name) == whom)
      return (sentinel ? "watch " : "replica of ") + name;
  return "unknown " + whom;
}

} // namespace paws::testing
