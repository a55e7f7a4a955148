#include "clusters/inspect.hpp"
#include "clusters/redis_sentinel_view.hpp"

#include <algorithm>

namespace paws::clusters::redis {

namespace {

using words = std::map<std::string, std::string>;

// "key:value" lines of INFO.
words read_info(const std::string& text) {
  words out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    auto line = text.substr(at, end - at);
    if (!line.empty() && line.back() == '\r')
      line.pop_back();
    if (const auto colon = line.find(':'); colon != std::string::npos)
      out[line.substr(0, colon)] = line.substr(colon + 1);
    at = end + 1;
  }
  return out;
}

std::string of(const words& from, const std::string& key) {
  const auto at = from.find(key);
  return at == from.end() ? "" : at->second;
}

// Why an answer tells nothing; "" when it has `needed`.
std::string flaw(const logic::answer& answer, const words& said, const std::string& needed) {
  if (!answer.ok)
    return answer.error.empty() ? "does not run" : answer.error;
  return said.contains(needed) ? "" : "answers something that is not Redis's";
}

std::string number_in(const std::string& list, const std::string& key) {
  const auto at = list.find(key + "=");
  return at == std::string::npos ? "" : list.substr(at + key.size() + 1, list.find(',', at) - at - key.size() - 1);
}

} // namespace

std::vector<logic::ask> inspect_asks(const logic::cluster_context& context, const std::string& member) {
  auto question = asks(context, member).front();
  const bool sentinel = question.command.front() == "SENTINEL";
  question.name = sentinel ? "sentinel" : "info";
  if (!sentinel)
    question.command = {"INFO"};
  return {question};
}

logic::inspection describe(const logic::cluster_context& context, const logic::inspect_answers& answers) {
  logic::inspection::table nodes{
      "nodes", {"member", "role", "master", "link", "replicas", "offset", "clients", "version", "uptime_s"}, {}};
  logic::inspection::table memory{
      "memory",
      {"member", "used_bytes", "peak_bytes", "rss_bytes", "limit_bytes", "policy", "fragmentation_ratio"},
      {}};
  logic::inspection::table keys{"keyspace", {"member", "database", "keys", "content"}, {}};
  logic::inspection::table sentinels{
      "sentinels", {"sentinel", "master", "flags", "replicas", "other_sentinels", "quorum"}, {}};
  for (const auto& member : context.cluster.members) {
    const auto& answer = answer_of(answers, member, "info");
    const auto said = read_info(answer.text);
    if (const auto why = flaw(answer, said, "role"); !why.empty()) {
      nodes.rows.push_back({member, why, "", "", "", "", "", "", ""});
      continue;
    }
    const bool master = of(said, "role") == "master";
    nodes.rows.push_back({member, of(said, "role"), name_of(context, of(said, "master_host")),
                          of(said, "master_link_status"), of(said, "connected_slaves"),
                          of(said, master ? "master_repl_offset" : "slave_repl_offset"), of(said, "connected_clients"),
                          of(said, "redis_version"), of(said, "uptime_in_seconds")});
    memory.rows.push_back({member, of(said, "used_memory"), of(said, "used_memory_peak"), of(said, "used_memory_rss"),
                           of(said, "maxmemory"), of(said, "maxmemory_policy"), of(said, "mem_fragmentation_ratio")});
    for (const auto& [name, value] : said)
      if (name.starts_with("db") && name.find_first_not_of("0123456789", 2) == std::string::npos)
        keys.rows.push_back({member, name, number_in(value, "keys"), value});
  }
  for (const auto& member : context.cluster.sentinels) {
    const auto& answer = answer_of(answers, member, "sentinel");
    const auto said = pairs(cells_of(answer));
    const auto why = flaw(answer, said, "ip");
    sentinels.rows.push_back({member, why.empty() ? name_of(context, of(said, "ip")) : why, of(said, "flags"),
                              of(said, "num-slaves"), of(said, "num-other-sentinels"), of(said, "quorum")});
  }
  return {"", "", {nodes, memory, keys, sentinels}};
}

} // namespace paws::clusters::redis
