#include "clusters/etcd_users.hpp"
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

// An object; an empty one when the answer is none.
json parsed(const logic::answer& from) {
  auto out = from.ok && from.status == 200 ? json::parse(from.text, nullptr, false) : json();
  return out.is_object() ? out : json::object();
}

// Why `status` is no description of a member; "" when it is.
std::string flaw(const logic::answer& status, const json& said) {
  if (!status.ok)
    return status.error.empty() ? "does not run" : status.error;
  if (status.status != 200)
    return "answers HTTP " + std::to_string(status.status);
  return said.contains("header") && said["header"].is_object() ? "" : "answers something that is not etcd's status";
}

// The alarms of member `id`: "none" only when it was asked and said so.
std::string alarms_of(const logic::answer& answer, const std::string& id) {
  const auto about = answer.ok && answer.status == 200 ? json::parse(answer.text, nullptr, false) : json();
  if (!about.is_object()) // etcd 3.4 says {} when there is none
    return "not known";
  std::string out;
  if (about.contains("alarms") && about["alarms"].is_array())
    for (const auto& alarm : about["alarms"])
      if (text_of(alarm, "memberID") == id)
        out += (out.empty() ? "" : ",") + text_of(alarm, "alarm");
  return out.empty() ? "none" : out;
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
  // Every key: from the first to the last. Only that needs a user.
  auto keys = with("etcd.keys", "/v3/kv/range", R"({"key":"AA==","range_end":"AA==","count_only":true})");
  if (context.cluster.tls)
    keys = as_user(std::move(keys), context, engine_user);
  return {status, with("etcd.alarms", "/v3/maintenance/alarm", R"({"action":"GET"})"), keys};
}

logic::inspection describe(const logic::cluster_context& context, const logic::inspect_answers& answers) {
  logic::inspection::table members{
      "members",
      {"member", "id", "role", "version", "revision", "db_size_bytes", "raft_term", "raft_index", "alarms"},
      {}};
  std::string keys;
  for (const auto& member : context.cluster.members) {
    const auto& status = answer_of(answers, member, "etcd.status");
    const auto said = parsed(status);
    if (const auto why = flaw(status, said); !why.empty()) {
      members.rows.push_back({member, "", why, "", "", "", "", "", ""});
      continue;
    }
    const auto& header = said["header"];
    const auto id = text_of(header, "member_id"), leader = text_of(said, "leader");
    // Zero is left out: no member has that id.
    const auto* role = leader.empty() || leader == "0" ? "no leader" : id == leader ? "leader" : "follower";
    members.rows.push_back({member, hex_id(id), role, text_of(said, "version"), text_of(header, "revision"),
                            text_of(said, "dbSize"), text_of(said, "raftTerm"), text_of(said, "raftIndex"),
                            alarms_of(answer_of(answers, member, "etcd.alarms"), id)});
    const auto range = parsed(answer_of(answers, member, "etcd.keys"));
    if (keys.empty() && range.contains("header"))
      keys = range.contains("count") ? text_of(range, "count") : "0";
  }
  return {"", "", {members, {"keys", {"count"}, {{keys}}}}};
}

} // namespace paws::clusters::etcd
