// What is asked of nodes and Sentinels, and their answers as facts. Nothing that a peer sends is taken over unless it
// has the form it must have.
#include "clusters/redis_sentinel_render.hpp"
#include "clusters/redis_sentinel_view.hpp"
#include "clusters/tls.hpp"

#include "topology/limits.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace paws::clusters::redis {

namespace {

constexpr std::chrono::milliseconds fast_interval{50};
constexpr std::chrono::milliseconds sentinel_interval{100};
constexpr std::chrono::milliseconds links_interval{2000}; // links break seldom, and their loss shows elsewhere too
constexpr std::size_t most_replicas = 64;                 // of one INFO; far beyond what a topology may have
constexpr std::size_t address_characters = 64;

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

bool is_number(std::string_view text) {
  return number(text).has_value();
}

bool is_address(std::string_view text) {
  return !text.empty() && text.size() <= address_characters && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == ':' ||
           c == '-';
  });
}

// The part of `text` before `delimiter`, which is taken off together with it.
std::string_view take(std::string_view& text, char delimiter) {
  const auto end = text.find(delimiter);
  const auto out = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return out;
}

// "ip=127.36.0.32,port=6379,state=online,offset=446,lag=0"
void read_attached(std::string_view text, logic::facts& out) {
  std::string address, state, offset, lag;
  while (!text.empty()) {
    auto value = take(text, ',');
    const auto key = take(value, '=');
    if (key == "ip" && is_address(value))
      address = value;
    else if (key == "state")
      state = value;
    else if (key == "offset" && is_number(value))
      offset = value;
    else if (key == "lag" && is_number(value))
      lag = value;
  }
  if (address.empty())
    return;
  out["attached." + address] = state == "online" ? "online" : "joining";
  if (!lag.empty())
    out["lag." + address] = lag;
  if (!offset.empty())
    out["offset." + address] = offset;
}

// "db0:keys=3,expires=0,avg_ttl=0" -> 3
std::uint64_t keys_of(std::string_view text) {
  while (!text.empty()) {
    auto value = take(text, ',');
    if (take(value, '=') == "keys")
      return number(value).value_or(0);
  }
  return 0;
}

// What Prometheus is told of a node, by INFO's name for it.
constexpr std::array told{std::pair{std::string_view{"connected_clients"}, "metric.redis_connected_clients"},
                          std::pair{std::string_view{"used_memory"}, "metric.redis_used_memory_bytes"},
                          std::pair{std::string_view{"keyspace_hits"}, "metric.redis_keyspace_hits_total"},
                          std::pair{std::string_view{"keyspace_misses"}, "metric.redis_keyspace_misses_total"}};

void read_metric(std::string_view key, std::string_view value, logic::facts& out) {
  for (const auto& [name, fact] : told)
    if (key == name && is_number(value))
      out[fact] = value;
}

logic::facts facts_of_info(std::string_view text) {
  logic::facts out;
  std::size_t replicas = 0;
  bool keys = false;
  while (!text.empty()) {
    auto value = take(text, '\n');
    if (value.ends_with('\r'))
      value.remove_suffix(1);
    const auto key = take(value, ':');
    if (key == "role" && (value == "master" || value == "slave"))
      out["role"] = value == "master" ? "master" : "replica";
    else if (key == "master_host" && is_address(value))
      out["follows"] = value;
    else if (key == "master_link_status")
      out["link"] = value == "up" ? "up" : "down";
    else if (key == "master_repl_offset" && is_number(value))
      out["offset"] = value;
    else if (key == "loading")
      out["loading"] = value == "0" ? "false" : "true";
    else if (key.starts_with("db") && is_number(key.substr(2)))
      keys = keys || keys_of(value) > 0;
    else if (key.starts_with("slave") && is_number(key.substr(5)) && ++replicas <= most_replicas)
      read_attached(value, out);
    else
      read_metric(key, value, out);
  }
  out["keys"] = keys ? "true" : "false";
  return out.contains("role") ? out : logic::facts{};
}

bool has_flag(std::string_view flags, std::string_view wanted) {
  while (!flags.empty())
    if (take(flags, ',') == wanted)
      return true;
  return false;
}

