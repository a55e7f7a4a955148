// Moving the leader, and making a replica anew, through Patroni's API (3.0.2, patroni/api.py and ha.py). A switchover
// wants the leader's name; in synchronous mode only the synchronous standby may follow it. A failover wants a
// candidate; while somebody leads it is handed over in order, and only to the synchronous standby; while nobody does,
// the candidate takes the lease whatever it has. Both answer when it is over, at the latest after 2 max(10, loop_wait)
// seconds. A reinitialisation answers at once: it is over when another postmaster runs, and the leader sees it stream.
#include "clusters/recovery_kits.hpp"

#include "clusters/base64.hpp"
#include "clusters/etcd_users.hpp"
#include "clusters/patroni_render.hpp"
#include "clusters/patroni_view.hpp"
#include "clusters/tls.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace paws::clusters::patroni {

namespace {

using logic::ask_next;
using logic::await_change;
using logic::finished;
using logic::give_up;
using logic::recovery_move;
using logic::recovery_request;
using logic::recovery_sight;
using nlohmann::json;
using topology::failure;

constexpr const char* list_ask = "patroni.recovery.cluster "; // and whom
constexpr const char* move_ask = "patroni.recovery.move";
constexpr const char* life_ask = "patroni.recovery.life";
constexpr const char* anew_ask = "patroni.recovery.reinitialize";
constexpr const char* new_life_ask = "patroni.recovery.new_life";
constexpr const char* streams_ask = "patroni.recovery.streams";
constexpr logic::milliseconds poll_again{500};
constexpr std::int64_t most_lag_ms = 5'000;                    // requirements, FR-008: critical
constexpr std::int64_t most_lag_bytes = 1024 * 1024;           // maximum_lag_on_failover, as it is rendered
constexpr std::int64_t least_poll_s = 10, answer_grace_s = 10; // api.py, poll_failover_result: 2 max(10, loop_wait)

logic::ask api(const logic::cluster_context& context, const std::string& member, std::string name, std::string method,
               std::string path, const json& body = nullptr) {
  auto out = asks(context, member).at(0);
  out.name = std::move(name);
  out.method = std::move(method);
  out.path = std::move(path);
  if (body.is_null())
    return out;
  out.body = body.dump();
  out.user = api_user;
  out.password = secret(context, "PATRONI_RESTAPI_PASSWORD");
  return out;
}

json object_in(const logic::answer* got) {
  auto out = got != nullptr && got->ok ? json::parse(got->text, nullptr, false) : json::object();
  return out.is_object() ? out : json::object();
}

std::string said_at(const json& from, const char* key) {
  const auto at = from.find(key);
  return at != from.end() && at->is_string() ? at->get<std::string>() : "";
}

// -- moving the leader -------------------------------------------------------------------------------------------

// What Patroni itself says of the cluster, as the first member that answers sees it.
struct listing {
  bool heard = false;
  bool paused = false;
  std::string sync;                              // the synchronous standby
  std::map<std::string, std::int64_t> lag_bytes; // -1 = not known
};

listing read_listing(const recovery_sight& seen) {
  listing out;
  for (const auto& member : seen.context.cluster.members) {
    const auto* got = seen.find(list_ask + member);
    const auto body = object_in(got);
    const auto members = body.find("members");
    if (got == nullptr || got->status != 200 || members == body.end() || !members->is_array())
      continue;
    out.heard = true;
    out.paused = body.contains("pause") && body["pause"] == true;
    for (const auto& one : *members) {
      if (!one.is_object())
        continue;
      const auto lag = one.find("lag");
      out.lag_bytes[said_at(one, "name")] =
          lag != one.end() && lag->is_number_integer() ? lag->get<std::int64_t>() : -1;
      if (said_at(one, "role") == "sync_standby")
        out.sync = said_at(one, "name");
    }
  }
  return out;
}

bool is_strict(const recovery_sight& seen) {
  return seen.context.cluster.patroni.synchronous_strict;
}

std::string least_behind(const logic::cluster_view& view) {
  const logic::member_view* best = nullptr;
  for (const auto& member : view.members)
    if (member.name != view.leader && member.healthy && (best == nullptr || member.lag_ms < best->lag_ms))
      best = &member;
  return best == nullptr ? "" : best->name;
}

std::string candidate_of(const recovery_request& request, const recovery_sight& seen, const listing& said) {
  if (!request.target.empty())
    return request.target;
  return is_strict(seen) ? said.sync : said.sync.empty() ? least_behind(seen.before) : said.sync;
}

// Before anything is asked.
std::optional<failure> unfit(const recovery_request& request, const recovery_sight& seen) {
  const auto& view = seen.before;
  const auto& members = seen.context.cluster.members;
  const auto nodes = "its nodes: " + nodes_of(view);
  if (!request.target.empty() && std::find(members.begin(), members.end(), request.target) == members.end())
    return failure{"ERR_CLI_001", "no member of " + seen.context.cluster.name + " is called " + request.target, nodes};
  if (!request.target.empty() && request.target == view.leader)
    return not_safe(request.target + " leads already", "choose another one; " + nodes);
  if (request.verb == "failover")
    return std::nullopt;
  if (view.leader.empty())
    return not_safe("nobody leads " + seen.context.cluster.name + ": there is nothing to hand over",
                    "wait for an election, or take a candidate by hand: paws-engine ctl failover; " + nodes);
  if (!view.ready)
    return not_safe(
        seen.context.cluster.name + " is not healthy" + (view.awaited.empty() ? "" : ": " + view.awaited.front()),
        "wait for: paws-engine ctl health --wait; when the leader is lost: paws-engine ctl failover; " + nodes);
  return std::nullopt;
}

// With what Patroni says.
std::optional<failure> unfit(const recovery_request& request, const recovery_sight& seen, const listing& said,
                             const std::string& candidate) {
  const auto& view = seen.before;
  const auto nodes = "nodes: " + nodes_of(view);
  if (candidate.empty())
    return not_safe("there is no synchronous standby: nobody can take over without losing writes",
                    "wait for: paws-engine ctl health --wait; or choose with --candidate and --force; " + nodes);
  if (request.force)
    return std::nullopt;
  if (said.paused)
    return not_safe("Patroni is paused: it is under maintenance, and moves no leader by itself",
                    "end that first: patronictl resume " + seen.context.cluster.name);
  if (is_strict(seen) && candidate != said.sync)
    return not_safe(candidate + " is no synchronous standby: writes that were acknowledged may be missing there",
                    (said.sync.empty() ? "there is none now" : "choose " + said.sync) +
                        (request.verb == "failover" ? ", or say --force; " : "; ") + nodes);
  const auto* member = find_member(view, candidate);
  if (view.leader.empty()) {
    const auto lag = said.lag_bytes.find(candidate);
    if (lag == said.lag_bytes.end() || lag->second < 0 || lag->second > most_lag_bytes)
      return not_safe(candidate + " is behind, or how far is not known",
                      "choose another one, or say --force; " + nodes);
  } else if (member == nullptr || !member->healthy) {
    return not_safe(candidate + " cannot take over: " + (member == nullptr ? "nothing is known of it" : member->why),
                    "choose another one, or say --force; " + nodes);
  } else if (member->lag_ms > most_lag_ms) {
    return not_safe(candidate + " is " + std::to_string(member->lag_ms) + " ms behind",
                    "wait until it has caught up, or say --force; " + nodes);
  }
  return std::nullopt;
}

// The leader if there is one, else the candidate, else whoever answers first.
recovery_move ask_cluster(const recovery_request& request, const recovery_sight& seen) {
  std::vector<std::string> order;
  for (const auto& first : {seen.before.leader, request.target})
    if (!first.empty())
      order.push_back(first);
  if (request.verb == "failover")
    order.insert(order.end(), seen.context.cluster.members.begin(), seen.context.cluster.members.end());
  for (const auto& member : order)
    if (seen.find(list_ask + member) == nullptr)
      return ask_next(api(seen.context, member, list_ask + member, "GET", "/cluster"), "");
  return give_up(not_safe("no Patroni of " + seen.context.cluster.name + " answers",
                          "see why: paws-engine ctl status, paws-engine ctl inspect patroni"));
}

recovery_move ask_to_move(const recovery_request& request, const recovery_sight& seen, const std::string& candidate) {
  const auto& leader = seen.before.leader;
  json body{{"candidate", candidate}};
  if (request.verb == "switchover")
    body["leader"] = leader;
  auto question = api(seen.context, leader.empty() ? candidate : leader, move_ask, "POST", "/" + request.verb, body);
  const auto loop_s = seen.context.cluster.patroni.loop_wait.count() / 1000;
  question.timeout = std::chrono::seconds{2 * std::max(least_poll_s, loop_s) + answer_grace_s};
  return ask_next(std::move(question),
                  leader.empty() ? candidate + " is told to lead" : leader + " is told to hand over to " + candidate);
}

// Another one leads, its route follows, and everybody does what they did before.
std::string lacking(const recovery_sight& seen) {
  const auto& leader = seen.now.leader;
  if (leader.empty())
    return "nobody leads yet";
  if (leader == seen.before.leader)
    return leader + " still leads";
  if (seen.has_route && seen.route_target != leader)
    return "the route does not lead to " + leader + " yet";
  if (seen.now.ready)
    return "";
  if (seen.before.ready)
    return seen.now.awaited.empty() ? "not everything is ready again" : seen.now.awaited.front();
  for (const auto& old : seen.before.members)
    if (const auto* now = find_member(seen.now, old.name); old.healthy && (now == nullptr || !now->healthy))
      return old.name + " " + (now == nullptr ? "is not known" : now->why);
  return "";
}

recovery_move end_of_move(const recovery_request& request, const recovery_sight& seen, const listing& said,
                          const std::string& candidate) {
  logic::recovery_report report;
  report.cluster = seen.context.cluster.name;
  report.leader_before = seen.before.leader;
  report.leader_after = seen.now.leader;
  std::vector<std::string> notes;
  if (seen.now.leader != candidate)
    notes.push_back(seen.now.leader + " leads instead of " + candidate + ", which Patroni has found unfit");
  if (request.force && candidate != said.sync)
    notes.push_back(candidate + " was no synchronous standby: writes that were acknowledged may be lost");
  return finished(std::move(report), std::move(notes));
}

recovery_move move_leader(const recovery_request& request, const recovery_sight& seen) {
  if (seen.answers.empty())
    if (auto why = unfit(request, seen))
      return give_up(std::move(*why));
  const auto said = read_listing(seen);
  const auto* moved = seen.find(move_ask);
  if (!said.heard)
    return ask_cluster(request, seen);
  const auto candidate = candidate_of(request, seen, said);
  if (moved == nullptr) {
    if (auto why = unfit(request, seen, said, candidate))
      return give_up(std::move(*why));
    return ask_to_move(request, seen, candidate);
  }
  // Whoever was asked may be cut off while it hands over; what becomes of it is seen all the same.
  if (moved->ok && moved->status != 200 && moved->text.find("status unknown") == std::string::npos)
    return give_up(not_done("Patroni refuses: " + words_of(*moved),
                            request.force && candidate != said.sync && !seen.before.leader.empty()
                                ? "while " + seen.before.leader + " leads, only the synchronous standby may follow it"
                                : "see what it says: paws-engine ctl logs " +
                                      (seen.before.leader.empty() ? candidate : seen.before.leader)));
  const auto missing = lacking(seen);
  return missing.empty() ? end_of_move(request, seen, said, candidate) : await_change(missing);
}

// -- making a replica anew ---------------------------------------------------------------------------------------

failure keeps_data(const logic::cluster_context& context, const logic::cluster_view& view, const std::string& member) {
  if (member == view.leader)
    return not_safe(member + " leads " + context.cluster.name + ": its data is the one that the others copy",
                    "hand over first: paws-engine ctl switchover");
  const auto* leader = find_member(view, view.leader);
  if (leader == nullptr || !leader->healthy)
    return not_safe("nobody leads " + context.cluster.name + ": the data of " + member + " may be the only one left",
                    "wait for a leader: paws-engine ctl health --wait");
  return {};
}

// When the postmaster was started; "" while none runs.
std::string life_in(const logic::answer* got) {
  const auto body = object_in(got);
  return said_at(body, "state") == "running" ? said_at(body, "postmaster_start_time") : "";
}

recovery_move renew_replica(const recovery_request& request, const recovery_sight& seen) {
  const auto& member = request.target;
  const auto& context = seen.context;
  const auto look = "see: paws-engine ctl logs " + member;
  if (auto why = keeps_data(context, seen.now, member); !why.code.empty() && seen.find(anew_ask) == nullptr)
    return give_up(std::move(why));
  const auto *life = seen.find(life_ask), *told = seen.find(anew_ask);
  if (life == nullptr)
    return ask_next(api(context, member, life_ask, "GET", "/patroni"), "");
  if (!life->ok)
    return give_up(not_safe("the Patroni of " + member + " does not answer: " + words_of(*life),
                            "stop it, then try again: paws-engine ctl stop --service " + member));
  if (told == nullptr)
    return ask_next(api(context, member, anew_ask, "POST", "/reinitialize", {{"force", true}}),
                    member + " is told to throw its data away and to copy its leader's");
  if (!told->ok || told->status != 200)
    return give_up(not_done("the Patroni of " + member + " refuses: " + words_of(*told), look));
  const auto now = life_in(seen.find(new_life_ask));
  if (now.empty() || now == life_in(life))
    return ask_next(api(context, member, new_life_ask, "GET", "/patroni"), "", poll_again);
  if (seen.now.leader.empty())
    return await_change("nobody leads " + context.cluster.name);
  const auto* streams = seen.find(streams_ask);
  auto question = asks(context, seen.now.leader).at(1);
  question.name = streams_ask;
  const auto known = streams == nullptr ? logic::facts{} : interpret(asks(context, seen.now.leader).at(1), *streams);
  if (!known.contains(member + ".lag_ms")) // of those that stream
    return ask_next(std::move(question), "", streams == nullptr ? logic::milliseconds{0} : poll_again);
  if (seen.before.ready && !seen.now.ready)
    return await_change(seen.now.awaited.empty() ? "not everything is ready again" : seen.now.awaited.front());
  logic::recovery_report report;
  report.cluster = context.cluster.name;
  report.member = member;
  return finished(std::move(report));
}

recovery_move next(const recovery_request& request, const recovery_sight& seen) {
  return request.verb == "reinit" ? renew_replica(request, seen) : move_leader(request, seen);
}

// A new cluster must find no key of the old one: its system id would be another. Patroni's own user may delete them.
std::vector<logic::ask> forget(const logic::cluster_context& context, const logic::cluster_context* store) {
  std::vector<logic::ask> out;
  if (store == nullptr)
    return out;
  const auto prefix = "/service/" + context.cluster.name; // its namespace is its default, its scope the cluster's name
  const json body{{"key", base64(prefix + "/")}, {"range_end", base64(prefix + "0")}}; // '0' follows '/'
  for (const auto& member : store->cluster.members) {
    auto question = etcd::gateway_ask(*store, member, "patroni.recovery.forget", "/v3/kv/deleterange", body.dump());
    out.push_back(store->cluster.tls ? etcd::as_user(std::move(question), *store, etcd::patroni_user)
                                     : std::move(question));
  }
  return out;
}

} // namespace

const logic::recovery_kit recovery{{"switchover", "failover", "reinit"}, next, keeps_data, forget};

} // namespace paws::clusters::patroni
