#include "clusters/etcd_view.hpp"
#include "clusters/inspect.hpp"
#include "clusters/json_text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>

namespace paws::clusters::etcd {

namespace {

using nlohmann::json;

// Ids are known in hexadecimal.
std::string hex_id(const std::string& decimal) {
  std::array<char, 32> out{};
  std::snprintf(out.data(), out.size(), "%llx", std::strtoull(decimal.c_str(), nullptr, 10));
  return decimal.empty() ? "" : out.data();
}

json parsed(const logic::answer& from) {
  auto out = json::parse(from.text, nullptr, false);
  return out.is_object() ? out : json::object();
}

} // namespace

std::vector<logic::ask> inspect_asks(const logic::cluster_context& context, const std::string& member) {
  auto status = asks(context, member).front();
  const auto with = [&](const char* name, const char* path, const char* body) {
    auto out = status;
    out.name = name;
    out.path = path;
    out.body = body;
    return out;
  };
  // Every key: from the first to the last.
  return {status, with("etcd.alarms", "/v3/maintenance/alarm", R"({"action":"GET"})"),
          with("etcd.keys", "/v3/kv/range", R"({"key":"AA==","range_end":"AA==","count_only":true})")};
}

logic::inspection describe(const logic::cluster_context& context, const logic::inspect_answers& answers) {
  logic::inspection::table members{
      "members", {"member", "id", "role", "version", "revision", "db_size", "raft_term", "raft_index", "alarms"}, {}};
  std::string keys;
  for (const auto& member : context.cluster.members) {
    const auto& status = answer_of(answers, member, "etcd.status");
    if (!status.ok || status.status != 200) {
      members.rows.push_back(
          {member, "", status.error.empty() ? "does not run" : status.error, "", "", "", "", "", ""});
      continue;
    }
    const auto said = parsed(status);
    const auto header = said.contains("header") ? said["header"] : json::object();
    const auto id = text_of(header, "member_id"), leader = text_of(said, "leader");
    const auto about = parsed(answer_of(answers, member, "etcd.alarms"));
    std::string alarms;
    if (about.contains("alarms") && about["alarms"].is_array())
      for (const auto& alarm : about["alarms"])
        if (text_of(alarm, "memberID") == id)
          alarms += (alarms.empty() ? "" : ",") + text_of(alarm, "alarm");
    members.rows.push_back({member, hex_id(id), id == leader ? "leader" : "follower", text_of(said, "version"),
                            text_of(header, "revision"), text_of(said, "dbSize"), text_of(said, "raftTerm"),
                            text_of(said, "raftIndex"), alarms.empty() ? "none" : alarms});
    const auto range = parsed(answer_of(answers, member, "etcd.keys"));
    if (keys.empty() && range.contains("header"))
      keys = range.contains("count") ? text_of(range, "count") : "0";
  }
  return {"", "", {members, {"keys", {"count"}, {{keys.empty() ? "not known" : keys}}}}};
}

} // namespace paws::clusters::etcd
