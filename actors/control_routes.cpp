// The table of the control API's routes, the OpenAPI page made from it, and how requests are taken apart.
#include "actors/control.hpp"
#include "actors/view_json.hpp"

#include <algorithm>
#include <array>

namespace paws {

namespace {

using nlohmann::json;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view lines_type = "application/x-ndjson";
constexpr std::size_t most_services = 1'000; // names in one command
constexpr std::size_t most_trace_id = 64;    // characters

constexpr std::array table{
    control_route{"GET", "/v1/status", "The state of everything", "", json_type, &control_state::status},
    control_route{"GET", "/v1/health", "A fresh check of everything, in parallel", "service", json_type,
                  &control_state::health},
    control_route{"GET", "/v1/events", "The journal: events after `since` (a number, or now); with follow=1 it goes on",
                  "since limit follow", lines_type, &control_state::events},
    control_route{
        "GET", "/v1/logs", "The members' logs in time order: the last `limit` that fit; with follow=1 it goes on",
        "service level text grep trace since until after limit order follow", lines_type, &control_state::logs},
    control_route{"GET", "/v1/actors", "The supervision tree with mailbox sizes", "", json_type,
                  &control_state::actors},
    control_route{"POST", "/v1/commands/start", "Make it so; streams events, the last line is the result", "",
                  lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/stop", "Stop everything in order, the engine ends; or only `services`", "",
                  lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/down", "Stop and remove everything but the data; the engine ends", "",
                  lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/reset", "As down, and the data is destroyed: `confirm_data_loss` must be true",
                  "", lines_type, &control_state::command},
    control_route{"POST", "/v1/commands/pause", "Everything stands still, or nothing does", "", lines_type,
                  &control_state::command},
    control_route{"POST", "/v1/commands/resume", "Everything goes on; ends when health is good again", "", lines_type,
                  &control_state::command},
    control_route{"POST", "/v1/commands/restart",
                  "Restart `services` (with `cascade` all that needs them), until ready", "", lines_type,
                  &control_state::command},
    control_route{"GET", "/health/live", "The engine answers", "", json_type, &control_state::live},
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

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

topology::failure bad_field(const std::string& field, const char* wanted) {
  return {"ERR_CLI_001", "`" + field + "` must be " + wanted, "see: GET /v1/openapi.json"};
}

} // namespace

std::span<const control_route> control_routes() {
  return table;
}

std::string control_request::value(const std::string& key) const {
  std::string out;
  for (auto [at, end] = query.equal_range(key); at != end; ++at)
    out = at->second;
  return out;
}

control_request parse_target(std::string_view target) {
  control_request out;
  const auto question = std::min(target.find('?'), target.size());
  out.path = decoded(target.substr(0, question));
  auto rest = target.substr(std::min(question + 1, target.size()));
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const auto pair = rest.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    if (!pair.empty())
      out.query.emplace(decoded(pair.substr(0, equals)), decoded(pair.substr(std::min(equals + 1, pair.size()))));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return out;
}

// One field of a command's body; false when there is none of that name.
bool take_field(const std::string& key, const json& value, parsed_command& out) {
  auto& into = out.command;
  if (key == "wait_timeout_ms") {
    if (!value.is_number_integer() || value.get<std::int64_t>() < 0 || value.get<std::int64_t>() > 86'400'000)
      out.what = bad_field(key, "milliseconds, at most a day");
    else
      into.wait_timeout_ms = value.get<std::int64_t>();
    return true;
  }
  if (key == "services") {
    const bool names = value.is_array() && value.size() <= most_services &&
                       std::all_of(value.begin(), value.end(), [](const auto& each) { return each.is_string(); });
    if (!names)
      out.what = bad_field(key, "a list of names");
    else
      into.services = value.get<std::vector<std::string>>();
    return true;
  }
  if (key == "trace_id") {
    if (!value.is_string() || value.get<std::string>().size() > most_trace_id)
      out.what = bad_field(key, "a word of at most 64 characters");
    else
      into.trace_id = value.get<std::string>();
    return true;
  }
  bool* flag = key == "keep_on_failure"     ? &into.keep_on_failure
               : key == "volumes"           ? &into.destroy_data
               : key == "interrupted"       ? &into.interrupted
               : key == "cascade"           ? &into.cascade
               : key == "confirm_data_loss" ? &out.confirmed
                                            : nullptr;
  if (flag == nullptr)
    return false;
  if (!value.is_boolean())
    out.what = bad_field(key, "true or false");
  else
    *flag = value.get<bool>();
  return true;
}

parsed_command parse_command(const std::string& name, const std::string& body) {
  parsed_command out;
  out.command.name = name;
  const auto from = body.empty() ? json::object() : json::parse(body, nullptr, false);
  if (!from.is_object()) {
    out.what = {"ERR_CLI_001", "the body is no JSON object", "send {} or the fields of the command"};
    return out;
  }
  for (const auto& [key, value] : from.items())
    if (out.what.code.empty() && !take_field(key, value, out))
      out.what = {"ERR_CLI_001", name + " knows no field `" + key + "`", "see: GET /v1/openapi.json"};
  if (name == "reset")
    out.command.destroy_data = true;
  if (name == "reset" && !out.confirmed && out.what.code.empty())
    out.what = {"ERR_CLI_001", "reset destroys all data: it needs confirm_data_loss",
                "send {\"confirm_data_loss\":true}"};
  return out;
}

void control_state::openapi(const control_request& request) {
  json paths = json::object();
  for (const auto& route : control_routes()) {
    json parameters = json::array();
    std::string_view names = route.parameters;
    while (!names.empty()) {
      const auto end = std::min(names.find(' '), names.size());
      parameters.push_back(
          {{"name", names.substr(0, end)}, {"in", "query"}, {"required", false}, {"schema", {{"type", "string"}}}});
      names.remove_prefix(std::min(end + 1, names.size()));
    }
    std::string method{route.method};
    std::transform(method.begin(), method.end(), method.begin(),
                   [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
    json operation{{"summary", route.summary}, {"parameters", std::move(parameters)}};
    operation["responses"]["200"] = {{"description", "success"},
                                     {"content", {{std::string{route.returns}, json::object()}}}};
    operation["responses"]["default"] = {{"description", "an error document"},
                                         {"content", {{std::string{json_type}, json::object()}}}};
    paths[std::string{route.path}][method] = std::move(operation);
  }
  reply(request.id, 200,
        dump({{"openapi", "3.1.0"},
              {"info", {{"title", "paws-engine control API"}, {"version", PAWS_VERSION}}},
              {"paths", std::move(paths)}}));
}

} // namespace paws
