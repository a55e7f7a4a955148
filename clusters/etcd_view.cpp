#include "clusters/etcd_view.hpp"

#include "clusters/etcd_rejoin.hpp"
#include "clusters/etcd_users.hpp"

#include "topology/failure.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace paws::clusters::etcd {

namespace {

using logic::check_status;
using logic::component_status;
using nlohmann::json;

constexpr const char* status_ask = "etcd.status";
constexpr const char* members_ask = "etcd.members";
// Requirements, FR-008. Its quota is 2 GB; what the engine's daemons keep there is below 1 MB.
constexpr std::uint64_t size_warned_bytes = 100'000'000, size_critical_bytes = 500'000'000;

// The gateway writes 64-bit numbers as texts.
std::string text_of(const json& from, const char* key) {
  const auto at = from.find(key);
  if (at == from.end())
    return "0"; // the gateway leaves zeros out
  if (at->is_string())
    return at->get<std::string>();
  return at->is_number_unsigned() ? std::to_string(at->get<std::uint64_t>()) : "";
}

bool is_number(const std::string& text) {
  return !text.empty() && text.size() <= 20 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::uint64_t number(const logic::facts& known, const std::string& key) {
  std::uint64_t out = 0;
  if (const auto at = known.find(key); at != known.end())
    std::from_chars(at->second.data(), at->second.data() + at->second.size(), out);
  return out;
}

struct member_sight {
  std::string name;
  bool heard = false;
  std::string why;
  std::string id, leader;
  std::uint64_t term = 0, size_bytes = 0;
  std::string errors;
  std::string peer_url; // its own, as its data says; "" = not known
};

std::vector<member_sight> look(const logic::cluster_context& context, const logic::observation_table& seen) {
  std::vector<member_sight> out;
  for (const auto& member : context.cluster.members) {
    member_sight one;
    one.name = member;
    const auto* found = seen.find(member, status_ask);
    if (found == nullptr)
      one.why = context.running.contains(member) ? "has not answered yet" : "does not run";
    else if (!found->ok)
      one.why = found->error.empty() ? "does not answer" : found->error;
    else if (!found->known.contains("id"))
      one.why = found->known.contains("why") ? found->known.at("why") : "answers something that is not etcd's status";
    else {
      one.heard = true;
      one.id = found->known.at("id");
      one.leader = found->known.at("leader");
      one.term = number(found->known, "term");
      one.size_bytes = number(found->known, "size_bytes");
      one.errors = found->known.at("errors");
      if (const auto* listed = seen.find(member, members_ask); listed != nullptr && listed->ok)
        if (const auto at = listed->known.find(one.id + ".peer"); at != listed->known.end())
          one.peer_url = at->second;
    }
    out.push_back(std::move(one));
  }
  return out;
}

// The leader that most members name in the newest term anybody knows; "" when no majority of all members does.
std::string agreed_leader(const std::vector<member_sight>& all) {
  std::uint64_t newest = 0;
  for (const auto& one : all)
    newest = one.heard ? std::max(newest, one.term) : newest;
  for (const auto& candidate : all) {
    if (!candidate.heard)
      continue;
    const auto votes = std::count_if(all.begin(), all.end(), [&](const auto& one) {
      return one.heard && one.term == newest && one.leader == candidate.id;
    });
    if (static_cast<std::size_t>(votes) > all.size() / 2)
      return candidate.id;
  }
  return "";
}

std::string megabytes(std::uint64_t bytes) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1fMB", static_cast<double>(bytes) / 1e6);
  return text.data();
}

// The scheme of the peers' URLs is part of the data, and no member reaches another by the wrong one.
bool made_otherwise(const member_sight& one, bool tls) {
  return !one.peer_url.empty() && one.peer_url.starts_with("https://") != tls;
}

std::string flaw(const member_sight& one, const std::string& leader, bool tls) {
  if (!one.heard)
    return one.why;
  if (leader.empty() && made_otherwise(one, tls))
    return tls ? "has data that was made without TLS" : "has data that was made with TLS";
  if (one.errors.find("NOSPACE") != std::string::npos)
    return "its disk quota is exhausted (alarm NOSPACE)";
  if (!one.errors.empty())
    return one.errors;
  if (one.leader == "0" || one.leader.empty())
    return "knows no leader";
  if (leader.empty())
    return "names a leader on which no majority agrees";
  return one.leader == leader ? "" : "names another leader than the majority";
}

void add_checks(logic::cluster_view& out, const std::vector<member_sight>& all, std::size_t well,
                std::uint64_t size_bytes) {
  const auto whole = std::to_string(all.size());
  std::string lacking;
  for (const auto& member : out.members)
    if (!member.healthy)
      lacking += (lacking.empty() ? "" : "; ") + member.name + " " + member.why;
  const topology::failure lost{"ERR_ETCD_001", "no majority of " + whole + " members agrees on a leader",
                               "see which are down: paws-engine ctl status, and why: paws-engine ctl logs"};
  out.checks.push_back({"quorum", out.quorum ? check_status::pass : check_status::fail,
                        out.leader.empty() ? "no leader" : "1 leader, " + std::to_string(well - 1) + " followers", 0,
                        out.quorum ? "" : topology::to_string(lost)});
  out.checks.push_back(
      {"members", out.ready ? check_status::pass : check_status::fail, std::to_string(well) + "/" + whole, 0, lacking});
  const bool no_space = lacking.find("NOSPACE") != std::string::npos, critical = size_bytes > size_critical_bytes;
  const topology::failure full{"ERR_ETCD_002",
                               no_space ? "the disk quota of a member is exhausted"
                                        : "the database has " + megabytes(size_bytes) + ", more than " +
                                              megabytes(size_critical_bytes),
                               "compact and defragment it, member by member: paws-engine ctl cleanup --etcd"};
  const bool large = size_bytes > size_warned_bytes;
  out.checks.push_back({"size",
                        no_space || critical ? check_status::fail
                        : large              ? check_status::warn
                                             : check_status::pass,
                        megabytes(size_bytes), 0,
                        no_space || critical ? topology::to_string(full)
                        : large              ? "the database has more than " + megabytes(size_warned_bytes)
                                             : ""});
  if (critical && out.status == component_status::healthy)
    out.status = component_status::degraded;
}

void add_security_checks(logic::cluster_view& out, const logic::cluster_context& context,
                         const std::vector<member_sight>& all, users_state secured) {
  const bool tls = context.cluster.tls;
  for (const auto& one : all)
    if (out.leader.empty() && made_otherwise(one, tls)) {
      const topology::failure why{"ERR_SEC_006",
                                  "the data of " + one.name + " was made " + (tls ? "without" : "with") +
                                      " TLS, and etcd cannot change that",
                                  std::string{"set tls: "} + (tls ? "false" : "true") +
                                      " for this cluster, or delete the data: paws-engine ctl reset"};
      out.checks.push_back({"encryption", check_status::fail, tls ? "off" : "on", 0, topology::to_string(why)});
      break;
    }
  if (secured == users_state::unneeded)
    return;
  const topology::failure refused{"ERR_SEC_005", "etcd refuses the password of its user root",
                                  "put back the passwords that were there when this data was made"};
  out.checks.push_back({"authentication", secured == users_state::ready ? check_status::pass : check_status::fail,
                        secured == users_state::ready ? "on" : "off", 0,
                        secured == users_state::refused   ? topology::to_string(refused)
                        : secured == users_state::awaited ? "its users are not there yet"
                                                          : ""});
}

logic::facts interpret_members(const logic::answer& answer) {
  const auto body = answer.ok && answer.status == 200 ? json::parse(answer.text, nullptr, false) : json();
  const auto members = body.is_object() ? body.find("members") : body.end();
  logic::facts out;
  if (!body.is_object() || members == body.end() || !members->is_array())
    return out;
  for (const auto& one : *members)
    if (one.is_object() && one.contains("peerURLs") && one["peerURLs"].is_array() && !one["peerURLs"].empty() &&
        one["peerURLs"][0].is_string() && is_number(text_of(one, "ID")))
      out[text_of(one, "ID") + ".peer"] = one["peerURLs"][0].get<std::string>();
  return out;
}

} // namespace

