// What drills see of etcd: who answers, and whom they call their leader. Nothing is written to it: what stands on it
// is.
#include "clusters/drill_kits.hpp"

#include "clusters/etcd_answers.hpp"
#include "clusters/etcd_view.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace paws::clusters::etcd {

namespace {

using logic::ask;
using logic::drill_sight;

constexpr const char* status_ask = "etcd.status";
constexpr const char* members_ask = "etcd.members";

ask question(const logic::cluster_context& context, const std::string& member, const char* name) {
  for (auto& each : asks(context, member))
    if (each.name == name) {
      each.timeout = poll_timeout;
      each.fast_interval = poll_interval;
      return each;
    }
  return {};
}

// Members name each other by ids: which those are comes first.
std::vector<ask> watches(const logic::cluster_context& context, const logic::cluster_context*) {
  std::vector<ask> out;
  for (const auto& member : context.cluster.members)
    out.push_back(question(context, member, members_ask));
  return out;
}

// "id, name, id, name …", of members of this cluster.
std::vector<std::string> names_in(const logic::cluster_context& context, const logic::answer& got) {
  std::vector<std::string> out;
  const auto members = list_at(body_of(got), "members");
  for (const auto& one : members.value_or(nlohmann::json::array())) {
    const auto name = one.is_object() ? one.value("name", nlohmann::json()) : nlohmann::json();
    const auto id = one.is_object() ? one.value("ID", nlohmann::json()) : nlohmann::json();
    const auto& known = context.cluster.members;
    if (name.is_string() && id.is_string() && is_plain(id.get_ref<const std::string&>()) &&
        std::find(known.begin(), known.end(), name) != known.end())
      out.insert(out.end(), {id.get<std::string>(), name.get<std::string>()});
  }
  return out;
}

// The id that a status gives; "" = it is no status. "0": no leader.
std::string id_in(const ask& asked, const logic::answer& got, const std::string& key) {
  const auto known = interpret(asked, got);
  const auto at = known.find(key);
  return at == known.end() ? "" : at->second;
}

// A status carries the ids along as its `command`, which HTTP does not send.
std::string name_of(const ask& asked, const std::string& id) {
  for (std::size_t i = 0; i + 1 < asked.command.size(); i += 2)
    if (asked.command[i] == id)
      return asked.command[i + 1];
  return "";
}

ask again(const logic::cluster_context& context, const ask& asked, const logic::answer& got) {
  if (asked.name == members_ask) {
    auto names = names_in(context, got);
    if (names.empty())
      return asked;
    auto out = question(context, asked.member, status_ask);
    out.command = std::move(names);
    return out;
  }
  const auto leader = id_in(asked, got, "leader"); // a member that was made anew has another id
  const bool known = leader.empty() || leader == "0" || !name_of(asked, leader).empty();
  return known ? asked : question(context, asked.member, members_ask);
}

std::vector<drill_sight> sights(const logic::cluster_context& context, const ask& asked, const logic::answer& got,
                                logic::steady_time at) {
  if (!got.ok || got.status != 200)
    return {answers_sight(at, asked.member, false)};
  if (asked.name == members_ask)
    return names_in(context, got).empty() ? std::vector<drill_sight>{}
                                          : std::vector{answers_sight(at, asked.member, true)};
  const auto id = id_in(asked, got, "id"), leader = id_in(asked, got, "leader");
  if (id.empty() || id == "0" || leader.empty())
    return {};
  std::vector<drill_sight> out{answers_sight(at, asked.member, true)};
  const auto named = leader == id ? asked.member : name_of(asked, leader);
  if (leader == "0" || !named.empty())
    out.push_back({at, std::string{logic::sight_names}, asked.member, leader == "0" ? "" : named});
  return out;
}

} // namespace

const logic::drill_kit drills{nullptr, nullptr, nullptr, nullptr, nullptr,        nullptr,
                              nullptr, watches, again,   sights,  no_log_pattern, no_log_sight};

} // namespace paws::clusters::etcd
