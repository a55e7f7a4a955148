#include "clusters/inspect.hpp"
#include "clusters/json_text.hpp"
#include "clusters/patroni_view.hpp"

#include <nlohmann/json.hpp>

namespace paws::clusters::patroni {

namespace {

using nlohmann::json;

constexpr const char* slots_question = "SELECT slot_name, slot_type, active, coalesce(restart_lsn::text, ''), "
                                       "coalesce(wal_status, '') FROM pg_replication_slots ORDER BY 1";
constexpr const char* streams_question =
    "SELECT application_name, state, sync_state, coalesce(replay_lag::text, '0'), "
    "coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0) FROM pg_stat_replication ORDER BY 1";

} // namespace

std::vector<logic::ask> inspect_asks(const logic::cluster_context& context, const std::string& member) {
  std::vector<logic::ask> out;
  for (const auto& known : asks(context, member)) {
    const auto with = [&](const char* name) {
      out.push_back(known);
      out.back().name = name;
      return &out.back();
    };
    if (known.channel == logic::channel::http) {
      with("cluster");
      with("history")->path = "/history";
    } else {
      with("slots")->sql = slots_question;
      with("streams")->sql = streams_question;
    }
  }
  return out;
}

logic::inspection describe(const logic::cluster_context& context, const logic::inspect_answers& answers) {
  logic::inspection::table topology{"topology", {"member", "role", "state", "timeline", "lag_bytes", "host"}, {}};
  logic::inspection::table streams{
      "replication", {"member", "replica", "state", "sync", "replay_lag", "behind_bytes"}, {}};
  logic::inspection::table slots{"slots", {"member", "slot", "type", "active", "restart_lsn", "wal_status"}, {}};
  logic::inspection::table history{"history", {"timeline", "lsn", "reason", "at", "new_leader"}, {}};
  for (const auto& member : context.cluster.members) {
    const auto& cluster = answer_of(answers, member, "cluster");
    const auto said = json::parse(cluster.text, nullptr, false);
    if (topology.rows.empty() && said.is_object() && said.contains("members") && said["members"].is_array())
      for (const auto& one : said["members"])
        topology.rows.push_back({text_of(one, "name"), text_of(one, "role"), text_of(one, "state"),
                                 text_of(one, "timeline"), text_of(one, "role") == "leader" ? "" : text_of(one, "lag"),
                                 text_of(one, "host")});
    const auto past = json::parse(answer_of(answers, member, "history").text, nullptr, false);
    if (history.rows.empty() && past.is_array())
      for (const auto& one : past) {
        std::vector<std::string> row;
        for (const auto& cell : one.is_array() ? one : json::array())
          row.push_back(cell.is_string() ? cell.get<std::string>() : cell.dump());
        row.resize(history.columns.size());
        history.rows.push_back(std::move(row));
      }
    const auto add = [&](const char* question, logic::inspection::table& into) {
      for (auto row : answer_of(answers, member, question).rows) {
        row.insert(row.begin(), member);
        row.resize(into.columns.size());
        into.rows.push_back(std::move(row));
      }
    };
    add("slots", slots);
    add("streams", streams);
  }
  return {"", "", {topology, streams, slots, history}};
}

} // namespace paws::clusters::patroni