std::vector<logic::ask> asks(const logic::cluster_context& context, const std::string& member) {
  auto status = gateway_ask(context, member, status_ask, "/v3/maintenance/status", "{}");
  status.fast_interval = logic::milliseconds{50};
  status.timeout = logic::milliseconds{1500};
  auto members = gateway_ask(context, member, members_ask, "/v3/cluster/member/list", "{}");
  members.fast_interval = logic::milliseconds{1000};
  members.steady_interval = logic::milliseconds{10'000};
  members.timeout = logic::milliseconds{1500};
  return {status, members};
}

logic::facts interpret(const logic::ask& ask, const logic::answer& answer) {
  if (ask.name.starts_with(rejoin_ask))
    return answer.ok ? interpret_rejoin(ask, answer) : logic::facts{};
  if (ask.name.starts_with(users_ask))
    return interpret_users(answer);
  if (ask.name == members_ask)
    return interpret_members(answer);
  if (ask.name != status_ask || !answer.ok)
    return {};
  if (answer.status != 200)
    return {{"why", "answers HTTP " + std::to_string(answer.status)}};
  const auto body = json::parse(answer.text, nullptr, false);
  const auto header = body.is_object() ? body.find("header") : body.end();
  if (!body.is_object() || header == body.end() || !header->is_object())
    return {{"why", "answers something that is not etcd's status"}};
  logic::facts out;
  out["id"] = text_of(*header, "member_id");
  out["leader"] = text_of(body, "leader");
  out["term"] = text_of(body, "raftTerm");
  out["size_bytes"] = text_of(body, "dbSize");
  for (const auto* key : {"id", "leader", "term", "size_bytes"})
    if (!is_number(out[key]))
      return {{"why", "answers something that is not etcd's status"}};
  // Alarms only: etcd 3.4 also lists the lack of a leader here, which `leader` says already.
  std::string errors;
  if (const auto at = body.find("errors"); at != body.end() && at->is_array())
    for (const auto& one : *at)
      if (one.is_string() && one.get<std::string>().find("no leader") == std::string::npos)
        errors += (errors.empty() ? "" : "; ") + one.get<std::string>();
  out["errors"] = errors;
  return out;
}

logic::cluster_view judge(const logic::cluster_context& context, const logic::observation_table& seen,
                          logic::steady_time) {
  logic::cluster_view out;
  const auto all = look(context, seen);
  const auto leader = agreed_leader(all);
  std::size_t well = 0;
  std::uint64_t size_bytes = 0;
  for (const auto& one : all) {
    logic::member_view member;
    member.name = one.name;
    member.why = flaw(one, leader, context.cluster.tls);
    member.healthy = member.why.empty();
    member.role = !one.heard ? "" : one.id == leader ? "leader" : member.healthy ? "follower" : "";
    member.state = one.heard ? "term " + std::to_string(one.term) : "";
    if (one.heard && one.id == leader && member.healthy)
      out.leader = one.name;
    well += member.healthy ? 1U : 0U;
    size_bytes = std::max(size_bytes, one.size_bytes);
    if (!member.healthy)
      out.awaited.push_back(one.name + " " + member.why);
    out.members.push_back(std::move(member));
  }
  const auto secured = judge_users(context, seen);
  const bool formed = !out.leader.empty() && well > all.size() / 2;
  out.quorum = out.replicating = formed && (secured == users_state::unneeded || secured == users_state::ready);
  if (formed && !out.quorum)
    out.awaited.insert(out.awaited.begin(), secured == users_state::refused ? "etcd refuses the passwords it is given"
                                                                            : "authentication is not on yet");
  out.ready = out.quorum && well == all.size();
  out.status = out.ready    ? component_status::healthy
               : out.quorum ? component_status::degraded
                            : component_status::unhealthy;
  out.summary = std::to_string(well) + "/" + std::to_string(all.size()) + " healthy, quorum " +
                (out.quorum ? "OK" : "LOST") + ", size " + megabytes(size_bytes);
  add_checks(out, all, well, size_bytes);
  add_security_checks(out, context, all, formed ? secured : users_state::unneeded);
  return out;
}

std::vector<logic::ask> prepare(const logic::cluster_context& context, const logic::observation_table& seen,
                                logic::steady_time now) {
  const auto leader = agreed_leader(look(context, seen));
  for (const auto& one : look(context, seen))
    if (one.heard && one.id == leader) {
      auto out = prepare_users(context, seen, one.name, now);
      if (judge(context, seen, now).quorum)
        for (auto& question : prepare_rejoin(context, seen, one.name, now))
          out.push_back(std::move(question));
      return out;
    }
  return {};
}

} // namespace paws::clusters::etcd
