#include "clusters/etcd_rejoin.hpp"

#include "clusters/etcd_answers.hpp"
#include "clusters/etcd_users.hpp"
#include "logic/created.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace paws::clusters::etcd {

namespace {

using nlohmann::json;

constexpr std::uint16_t peer_port = 2380;
constexpr logic::milliseconds look_again{200}, change_again{1'000};
const std::string list_of = std::string{rejoin_ask} + "list.", remove_of = std::string{rejoin_ask} + "remove.",
                  add_of = std::string{rejoin_ask} + "add.";

std::string peer_url(const logic::cluster_context& context, const std::string& member) {
  return (context.cluster.tls ? "https://" : "http://") + context.places.members.at(member).address + ":" +
         std::to_string(peer_port);
}

bool has_data(const logic::cluster_context& context, const std::string& member) {
  const auto at = context.has_data.find(member);
  return context.running.contains(member) || (at != context.has_data.end() && at->second);
}

// Nobody has ever led it, and those with data are no majority, that could make the others members anew: its first start
// was interrupted when some had begun. What these have written holds nothing, and all go on as the new cluster they
// are.
bool never_formed(const logic::cluster_context& context) {
  const auto& members = context.cluster.members;
  const auto with_data =
      std::count_if(members.begin(), members.end(), [&](const auto& each) { return has_data(context, each); });
  return context.remembered_leader.empty() && 2 * static_cast<std::size_t>(with_data) <= members.size();
}

// It was created, without data, and not told to start since; others have some.
bool is_emptied(const logic::cluster_context& context, const std::string& member) {
  const auto& members = context.cluster.members;
  return context.has_data.contains(member) && !has_data(context, member) && !context.cleared.contains(member) &&
         !never_formed(context) &&
         std::any_of(members.begin(), members.end(), [&](const auto& each) { return has_data(context, each); });
}

const logic::observation* said_of(const logic::cluster_context& context, const logic::observation_table& seen,
                                  const std::string& question) {
  return seen.find(context.cluster.name, question);
}

std::string fact(const logic::observation* from, const std::string& key) {
  const auto at = from == nullptr ? logic::facts::const_iterator{} : from->known.find(key);
  return from == nullptr || at == from->known.end() ? "" : at->second;
}

// When its membership was changed last; never: long ago.
logic::steady_time changed_at(const logic::cluster_context& context, const logic::observation_table& seen,
                              const std::string& member) {
  logic::steady_time out{};
  for (const auto& question : {remove_of + member, add_of + member})
    if (const auto* found = said_of(context, seen, question); found != nullptr)
      out = std::max(out, found->answered_at);
  return out;
}

// Of its membership, as it is since it was created and since the last change; "" = not known. An older list may say
// "added" of a membership that has been used since: started with that, and without its log, the member would end again
// and again ("tocommit(73) is out of range", etcd 3.4.23).
std::string membership(const logic::cluster_context& context, const logic::observation_table& seen,
                       const std::string& member) {
  const auto* listed = said_of(context, seen, list_of + member);
  const auto* created = seen.find(member, logic::created_observation);
  if (listed == nullptr || !listed->ok || (created != nullptr && listed->answered_at <= created->answered_at) ||
      listed->answered_at <= changed_at(context, seen, member) || fact(listed, "said").empty())
    return "";
  const auto state = fact(listed, peer_url(context, member) + ".state");
  return state.empty() ? "absent" : state;
}

logic::facts interpret_list(const logic::answer& answer) {
  const auto members = list_at(body_of(answer), "members");
  if (!members || members->empty())
    return {{"why", "answers something that is no list of members"}};
  logic::facts out{{"said", "list"}};
  for (const auto& one : *members) {
    const auto urls = list_at(one, "peerURLs").value_or(json::array());
    const auto text =
        one.is_object() && one.contains("ID") && one["ID"].is_string() ? one["ID"].get<std::string>() : "";
    if (urls.empty() || !urls[0].is_string() || text.empty())
      continue;
    const auto url = urls[0].get<std::string>();
    out[url + ".state"] = list_at(one, "clientURLs").value_or(json::array()).empty() ? "added" : "started";
    out[url + ".id"] = text;
  }
  return out;
}

} // namespace

std::vector<logic::ask> prepare_rejoin(const logic::cluster_context& context, const logic::observation_table& seen,
                                       const std::string& leader, logic::steady_time now) {
  const auto& members = context.cluster.members;
  const auto lost =
      std::find_if(members.begin(), members.end(), [&](const auto& each) { return is_emptied(context, each); });
  if (lost == members.end())
    return {};
  const auto& member = *lost;
  const auto* listed = said_of(context, seen, list_of + member);
  const auto state = membership(context, seen, member);
  if (state.empty() || now - listed->answered_at > change_again) {
    if (listed != nullptr && now - listed->answered_at < look_again)
      return {};
    return {gateway_ask(context, leader, list_of + member, "/v3/cluster/member/list", "{}")};
  }
  if (now - changed_at(context, seen, member) < change_again)
    return {};
  if (state == "started")
    return {root_ask(context, leader, remove_of + member, "/v3/cluster/member/remove",
                     json{{"ID", fact(listed, peer_url(context, member) + ".id")}}.dump())};
  if (state == "absent")
    return {root_ask(context, leader, add_of + member, "/v3/cluster/member/add",
                     json{{"peerURLs", json::array({peer_url(context, member)})}}.dump())};
  return {};
}

logic::facts interpret_rejoin(const logic::ask& ask, const logic::answer& answer) {
  if (ask.name.starts_with(list_of))
    return interpret_list(answer);
  if (answer.status != 200)
    return {{"why", "answers HTTP " + std::to_string(answer.status)}};
  const bool removed = ask.name.starts_with(remove_of);
  const auto member = ask.name.substr((removed ? remove_of : add_of).size());
  return {{"said", "done"},
          {"told", removed ? member + " has lost its data: its old membership is removed"
                           : member + " is a member anew, and starts as one of a cluster that exists"}};
}

logic::start_advice advise_rejoin(const logic::cluster_context& context, const logic::observation_table& seen,
                                  const std::string& member) {
  logic::start_advice out;
  if (!is_emptied(context, member))
    return out;
  if (membership(context, seen, member) == "added") {
    out.extra_arguments = {"--initial-cluster-state=existing"}; // the last one counts
    return out;
  }
  out.go = false;
  out.hold_reason = "its data is gone: waits until the others, by their majority, have made it a member anew";
  return out;
}

} // namespace paws::clusters::etcd