bool is_down(std::string_view flags) {
  return has_flag(flags, "s_down") || has_flag(flags, "o_down") || has_flag(flags, "disconnected");
}

logic::facts read_master(const logic::answer& answer) {
  auto all = pairs(cells_of(answer));
  const auto& flags = all["flags"];
  if (!is_address(all["ip"]) || !has_flag(flags, "master"))
    return {};
  logic::facts out{{"names", all["ip"]},
                   {"down", is_down(flags) ? "true" : "false"},
                   {"failing_over", has_flag(flags, "failover_in_progress") ? "true" : "false"}};
  for (const auto& [from, to] : {std::pair{"num-slaves", "replicas"}, std::pair{"num-other-sentinels", "peers"},
                                 std::pair{"config-epoch", "epoch"}, std::pair{"quorum", "quorum"}})
    if (is_number(all[from]))
      out[to] = all[from];
  return out;
}

// How many of the listed peers are connected and well.
logic::facts read_links(const logic::answer& answer, std::string_view kind) {
  std::size_t linked = 0;
  for (const auto& row : answer.rows) {
    auto all = pairs(row);
    if (has_flag(all["flags"], kind) && !is_down(all["flags"]))
      ++linked;
  }
  return {{"linked", std::to_string(linked)}};
}

// "sentinel_tilt:1"
logic::facts read_tilt(std::string_view text) {
  while (!text.empty()) {
    auto value = take(text, '\n');
    if (value.ends_with('\r'))
      value.remove_suffix(1);
    if (take(value, ':') == "sentinel_tilt")
      return {{"tilt", value == "0" ? "false" : "true"}};
  }
  return {};
}

logic::ask base(const logic::cluster_context& context, const std::string& member, std::string_view name) {
  logic::ask out;
  out.name = name;
  out.member = member;
  out.channel = logic::channel::redis;
  out.address = address_of(context, member);
  out.tls = tls_of(context);
  out.fast_interval = fast_interval;
  return out;
}

} // namespace

std::map<std::string, std::string> pairs(const std::vector<std::string>& cells) {
  std::map<std::string, std::string> out;
  for (std::size_t i = 0; i + 1 < cells.size(); i += 2)
    out.emplace(cells[i], cells[i + 1]);
  return out;
}

std::vector<std::string> cells_of(const logic::answer& answer) {
  std::vector<std::string> out;
  for (const auto& row : answer.rows)
    out.insert(out.end(), row.begin(), row.end());
  return out;
}

std::vector<logic::ask> asks(const logic::cluster_context& context, const std::string& member) {
  if (!is_sentinel(context.cluster, member)) {
    auto info = base(context, member, info_ask);
    info.port = node_port(context.cluster);
    info.password = secret(context, "REDIS_PASSWORD");
    info.command = {"INFO", "replication", "keyspace", "persistence", "clients", "memory", "stats"};
    return {info};
  }
  std::vector<logic::ask> out;
  const auto add = [&](std::string_view name, std::vector<std::string> command, logic::milliseconds steady) {
    auto one = base(context, member, name);
    one.port = topology::limits::sentinel_port;
    one.password = secret(context, "REDIS_SENTINEL_PASSWORD");
    one.command = std::move(command);
    one.fast_interval = sentinel_interval;
    one.steady_interval = steady;
    out.push_back(std::move(one));
  };
  const auto& master = context.cluster.redis.master_name;
  add(master_ask, {"SENTINEL", "MASTER", master}, logic::ask{}.steady_interval);
  add(replicas_ask, {"SENTINEL", "REPLICAS", master}, links_interval);
  add(peers_ask, {"SENTINEL", "SENTINELS", master}, links_interval);
  add(tilt_ask, {"INFO", "sentinel"}, links_interval);
  return out;
}

logic::facts interpret(const logic::ask& ask, const logic::answer& answer) {
  if (!answer.ok)
    return {};
  if (ask.name == info_ask)
    return facts_of_info(answer.text);
  if (ask.name == master_ask)
    return read_master(answer);
  if (ask.name == tilt_ask)
    return read_tilt(answer.text);
  if (ask.name == replicas_ask)
    return read_links(answer, "slave");
  return ask.name == peers_ask ? read_links(answer, "sentinel") : logic::facts{};
}

} // namespace paws::clusters::redis
