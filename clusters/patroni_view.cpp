#include "clusters/patroni_view.hpp"

#include "clusters/patroni_render.hpp"
#include "clusters/tls.hpp"
#include "topology/failure.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

namespace paws::clusters::patroni {

namespace {

using logic::check_status;
using logic::component_status;

constexpr std::int64_t lag_warned_ms = 1000, lag_critical_ms = 5000; // requirements, FR-008

std::string fact(const logic::facts& from, const std::string& key) {
  const auto at = from.find(key);
  return at == from.end() ? "" : at->second;
}

std::set<std::string> words(const std::string& text) {
  std::istringstream from{text};
  std::set<std::string> out;
  for (std::string word; from >> word;)
    out.insert(word);
  return out;
}

// One member, as its own two answers say.
struct member_sight {
  std::string name;
  bool api = false, sql = false; // Patroni and PostgreSQL answer
  std::string why;               // why not
  logic::facts cluster, postgres;
};

struct picture {
  const logic::cluster_context& context;
  std::vector<member_sight> all;
  std::string named;                // leader that a majority of all members names; "" = none
  std::string leader;               // named, and its PostgreSQL answers and takes writes
  const member_sight* at = nullptr; // of the leader
  std::set<std::string> streaming;  // from the leader, as it says itself
  std::set<std::string> registered; // members Patroni knows, as the leader's Patroni says
  std::string sync;                 // registered synchronous standby
};

std::string silence(const logic::observation* found, bool runs, const char* what) {
  if (found == nullptr)
    return runs ? std::string{what} + " has not answered yet" : "does not run";
  if (!found->ok)
    return what + std::string{": "} + (found->error.empty() ? "no answer" : found->error);
  return fact(found->known, "why");
}

member_sight look_at(const logic::cluster_context& context, const logic::observation_table& seen,
                     const std::string& member) {
  member_sight out;
  out.name = member;
  const bool runs = context.running.contains(member);
  const auto* cluster = seen.find(member, "patroni.cluster");
  const auto* postgres = seen.find(member, "patroni.sql");
  const auto no_api = silence(cluster, runs, "Patroni"), no_sql = silence(postgres, runs, "PostgreSQL");
  out.api = no_api.empty();
  out.sql = no_sql.empty();
  out.why = out.api ? no_sql : no_api;
  if (out.api)
    out.cluster = cluster->known;
  if (out.sql)
    out.postgres = postgres->known;
  return out;
}

std::string leader_in(const logic::facts& cluster) {
  for (const auto& member : words(fact(cluster, "members")))
    if (fact(cluster, member + ".role") == "leader")
      return member;
  return "";
}

picture look(const logic::cluster_context& context, const logic::observation_table& seen) {
  picture out{context, {}, "", "", nullptr, {}, {}, ""};
  for (const auto& member : context.cluster.members)
    out.all.push_back(look_at(context, seen, member));
  for (const auto& candidate : context.cluster.members) {
    const auto votes = std::count_if(out.all.begin(), out.all.end(),
                                     [&](const auto& one) { return one.api && leader_in(one.cluster) == candidate; });
    if (static_cast<std::size_t>(votes) > out.all.size() / 2)
      out.named = candidate;
  }
  for (const auto& one : out.all)
    if (one.name == out.named && one.sql && fact(one.postgres, "recovery") == "false") {
      out.leader = one.name;
      out.at = &one;
    }
  for (const auto& one : out.all) // the newest word on who is registered: the leader's, else anybody's
    if (one.api && (out.registered.empty() || one.name == out.leader))
      out.registered = words(fact(one.cluster, "members"));
  if (out.at != nullptr) {
    out.streaming = words(fact(out.at->postgres, "streaming"));
    for (const auto& member : context.cluster.members)
      if (out.at->api && fact(out.at->cluster, member + ".role") == "sync_standby")
        out.sync = member;
  }
  return out;
}

std::int64_t lag_of(const picture& all, const std::string& member) {
  std::int64_t out = -1;
  if (all.at != nullptr && all.streaming.contains(member)) {
    const auto text = fact(all.at->postgres, member + ".lag_ms");
    std::from_chars(text.data(), text.data() + text.size(), out);
  }
  return out;
}

// Why a member does not do its part; "" when it does.
std::string flaw(const picture& all, const member_sight& one) {
  if (!one.api || !one.sql)
    return one.why;
  if (one.name == all.leader)
    return "";
  if (fact(one.postgres, "recovery") == "false")
    return all.leader.empty() ? "takes writes, but no majority names it leader"
                              : "takes writes although " + all.leader + " leads";
  if (all.leader.empty())
    return "has no leader to follow";
  if (!all.streaming.contains(one.name))
    return "does not stream from " + all.leader;
  return "";
}

std::string role_of(const picture& all, const member_sight& one) {
  if (one.name == all.leader)
    return "leader";
  if (one.name == all.sync && all.streaming.contains(one.name))
    return "sync_standby";
  return one.sql && fact(one.postgres, "recovery") == "true" ? "replica" : "";
}

// A leader makes its replicas' slots and picks the synchronous standby only in its own loop. Any change of its
// settings wakes that loop; this one changes nothing: it removes a key that does not exist.
void add_wake(logic::cluster_view& out, const picture& all, bool all_stream) {
  const auto& members = all.context.cluster.members;
  if (all.leader.empty() || !all.at->api || out.ready)
    return;
  const bool registered =
      std::all_of(members.begin(), members.end(), [&](const auto& member) { return all.registered.contains(member); });
  if (!registered)
    return;
  logic::ask wake;
  wake.name = "patroni.wake";
  wake.member = all.leader;
  wake.address = all.context.places.members.at(all.leader).address;
  wake.port = api_port;
  wake.method = "PATCH";
  wake.path = "/config";
  wake.user = api_user;
  wake.password = secret(all.context, "PATRONI_RESTAPI_PASSWORD");
  wake.body = R"({"paws_engine_wake":null})";
  out.wake = std::move(wake);
  out.wake_key =
      (all_stream ? "streaming, no synchronous standby yet, leader " : "registered, not streaming, leader ") +
      all.leader;
}

void add_checks(logic::cluster_view& out, const picture& all, std::size_t well, std::int64_t lag_ms) {
  const auto& settings = all.context.cluster.patroni;
  const auto add = [&](const char* title, check_status status, std::string value, std::string error) {
    out.checks.push_back({title, status, std::move(value), 0, std::move(error)});
  };
  const auto whole = std::to_string(all.all.size()), replicas = std::to_string(all.all.size() - 1);
  std::string lacking;
  for (const auto& member : out.members)
    if (!member.healthy)
      lacking += (lacking.empty() ? "" : "; ") + member.name + " " + member.why;
  add("leader", all.leader.empty() ? check_status::fail : check_status::pass, all.leader.empty() ? "none" : all.leader,
      all.leader.empty()
          ? topology::to_string({"ERR_PATRONI_001",
                                 all.named.empty() ? "no member leads" : all.named + " leads, but takes no writes",
                                 "see what they say: paws-engine ctl inspect patroni"})
          : "");
  add("members", well == all.all.size() ? check_status::pass : check_status::fail, std::to_string(well) + "/" + whole,
      lacking);
  add("replication", out.replicating ? check_status::pass : check_status::fail,
      std::to_string(all.streaming.size()) + "/" + replicas + " streaming",
      out.replicating ? "" : "not every replica streams from the leader");
  if (settings.synchronous_strict)
    add("synchronous standby", all.sync.empty() ? check_status::fail : check_status::pass,
        all.sync.empty() ? "none" : all.sync, all.sync.empty() ? "a leader's death would have no successor" : "");
  const auto lag = std::to_string(lag_ms) + "ms";
  if (lag_ms < 0)
    add("lag", check_status::skip, "not known", "");
  else if (lag_ms > lag_critical_ms)
    add("lag", check_status::fail, lag,
        topology::to_string({"ERR_PATRONI_002", "a replica is " + lag + " behind its leader",
                             "see which, and how far: paws-engine ctl inspect patroni"}));
  else
    add("lag", lag_ms > lag_warned_ms ? check_status::warn : check_status::pass, lag,
        lag_ms > lag_warned_ms ? "a replica is behind its leader" : "");
  if (lag_ms > lag_critical_ms && out.status == component_status::healthy)
    out.status = component_status::degraded;
}

} // namespace

logic::cluster_view judge(const logic::cluster_context& context, const logic::observation_table& seen,
                          logic::steady_time) {
  logic::cluster_view out;
  const auto all = look(context, seen);
  std::size_t well = 0, answering = 0;
  std::int64_t lag_ms = -1;
  for (const auto& one : all.all) {
    logic::member_view member;
    member.name = one.name;
    member.why = flaw(all, one);
    member.healthy = member.why.empty();
    member.role = role_of(all, one);
    member.state =
        all.at != nullptr ? fact(all.at->cluster, one.name + ".state") : fact(one.cluster, one.name + ".state");
    member.lag_ms = lag_of(all, one.name);
    lag_ms = std::max(lag_ms, member.lag_ms);
    well += member.healthy ? 1U : 0U;
    answering += one.api && one.sql ? 1U : 0U;
    out.members.push_back(std::move(member));
  }
  const auto& members = context.cluster.members;
  const bool all_stream = !all.leader.empty() && std::all_of(members.begin(), members.end(), [&](const auto& member) {
    return member == all.leader || all.streaming.contains(member);
  });
  const bool secured = !context.cluster.patroni.synchronous_strict || members.size() < 2 || !all.sync.empty();
  out.leader = all.leader;
  out.quorum = !all.leader.empty() && answering > members.size() / 2;
  out.replicating = all_stream;
  out.ready = out.quorum && all_stream && well == members.size() && secured;
  if (all.leader.empty())
    out.awaited.emplace_back(all.named.empty() ? "no leader yet" : all.named + " leads, but takes no writes yet");
  for (const auto& member : out.members)
    if (!member.healthy)
      out.awaited.push_back(member.name + " " + member.why);
  if (!all.leader.empty() && !secured)
    out.awaited.push_back("no synchronous standby registered by " + all.leader + " yet");
  out.status = out.ready    ? component_status::healthy
               : out.quorum ? component_status::degraded
                            : component_status::unhealthy;
  out.summary = std::to_string(well) + "/" + std::to_string(members.size()) + " healthy, leader " +
                (all.leader.empty() ? "NONE" : all.leader) + (all.sync.empty() ? "" : ", sync standby " + all.sync) +
                ", lag " + (lag_ms < 0 ? "unknown" : std::to_string(lag_ms) + "ms");
  add_checks(out, all, well, lag_ms);
  add_wake(out, all, all_stream);
  return out;
}

} // namespace paws::clusters::patroni
