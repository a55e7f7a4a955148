#include "clusters/inspect.hpp"
#include "clusters/json_text.hpp"
#include "clusters/patroni_view.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

namespace paws::clusters::patroni {

namespace {

using nlohmann::json;

constexpr const char* slots_question = "SELECT slot_name, slot_type, active, coalesce(restart_lsn::text, ''), "
                                       "coalesce(wal_status, '') FROM pg_replication_slots ORDER BY 1";
constexpr const char* streams_question =
    "SELECT application_name, state, sync_state, "
    "coalesce(round(extract(epoch from replay_lag) * 1000), 0)::bigint, "
    "coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0) FROM pg_stat_replication ORDER BY 1";

std::string silence(const logic::answer& answer) {
  return answer.error.empty() ? "does not run" : answer.error;
}

// What a member's Patroni says as JSON; `why` not, when it does not.
json said_by(const logic::answer& answer, std::string& why) {
  if (!answer.ok) {
    why = silence(answer);
    return {};
  }
  auto out = answer.status == 200 ? json::parse(answer.text, nullptr, false) : json();
  why = answer.status != 200  ? "answers HTTP " + std::to_string(answer.status)
        : out.is_structured() ? ""
                              : "answers something that is not Patroni's";
  return why.empty() ? out : json();
}

// All members as one of them knows them, each with why it does not answer itself.
void add_topology(const logic::cluster_context& context, const logic::inspect_answers& answers,
                  logic::inspection::table& into) {
  std::map<std::string, std::string> silent;
  for (const auto& member : context.cluster.members) {
    std::string why;
    const auto said = said_by(answer_of(answers, member, "cluster"), why);
    const bool listed = said.is_object() && said.contains("members") && said["members"].is_array();
    if (!listed)
      silent[member] = why.empty() ? "answers something that is not Patroni's" : why;
    if (!listed || !into.rows.empty())
      continue;
    for (const auto& one : said["members"])
      into.rows.push_back({text_of(one, "name"), text_of(one, "role"), text_of(one, "state"), text_of(one, "timeline"),
                           text_of(one, "role") == "leader" ? "" : text_of(one, "lag"), text_of(one, "host")});
  }
  for (const auto& [member, why] : silent) {
    const auto row =
        std::find_if(into.rows.begin(), into.rows.end(), [&name = member](const auto& one) { return one[0] == name; });
    if (row == into.rows.end())
      into.rows.push_back({member, "", why, "", "", ""});
    else
      (*row)[2] += "; " + why;
  }
}

void add_history(const logic::cluster_context& context, const logic::inspect_answers& answers,
                 logic::inspection::table& into) {
  std::string reasons;
  for (const auto& member : context.cluster.members) {
    std::string why;
    const auto past = said_by(answer_of(answers, member, "history"), why);
    if (!past.is_array()) {
      reasons += (reasons.empty() ? "" : "; ") + member + " " + why;
      continue;
    }
    for (const auto& one : past) {
      std::vector<std::string> row;
      for (const auto& cell : one.is_array() ? one : json::array())
        row.push_back(cell.is_string() ? cell.get<std::string>() : cell.dump());
      row.resize(into.columns.size());
      into.rows.push_back(std::move(row));
    }
    return;
  }
  into.rows.push_back({"", "", reasons, "", ""});
}

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
      "replication", {"member", "replica", "state", "sync", "replay_lag_ms", "behind_bytes"}, {}};
  logic::inspection::table slots{"slots", {"member", "slot", "type", "active", "restart_lsn", "wal_status"}, {}};
  logic::inspection::table history{"history", {"timeline", "lsn", "reason", "at", "new_leader"}, {}};
  add_topology(context, answers, topology);
  add_history(context, answers, history);
  for (const auto& member : context.cluster.members) {
    const auto add = [&](const char* question, logic::inspection::table& into) {
      const auto& answer = answer_of(answers, member, question);
      for (auto row : answer.ok ? answer.rows : std::vector<std::vector<std::string>>{{silence(answer)}}) {
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
