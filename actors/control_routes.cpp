// The table of the control API's routes, and the OpenAPI page made from it.
#include "actors/control.hpp"
#include "actors/control_fields.hpp"
#include "actors/registered_messages.hpp"
#include "actors/view_json.hpp"

#include <algorithm>
#include <array>

namespace paws {

namespace {

using nlohmann::json;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view lines_type = "application/x-ndjson";

constexpr std::array table{
    control_route{"GET", "/v1/status", "The state of everything", "", json_type, &control_state::status},
    control_route{"GET", "/v1/health", "A fresh check of everything, in parallel", "service", json_type,
                  &control_state::health},
    control_route{"GET", "/v1/events", "The journal: events after `since` (a number, or now); with follow=1 it goes on",
                  "since limit follow", lines_type, &control_state::events},
    control_route{"GET", "/v1/logs",
                  "The members' logs in time order: the last `limit` that fit; with follow=1 it goes on, and says "
                  "`after` which id",
                  "service level text grep trace since since_id until after limit order follow", lines_type,
                  &control_state::logs},
    control_route{"GET", "/v1/actors", "The supervision tree with mailbox sizes", "", json_type,
                  &control_state::actors},
    control_route{"POST", "/v1/commands/start", "Make it so; streams events, the last line is the result", "",
                  lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/stop", "Stop everything in order, the engine ends; or only `services`", "",
                  lines_type, &control_state::command},
    control_route{
        "POST", "/v1/commands/down",
        "Stop and remove everything but the data; with `volumes` and `confirm_data_loss` that too; the engine "
        "ends",
        "", lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/reset", "As down, and the data is destroyed: `confirm_data_loss` must be true",
                  "", lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/pause", "Everything stands still, or nothing does", "", lines_type,
                  &control_state::command},
    control_route{"POST", "/v1/commands/resume", "Everything goes on; ends when health is good again", "", lines_type,
                  &control_state::command},
    control_route{"POST", "/v1/commands/restart",
                  "Restart `services` (with `cascade` all that needs them), until ready", "", lines_type,
                  &control_state::command},
    control_route{"POST", "/v1/commands/rotate",
                  "New values for `secrets` (all generated ones that are in use), while everything runs", "",
                  lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/drill",
                  "Break something on purpose (`drill`, `fault`, `target`, `from`), measure, take it back, prove; "
                  "`repeat` times",
                  "", lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/undo", "Take back every open fault; ends a drill that is under way", "",
                  lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/resume-after-sleep",
                  "What the clock watch does by itself: what was known before does not count, everything is checked, "
                  "only what does not recover by itself is started anew",
                  "", lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/time-sync",
                  "Compare this machine's clock with its hardware's and its members'; set it where that is permitted",
                  "", lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/switchover",
                  "The leader of a Patroni cluster hands over to `target` (the synchronous standby): nothing is lost",
                  "", lines_type, &control_state::command},
    control_route{
        "POST", "/v1/commands/failover",
        "`target` leads, also when nobody does; with `force` without the engine's checks: acknowledged writes "
        "may be lost then",
        "", lines_type, &control_state::command},
    control_route{
        "POST", "/v1/commands/reinit",
        "The data of `target`, a member or a cluster, is destroyed and made anew: `confirm_data_loss` must be "
        "true",
        "", lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/defragment",
                  "etcd is compacted and defragmented, member by member, and its alarm NOSPACE taken back", "",
                  lines_type, &control_state::command},
    control_route{"POST", "/v1/send",
                  "Deliver one registered message to one actor: it asks, and changes nothing that the stack is meant "
                  "to be",
                  "", json_type, &control_state::send},
    control_route{"GET", "/health/live", "200 when the environment answers within 2 s, 503 when it is stuck", "",
                  json_type, &control_state::live},
    control_route{"GET", "/health/ready", "200 when the environment is ready, 503 when it is not", "", json_type,
                  &control_state::ready},
    control_route{"GET", "/v1/resources", "What members use of what they may, and what the machine has left", "",
                  json_type, &control_state::resources},
    control_route{"GET", "/v1/inspect/etcd", "Members, keys and alarms of etcd", "", json_type,
                  &control_state::inspect},
    control_route{"GET", "/v1/inspect/patroni", "Topology, slots and history of PostgreSQL", "", json_type,
                  &control_state::inspect},
    control_route{"GET", "/v1/inspect/redis", "Topology, memory, keys of Redis and what the Sentinels see", "",
                  json_type, &control_state::inspect},
    control_route{"GET", "/metrics", "For Prometheus", "", "text/plain", &control_state::metrics},
    control_route{"GET", "/v1/openapi.json", "This page", "", json_type, &control_state::openapi},
};

} // namespace

std::span<const control_route> control_routes() {
  return table;
}

namespace {

json parameters_of(const control_route& route) {
  json out = json::array();
  std::string_view names = route.parameters;
  while (!names.empty()) {
    const auto end = std::min(names.find(' '), names.size());
    const auto field = std::find_if(query_fields().begin(), query_fields().end(),
                                    [&](const auto& each) { return each.name == names.substr(0, end); });
    json parameter{{"name", names.substr(0, end)}, {"in", "query"}, {"required", false}};
    if (field != query_fields().end()) {
      parameter["description"] = field->about;
      parameter["schema"] = parameter_schema(*field);
      if (field->kind == field_kind::words)
        parameter["explode"] = false; // separated by commas
    }
    out.push_back(std::move(parameter));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return out;
}

json content(std::string_view type, json schema = json::object()) {
  return {{std::string{type}, std::move(schema)}};
}

json operation_of(const control_route& route) {
  json out{{"summary", route.summary}, {"parameters", parameters_of(route)}};
  if (route.method == "POST") {
    const bool destroys = route.path.ends_with("/reset") || route.path.ends_with("/reinit");
    const bool sends = route.path == "/v1/send";
    json body{{"schema", sends ? send_schema() : body_schema(destroys)}};
    out["requestBody"] = {{"required", destroys || sends}, {"content", content(json_type, body)}};
  }
  out["responses"]["200"] = {{"description", "success"}, {"content", content(route.returns)}};
  out["responses"]["default"] = {{"description", "an error document"}, {"content", content(json_type)}};
  return out;
}

} // namespace

void control_state::openapi(const control_request& request) {
  json paths = json::object();
  for (const auto& route : control_routes())
    paths[std::string{route.path}][route.method == "GET" ? "get" : "post"] = operation_of(route);
  reply(request.id, 200,
        dump({{"openapi", "3.1.0"},
              {"info", {{"title", "paws-engine control API"}, {"version", PAWS_VERSION}}},
              {"paths", std::move(paths)}}));
}

} // namespace paws
