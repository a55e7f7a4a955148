#include "clusters/patroni_keys.hpp"

#include "clusters/base64.hpp"
#include "clusters/drill_kits.hpp"
#include "clusters/etcd_answers.hpp"
#include "clusters/etcd_users.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace paws::clusters::patroni {

namespace {

using etcd::body_of;
using etcd::list_at;
using etcd::number_at;
using etcd::object_at;
using logic::ask;
using logic::drill_sight;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr const char* keys_ask = "patroni.keys";   // all keys once, then as they change
constexpr const char* lease_ask = "patroni.lease"; // of the leader's key
constexpr std::string_view range_path = "/v3/kv/range";
constexpr std::string_view watch_path = "/v3/watch";
constexpr std::string_view lease_path = "/v3/lease/timetolive";
constexpr milliseconds watch_timeout{10'000};
constexpr std::uint32_t watch_lines = 2; // that it was created, then what happened
constexpr const char* etcd_says = "etcd";
constexpr std::size_t most_standby_characters = 512;
constexpr std::int64_t most_seconds = 1'000'000;

// Patroni's namespace is its default, its scope the cluster's name.
std::string prefix_of(const logic::cluster_context& context) {
  return "/service/" + context.cluster.name + "/";
}

std::string leader_key_of(const logic::cluster_context& context) {
  return base64(prefix_of(context) + "leader");
}

// All keys that begin so.
json range_of(const std::string& prefix) {
  auto end = prefix;
  ++end.back();
  return {{"key", base64(prefix)}, {"range_end", base64(end)}};
}

ask to(ask question, std::string_view path, const json& body, milliseconds wait) {
  question.path = path;
  question.body = body.dump();
  question.lines = path == watch_path ? watch_lines : 0;
  question.timeout = path == watch_path ? watch_timeout : poll_timeout;
  question.fast_interval = wait;
  return question;
}

ask range_keys(const ask& like, const logic::cluster_context& context) {
  return to(like, range_path, range_of(prefix_of(context)), poll_interval);
}

ask range_leader(const ask& like, const logic::cluster_context& context) {
  return to(like, range_path, {{"key", leader_key_of(context)}}, poll_interval);
}

// -- what comes next ---------------------------------------------------------------------------------------------

// The whole lines of a stream, each a document with a "result"; nothing when etcd ended it: what is asked for is
// compacted, or an error.
std::optional<std::vector<json>> results_of(const logic::answer& got) {
  std::vector<json> out;
  for (std::size_t at = 0; at < got.text.size();) {
    const auto end = std::min(got.text.find('\n', at), got.text.size());
    const auto line = json::parse(got.text.substr(at, end - at), nullptr, false);
    auto result = object_at(line, "result");
    if ((line.is_object() && line.contains("error")) || result.contains("canceled") ||
        result.contains("compact_revision"))
      return std::nullopt;
    out.push_back(std::move(result));
    at = end + 1;
  }
  return out;
}

// The newest change that a stream told; 0 = none. Not the header's: that may be ahead of what was told.
std::int64_t newest_in(const logic::answer& got) {
  std::int64_t out = 0;
  for (const auto& result : results_of(got).value_or(std::vector<json>{}))
    for (const auto& event : list_at(result, "events").value_or(json::array()))
      out = std::max(out, number_at(object_at(event, "kv"), "mod_revision").value_or(0));
  return out;
}

ask watch_from(const ask& like, const logic::cluster_context& context, std::int64_t revision) {
  auto body = range_of(prefix_of(context));
  body["start_revision"] = std::to_string(revision);
  return to(like, watch_path, {{"create_request", std::move(body)}}, milliseconds{0});
}

// A number that is followed by another.
bool may_follow(std::int64_t revision) {
  return revision > 0 && revision < std::numeric_limits<std::int64_t>::max();
}

ask after_keys(const logic::cluster_context& context, const ask& asked, const logic::answer& got) {
  if (asked.path == range_path) {
    const auto revision = number_at(object_at(body_of(got), "header"), "revision").value_or(0);
    return may_follow(revision) ? watch_from(asked, context, revision + 1) : range_keys(asked, context);
  }
  if (!got.ok) { // nothing happened in time: at once, or what happens now is seen late. Else nobody answers.
    auto same = asked;
    const bool waited = std::chrono::microseconds{got.duration_us} >= asked.timeout * 9 / 10;
    same.fast_interval = waited ? milliseconds{0} : poll_interval;
    return same;
  }
  const auto from =
      number_at(object_at(json::parse(asked.body, nullptr, false), "create_request"), "start_revision").value_or(0);
  const auto newest = got.status == 200 ? newest_in(got) : 0;
  return may_follow(newest) && newest >= from ? watch_from(asked, context, newest + 1) : range_keys(asked, context);
}

// "17/30" when this lease still holds the leader's key; "" = it does not, or this is no such answer. An old leader goes
// on renewing its lease after it gave the key up.
std::string lease_in(const logic::cluster_context& context, const logic::answer& got) {
  const auto body = body_of(got);
  const auto left = number_at(body, "TTL"), granted = number_at(body, "grantedTTL");
  const auto keys = list_at(body, "keys").value_or(json::array());
  if (!left || granted.value_or(0) == 0 || std::find(keys.begin(), keys.end(), leader_key_of(context)) == keys.end())
    return "";
  return std::to_string(*left) + "/" + std::to_string(*granted);
}

ask after_lease(const logic::cluster_context& context, const ask& asked, const logic::answer& got) {
  if (asked.path == lease_path)
    return lease_in(context, got).empty()
               ? range_leader(asked, context)
               : to(asked, lease_path, json::parse(asked.body, nullptr, false), poll_interval);
  const auto found = list_at(body_of(got), "kvs").value_or(json::array());
  const auto lease = found.empty() ? 0 : number_at(found[0], "lease").value_or(0);
  if (lease == 0)
    return range_leader(asked, context);
  return to(asked, lease_path, {{"ID", std::to_string(lease)}, {"keys", true}}, milliseconds{0});
}

// -- what it showed ----------------------------------------------------------------------------------------------

drill_sight etcd_sight(logic::steady_time at, std::string_view what, std::string value, std::int64_t order) {
  return {at, std::string{what}, etcd_says, std::move(value), static_cast<std::uint64_t>(order)};
}

std::optional<std::string> given_text(const json& from, const char* key) {
  const auto at = from.find(key);
  return at != from.end() && at->is_string() ? from_base64(at->get_ref<const std::string&>()) : std::nullopt;
}

// Of Patroni's own settings; those it is not given are its defaults.
std::string settings_in(const json& config) {
  std::string out;
  for (const auto& [key, preset] : {std::pair{"ttl", 30}, std::pair{"loop_wait", 10}, std::pair{"retry_timeout", 10}}) {
    const auto seconds = config.contains(key) ? number_at(config, key) : std::int64_t{preset};
    if (!seconds || *seconds > most_seconds)
      return "";
    out += (out.empty() ? "" : "/") + std::to_string(*seconds);
  }
  return out;
}

// What one key says, with its path below the prefix.
std::optional<drill_sight> key_sight(logic::steady_time at, const std::string& key, const std::string& value,
                                     std::int64_t order) {
  if (key == "leader")
    return is_plain(value) ? std::optional{etcd_sight(at, logic::sight_leader_key, value, order)} : std::nullopt;
  const auto body = json::parse(value, nullptr, false);
  if (!body.is_object())
    return std::nullopt;
  if (key == "config") {
    auto settings = settings_in(body);
    return settings.empty() ? std::nullopt
                            : std::optional{etcd_sight(at, logic::sight_settings, std::move(settings), order)};
  }
  const auto standby = key == "sync" ? body.find("sync_standby") : body.end();
  if (key != "sync" || standby == body.end())
    return std::nullopt;
  if (standby->is_null())
    return etcd_sight(at, logic::sight_sync, "", order);
  if (!standby->is_string())
    return std::nullopt;
  const auto& names = standby->get_ref<const std::string&>();
  if (!names.empty() && !is_plain(names, most_standby_characters))
    return std::nullopt;
  return etcd_sight(at, logic::sight_sync, names, order);
}

// Keys whose absence says something.
constexpr std::array deletable{std::pair{"leader", logic::sight_leader_key}, std::pair{"sync", logic::sight_sync}};

// The path below the prefix; nothing for other keys.
std::optional<std::string> path_in(const json& kv, const std::string& prefix) {
  auto key = kv.is_object() ? given_text(kv, "key") : std::nullopt;
  if (!key || !key->starts_with(prefix) || number_at(kv, "mod_revision").value_or(0) == 0)
    return std::nullopt;
  return key->substr(prefix.size());
}

void add_kv(std::vector<drill_sight>& out, logic::steady_time at, const std::string& prefix, const json& kv,
            bool deleted) {
  const auto path = path_in(kv, prefix);
  if (!path)
    return;
  const auto order = number_at(kv, "mod_revision").value_or(0);
  if (deleted) {
    for (const auto& [key, what] : deletable)
      if (key == *path)
        out.push_back(etcd_sight(at, what, "", order));
    return;
  }
  const auto value = given_text(kv, "value");
  if (auto sight = value ? key_sight(at, *path, *value, order) : std::nullopt)
    out.push_back(std::move(*sight));
}

// `whole`: all keys were asked for, so that one which is not there is deleted.
std::vector<drill_sight> range_sights(const std::string& prefix, const logic::answer& got, logic::steady_time at,
                                      bool whole) {
  const auto body = body_of(got);
  const auto found = list_at(body, "kvs");
  const auto revision = number_at(object_at(body, "header"), "revision").value_or(0);
  std::vector<drill_sight> out;
  if (!found || revision == 0)
    return out;
  std::set<std::string> there;
  for (const auto& kv : *found) {
    const auto path = path_in(kv, prefix);
    whole = whole && path;
    there.insert(path.value_or(""));
    add_kv(out, at, prefix, kv, false);
  }
  for (const auto& [path, what] : deletable)
    if (whole && !there.contains(path))
      out.push_back(etcd_sight(at, what, "", revision));
  return out;
}

std::vector<drill_sight> stream_sights(const std::string& prefix, const logic::answer& got, logic::steady_time at) {
  std::vector<drill_sight> out;
  for (const auto& result : results_of(got).value_or(std::vector<json>{}))
    for (const auto& event : list_at(result, "events").value_or(json::array()))
      if (event.is_object())
        add_kv(out, at, prefix, object_at(event, "kv"), event.contains("type") && event["type"] == "DELETE");
  return out;
}

} // namespace

std::vector<ask> key_watches(const logic::cluster_context& context, const logic::cluster_context& etcd) {
  std::vector<ask> out;
  for (const auto& member : etcd.cluster.members) {
    auto question = etcd::gateway_ask(etcd, member, keys_ask, "", "");
    if (etcd.cluster.tls)
      question = etcd::as_user(std::move(question), etcd, etcd::engine_user);
    out.push_back(range_keys(question, context));
    question.name = lease_ask;
    out.push_back(range_leader(question, context));
  }
  return out;
}

ask key_watch_again(const logic::cluster_context& context, const ask& asked, const logic::answer& got) {
  return asked.name == keys_ask ? after_keys(context, asked, got) : after_lease(context, asked, got);
}

std::vector<drill_sight> key_sights(const logic::cluster_context& context, const ask& asked, const logic::answer& got,
                                    logic::steady_time at) {
  if (!got.ok || got.status != 200)
    return {};
  if (asked.path == watch_path)
    return stream_sights(prefix_of(context), got, at);
  if (asked.path == range_path)
    return range_sights(prefix_of(context), got, at, asked.name == keys_ask);
  auto lease = lease_in(context, got);
  if (lease.empty())
    return {};
  return {{at, std::string{logic::sight_lease}, asked.member, std::move(lease)}};
}

} // namespace paws::clusters::patroni
