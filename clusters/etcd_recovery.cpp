// A database that has reached its quota: all that is old is compacted, each member gives the room back, one after the
// other and the leader last, since a member answers nobody meanwhile; then the alarm is taken back, by which etcd has
// refused every write since. All of it is root's business where there are users.
#include "clusters/recovery_kits.hpp"

#include "clusters/etcd_answers.hpp"
#include "clusters/etcd_users.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace paws::clusters::etcd {

namespace {

using logic::ask_next;
using logic::await_change;
using logic::finished;
using logic::give_up;
using logic::recovery_move;
using logic::recovery_request;
using logic::recovery_sight;
using nlohmann::json;

constexpr const char* before_ask = "etcd.recovery.before "; // and whom
constexpr const char* compact_ask = "etcd.recovery.compact";
constexpr const char* defragment_ask = "etcd.recovery.defragment "; // and whom
constexpr const char* alarms_ask = "etcd.recovery.alarms";
constexpr const char* disarm_ask = "etcd.recovery.disarm "; // and whose
constexpr const char* after_ask = "etcd.recovery.after ";   // and whom
constexpr logic::milliseconds long_timeout{60'000};         // a full database of 2 GB is written anew
constexpr const char* look = "see what it says: paws-engine ctl inspect etcd";

logic::ask by_root(const recovery_sight& seen, const std::string& member, const std::string& name,
                   const std::string& path, const json& body, logic::milliseconds timeout) {
  auto out = root_ask(seen.context, member, name, path, body.dump());
  out.timeout = timeout;
  return out;
}

bool well(const logic::answer* got) {
  return got != nullptr && got->ok && got->status == 200;
}

// Ids take all 64 bits, which no number of ours has: they stay the texts that they are.
std::string id_at(const json& from, const char* key) {
  const auto at = from.is_object() ? from.find(key) : from.end();
  return at != from.end() && at->is_string() ? at->get<std::string>() : "";
}

std::int64_t revision_in(const logic::answer& status) {
  return number_at(object_at(body_of(status), "header"), "revision").value_or(0);
}

std::int64_t size_in(const logic::answer& status) {
  return number_at(body_of(status), "dbSize").value_or(0);
}

// As the members say themselves: with an alarm set nobody counts as well, and the view names no leader.
std::string leader_of(const recovery_sight& seen) {
  for (const auto& member : seen.context.cluster.members)
    if (const auto* status = seen.find(before_ask + member); status != nullptr) {
      const auto body = body_of(*status);
      const auto id = id_at(object_at(body, "header"), "member_id");
      if (!id.empty() && id_at(body, "leader") == id)
        return member;
    }
  return "";
}

// In the order in which they are defragmented.
std::vector<std::string> leader_last(const recovery_sight& seen) {
  auto out = seen.context.cluster.members;
  std::stable_partition(out.begin(), out.end(), [last = leader_of(seen)](const auto& each) { return each != last; });
  return out;
}

recovery_move ended(const recovery_sight& seen, std::int64_t disarmed) {
  logic::recovery_report report;
  report.cluster = seen.context.cluster.name;
  report.disarmed = disarmed;
  for (const auto& member : seen.context.cluster.members)
    report.sizes.push_back({member, size_in(*seen.find(before_ask + member)), size_in(*seen.find(after_ask + member))});
  return finished(std::move(report));
}

// Each alarm, one after the other; then the sizes.
recovery_move after_alarms(const recovery_sight& seen, const logic::answer& alarms) {
  std::int64_t disarmed = 0;
  const auto first = leader_of(seen);
  for (const auto& alarm : list_at(body_of(alarms), "alarms").value_or(json::array())) {
    const auto id = id_at(alarm, "memberID");
    if (id_at(alarm, "alarm") != "NOSPACE")
      continue;
    const auto* done = seen.find(disarm_ask + id);
    if (done == nullptr)
      return ask_next(by_root(seen, first, disarm_ask + id, "/v3/maintenance/alarm",
                              {{"action", "DEACTIVATE"}, {"memberID", id}, {"alarm", "NOSPACE"}}, long_timeout),
                      "the alarm NOSPACE is taken back");
    if (!well(done))
      return give_up(not_done("the alarm NOSPACE could not be taken back: " + words_of(*done), look));
    ++disarmed;
  }
  for (const auto& member : seen.context.cluster.members) {
    const auto* size = seen.find(after_ask + member);
    if (size == nullptr)
      return ask_next(gateway_ask(seen.context, member, after_ask + member, "/v3/maintenance/status", "{}"), "");
    if (!well(size) || size_in(*size) == 0)
      return give_up(not_done(member + " does not say its size: " + words_of(*size), look));
  }
  if (!seen.now.ready)
    return await_change(seen.now.awaited.empty() ? "not every member is well" : seen.now.awaited.front());
  return ended(seen, disarmed);
}

recovery_move next(const recovery_request&, const recovery_sight& seen) {
  const auto& context = seen.context;
  for (const auto& member : context.cluster.members) {
    const auto* status = seen.find(before_ask + member);
    if (status == nullptr)
      return ask_next(gateway_ask(context, member, before_ask + member, "/v3/maintenance/status", "{}"), "");
    if (!well(status) || revision_in(*status) == 0 || size_in(*status) == 0)
      return give_up(not_safe(member + " does not answer: " + words_of(*status),
                              "a database is defragmented with every member there: paws-engine start"));
  }
  const auto leader = leader_of(seen);
  if (leader.empty())
    return give_up(not_safe(context.cluster.name + " has no leader: nothing can be compacted",
                            "see which members are down: paws-engine ctl status"));
  const auto* compacted = seen.find(compact_ask);
  if (compacted == nullptr) {
    const auto revision = std::to_string(revision_in(*seen.find(before_ask + leader)));
    return ask_next(by_root(seen, leader, compact_ask, "/v3/kv/compaction",
                            {{"revision", revision}, {"physical", true}}, long_timeout),
                    "what is older than revision " + revision + " is compacted");
  }
  if (!well(compacted) && compacted->text.find("has been compacted") == std::string::npos)
    return give_up(not_done("it could not be compacted: " + words_of(*compacted), look));
  for (const auto& member : leader_last(seen)) {
    const auto* done = seen.find(defragment_ask + member);
    if (done == nullptr)
      return ask_next(
          by_root(seen, member, defragment_ask + member, "/v3/maintenance/defragment", json::object(), long_timeout),
          member + " is defragmented");
    if (!well(done))
      return give_up(not_done(member + " could not be defragmented: " + words_of(*done), look));
  }
  const auto* alarms = seen.find(alarms_ask);
  if (alarms == nullptr)
    return ask_next(by_root(seen, leader, alarms_ask, "/v3/maintenance/alarm", {{"action", "GET"}}, long_timeout), "");
  if (!well(alarms))
    return give_up(not_done("it does not say its alarms: " + words_of(*alarms), look));
  return after_alarms(seen, *alarms);
}

// Without it the others must still be a majority of all, and well.
topology::failure keeps_data(const logic::cluster_context& context, const logic::cluster_view& view,
                             const std::string& member) {
  const auto& members = context.cluster.members;
  const auto well_without = static_cast<std::size_t>(std::count_if(
      view.members.begin(), view.members.end(), [&](const auto& each) { return each.healthy && each.name != member; }));
  if (well_without > members.size() / 2)
    return {};
  return not_safe("without " + member + ", " + context.cluster.name + " has no majority: " +
                      std::to_string(well_without) + " of " + std::to_string(members.size()) + " members would be well",
                  "bring the others back first: paws-engine start");
}

} // namespace

const logic::recovery_kit recovery{{"defragment"}, next, keeps_data, nullptr};

} // namespace paws::clusters::etcd
