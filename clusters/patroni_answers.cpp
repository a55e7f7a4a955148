// What a Patroni cluster is asked, and its answers as facts.
#include "clusters/patroni_anew.hpp"
#include "clusters/patroni_render.hpp"
#include "clusters/patroni_view.hpp"
#include "clusters/tls.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace paws::clusters::patroni {

namespace {

using nlohmann::json;

constexpr const char* cluster_ask = "patroni.cluster";
constexpr const char* sql_ask = "patroni.sql";
constexpr double ms_per_s = 1000;

// One row. replay_lag is NULL when nothing is on its way: no lag.
constexpr const char* question =
    "SELECT pg_is_in_recovery()::text,"
    " coalesce((SELECT json_agg(json_build_object('name', application_name, 'state', state, 'lag_ms',"
    " coalesce((extract(epoch FROM replay_lag) * 1000)::bigint, 0)))::text FROM pg_stat_replication), '[]'),"
    " coalesce((SELECT status FROM pg_stat_wal_receiver LIMIT 1), ''),"
    " current_setting('synchronous_standby_names')";

std::string text_at(const json& from, const char* key) {
  const auto at = from.find(key);
  return at != from.end() && at->is_string() ? at->get<std::string>() : "";
}

bool is_member_name(const std::string& text) {
  return !text.empty() && text.size() <= 64 && text.find_first_of(" .\n") == std::string::npos;
}

logic::facts from_cluster(const logic::answer& answer) {
  if (answer.status != 200)
    return {{"why", "Patroni answers HTTP " + std::to_string(answer.status)}};
  const auto body = json::parse(answer.text, nullptr, false);
  const auto members = body.is_object() ? body.find("members") : body.end();
  if (!body.is_object() || members == body.end() || !members->is_array())
    return {{"why", "Patroni answers something that is no cluster"}};
  logic::facts out;
  auto& names = out["members"];
  for (const auto& one : *members) {
    const auto title = one.is_object() ? text_at(one, "name") : "";
    if (!is_member_name(title))
      continue;
    names += (names.empty() ? "" : " ") + title;
    out[title + ".role"] = text_at(one, "role");
    out[title + ".state"] = text_at(one, "state");
  }
  return out;
}

logic::facts from_sql(const logic::answer& answer) {
  if (answer.rows.size() != 1 || answer.rows[0].size() != 4)
    return {{"why", "PostgreSQL answers something else than was asked"}};
  const auto& row = answer.rows[0];
  logic::facts out{{"recovery", row[0]}, {"receiver", row[2]}, {"standbys", row[3]}};
  out["metric.patroni_postgres_streaming"] = row[2] == "streaming" ? "1" : "0";
  auto& streaming = out["streaming"];
  const auto standbys = json::parse(row[1], nullptr, false);
  if (!standbys.is_array())
    return {{"why", "PostgreSQL answers something else than was asked"}};
  for (const auto& one : standbys) {
    const auto title = one.is_object() ? text_at(one, "name") : "";
    if (!is_member_name(title) || text_at(one, "state") != "streaming")
      continue;
    streaming += (streaming.empty() ? "" : " ") + title;
    const auto lag = one.find("lag_ms");
    const bool known = lag != one.end() && lag->is_number_integer();
    out[title + ".lag_ms"] = known ? std::to_string(lag->get<std::int64_t>()) : "";
    if (known)
      out["metric.patroni_replication_lag@" + title] =
          std::to_string(static_cast<double>(lag->get<std::int64_t>()) / ms_per_s);
  }
  return out;
}

} // namespace

std::vector<logic::ask> asks(const logic::cluster_context& context, const std::string& member) {
  const auto& place = context.places.members.at(member);
  logic::ask cluster;
  cluster.name = cluster_ask;
  cluster.member = member;
  cluster.channel = logic::channel::http;
  cluster.address = place.address;
  cluster.port = api_port;
  cluster.path = "/cluster";
  // Every answer costs Patroni a question to etcd, and there are three who are asked.
  cluster.steady_interval = logic::milliseconds{2000};
  cluster.timeout = logic::milliseconds{3000};
  logic::ask sql;
  sql.name = sql_ask;
  sql.member = member;
  sql.channel = logic::channel::postgres;
  sql.address = place.address;
  sql.tls = tls_of(context);
  sql.port = postgres_port;
  sql.user = "postgres";
  sql.password = secret(context, "POSTGRES_PASSWORD");
  sql.database = "postgres";
  sql.sql = question;
  return {cluster, sql};
}

logic::facts interpret(const logic::ask& ask, const logic::answer& answer) {
  if (!answer.ok)
    return {};
  if (ask.name.starts_with(initialize_ask))
    return interpret_initialize(answer);
  return ask.name == cluster_ask ? from_cluster(answer) : ask.name == sql_ask ? from_sql(answer) : logic::facts{};
}

} // namespace paws::clusters::patroni
