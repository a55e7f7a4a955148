// Data that etcd knows nothing of. Patroni 3.0.2 would not mind: whoever comes first writes its own system id into an
// empty etcd and leads, with what it has; nobody knows any more who the synchronous standby was, so writes that were
// acknowledged may be lost without a word. So no member is started over an empty etcd while there is data of a cluster
// that has had a leader. When etcd was emptied on purpose, the last leader goes first, and the others follow it.
#include "clusters/patroni_anew.hpp"

#include "clusters/base64.hpp"
#include "clusters/etcd_answers.hpp"
#include "clusters/etcd_users.hpp"
#include "clusters/patroni_view.hpp"
#include "clusters/tls.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace paws::clusters::patroni {

namespace {

constexpr logic::milliseconds again_after{300};

bool has_data(const logic::cluster_context& context, const std::string& member) {
  const auto at = context.has_data.find(member);
  return at != context.has_data.end() && at->second;
}

bool any_data(const logic::cluster_context& context) {
  const auto& members = context.cluster.members;
  return std::any_of(members.begin(), members.end(), [&](const auto& each) { return has_data(context, each); });
}

// Nobody runs, and there is data that was led before.
bool must_ask(const logic::cluster_context& context) {
  return context.running.empty() && !context.remembered_leader.empty() && any_data(context) &&
         !context.etcd_endpoints.empty();
}

// there, missing, or "" = not known.
std::string said(const logic::cluster_context& context, const logic::observation_table& seen) {
  for (const auto& endpoint : context.etcd_endpoints)
    if (const auto* found = seen.find(context.cluster.name, initialize_ask + endpoint); found != nullptr && found->ok)
      if (const auto at = found->known.find("initialize"); at != found->known.end())
        return at->second;
  return "";
}

std::string first_of(const logic::cluster_context& context) {
  const auto& members = context.cluster.members;
  if (has_data(context, context.remembered_leader))
    return context.remembered_leader;
  const auto at =
      std::find_if(members.begin(), members.end(), [&](const auto& each) { return has_data(context, each); });
  return at == members.end() ? "" : *at;
}

// By its own words alone: the others, who would have to agree, wait for it.
bool leads(const logic::observation_table& seen, const std::string& member) {
  const auto *cluster = seen.find(member, "patroni.cluster"), *postgres = seen.find(member, "patroni.sql");
  const auto says = [](const logic::observation* from, const std::string& key, const char* value) {
    const auto at = from == nullptr || !from->ok ? logic::facts::const_iterator{} : from->known.find(key);
    return from != nullptr && from->ok && at != from->known.end() && at->second == value;
  };
  return says(cluster, member + ".role", "leader") && says(postgres, "recovery", "false");
}

logic::start_advice hold(std::string reason) {
  logic::start_advice out;
  out.go = false;
  out.hold_reason = std::move(reason);
  return out;
}

} // namespace

std::vector<logic::ask> prepare(const logic::cluster_context& context, const logic::observation_table& seen,
                                logic::steady_time now) {
  std::vector<logic::ask> out;
  if (!must_ask(context) || context.begins_anew || !said(context, seen).empty())
    return out;
  const auto key = base64("/service/" + context.cluster.name + "/initialize");
  for (const auto& endpoint : context.etcd_endpoints) {
    const auto name = initialize_ask + endpoint;
    const auto* last = seen.find(context.cluster.name, name);
    if (last != nullptr && now - last->answered_at < again_after)
      continue;
    const auto colon = endpoint.rfind(':');
    logic::ask question;
    question.name = name;
    question.member = context.cluster.name;
    question.address = endpoint.substr(0, colon);
    question.port = static_cast<std::uint16_t>(std::strtoul(endpoint.c_str() + colon + 1, nullptr, 10));
    question.method = "POST";
    question.path = "/v3/kv/range";
    question.body = nlohmann::json{{"key", key}}.dump();
    if (context.etcd_tls) {
      question.tls = {true, context.certificates.authority_file, ""};
      question = etcd::as_user(std::move(question), context, etcd::engine_user);
    }
    out.push_back(std::move(question));
  }
  return out;
}

logic::facts interpret_initialize(const logic::answer& answer) {
  const auto body = etcd::body_of(answer);
  if (!body.contains("header"))
    return {{"why", "answers HTTP " + std::to_string(answer.status)}};
  return {{"initialize", etcd::number_at(body, "count").value_or(0) > 0 ? "there" : "missing"}};
}

logic::start_advice advise(const logic::cluster_context& context, const logic::observation_table& seen,
                           const std::string& member) {
  if (context.begins_anew && any_data(context)) {
    const auto first = first_of(context);
    if (member == first || leads(seen, first) || !judge(context, seen, {}).leader.empty())
      return {};
    return hold("etcd begins anew: waits until " + first + " leads with its data");
  }
  if (!must_ask(context))
    return {}; // Patroni itself settles how a member that comes back must join
  const auto known = said(context, seen);
  if (known == "there")
    return {};
  if (known.empty())
    return hold("asks etcd whether it knows this data");
  auto out = hold("etcd knows nothing of this data");
  out.refusal = {"ERR_PATRONI_003",
                 context.cluster.name + " has data, but etcd has lost all that it knew of it: who may lead without "
                                        "losing writes cannot be told. Nothing was changed",
                 "put etcd's data back; or let it begin anew with the data of " + first_of(context) +
                     ", which led last: paws-engine ctl reinit etcd, then paws-engine start"};
  return out;
}

} // namespace paws::clusters::patroni
