#include "actors/control_fields.hpp"

#include "actors/control.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace paws {

namespace {

using nlohmann::json;
using enum field_kind;

constexpr std::array in_bodies{
    body_field{
        "services", words, 1'000, "Names of services: only these",
        [](const json& value, parsed_command& into) { into.command.services = value.get<std::vector<std::string>>(); }},
    body_field{
        "wait_timeout_ms", number, 86'400'000, "How long readiness is awaited; 0: as the topology says",
        [](const json& value, parsed_command& into) { into.command.wait_timeout_ms = value.get<std::int64_t>(); }},
    body_field{"keep_on_failure", flag, 0, "A start that fails leaves what it created running",
               [](const json& value, parsed_command& into) { into.command.keep_on_failure = value.get<bool>(); }},
    body_field{"volumes", flag, 0, "The data goes as well",
               [](const json& value, parsed_command& into) { into.command.destroy_data = value.get<bool>(); }},
    body_field{"confirm_data_loss", flag, 0, "Whoever asks knows that the data is lost",
               [](const json& value, parsed_command& into) { into.confirmed = value.get<bool>(); }},
    body_field{"cascade", flag, 0, "Also what needs them",
               [](const json& value, parsed_command& into) { into.command.cascade = value.get<bool>(); }},
    body_field{"interrupted", flag, 0, "This takes back a command that was interrupted",
               [](const json& value, parsed_command& into) { into.command.interrupted = value.get<bool>(); }},
    body_field{
        "secrets", words, 1'000, "Names of secrets: only these",
        [](const json& value, parsed_command& into) { into.command.secrets = value.get<std::vector<std::string>>(); }},
    body_field{"drill", text, 64, "Name of a drill",
               [](const json& value, parsed_command& into) { into.command.drill = value.get<std::string>(); }},
    body_field{"fault", text, 64, "What a drill does; none: its own choice",
               [](const json& value, parsed_command& into) { into.command.fault = value.get<std::string>(); }},
    body_field{"target", text, 255, "Name of a member; none: by its role. reinit: of a member or a cluster",
               [](const json& value, parsed_command& into) { into.command.target = value.get<std::string>(); }},
    body_field{
        "from", words, 1'000, "Names of services: a partition cuts off from these only",
        [](const json& value, parsed_command& into) { into.command.from = value.get<std::vector<std::string>>(); }},
    body_field{"repeat", number, 1'000, "How often a drill is done",
               [](const json& value, parsed_command& into) { into.command.repeat = value.get<std::int64_t>(); }},
    body_field{"no_writer", flag, 0, "A drill writes nothing: nothing is proven about writes",
               [](const json& value, parsed_command& into) { into.command.no_writer = value.get<bool>(); }},
    body_field{"force", flag, 0, "Also when not everything is well before, or a candidate may lack writes",
               [](const json& value, parsed_command& into) { into.command.force = value.get<bool>(); }},
    body_field{"trace_id", text, 64, "Written to every event of the command; made up when there is none",
               [](const json& value, parsed_command& into) { into.command.trace_id = value.get<std::string>(); }},
};

constexpr std::array in_queries{
    query_field{"service", words, "Names of services, clusters or routes, separated by commas"},
    query_field{"since", text, "Events: after this number, or now. Logs: at or after this time (RFC 3339)"},
    query_field{"since_id", number, "Of the lines of that very time only those behind this one"},
    query_field{"until", text, "Before this time (RFC 3339)"},
    query_field{"limit", number, "At most so many"},
    query_field{"follow", flag, "1 or true: go on with what comes"},
    query_field{"level", text, "At least this: trace, debug, info, warning, error or fatal"},
    query_field{"text", text, "All these words, in any case"},
    query_field{"grep", text, "A regular expression (RE2)"},
    query_field{"trace", text, "This trace id"},
    query_field{"after", number, "Collected after the line of this id"},
    query_field{"order", text, "newest (the last that fit) or oldest (the first)"},
};

const char* type_of(field_kind kind) {
  switch (kind) {
  case flag:
    return "boolean";
  case number:
    return "integer";
  case text:
    return "string";
  case words:
    return "array";
  }
  return "string";
}

bool fits(const body_field& field, const json& value) {
  const auto most = static_cast<std::size_t>(field.most);
  switch (field.kind) {
  case flag:
    return value.is_boolean();
  case number:
    return value.is_number_integer() && value.get<std::int64_t>() >= 0 && value.get<std::int64_t>() <= field.most;
  case text:
    return value.is_string() && !value.get_ref<const std::string&>().empty() &&
           value.get_ref<const std::string&>().size() <= most;
  case words:
    return value.is_array() && value.size() <= most &&
           std::all_of(value.begin(), value.end(), [](const auto& each) { return each.is_string(); });
  }
  return false;
}

} // namespace

std::span<const body_field> body_fields() {
  return in_bodies;
}

std::span<const query_field> query_fields() {
  return in_queries;
}

std::string misfit(const body_field& field, const json& value) {
  if (fits(field, value))
    return "";
  const auto most = std::to_string(field.most);
  switch (field.kind) {
  case flag:
    return "true or false";
  case number:
    return "a whole number, at most " + most;
  case text:
    return "a word of at most " + most + " characters";
  case words:
    return "a list of at most " + most + " names";
  }
  return "something else";
}

json body_schema(bool destroys_data) {
  json fields = json::object();
  for (const auto& field : body_fields()) {
    json schema{{"type", type_of(field.kind)}, {"description", field.about}};
    if (field.kind == words)
      schema["items"] = {{"type", "string"}};
    if (field.kind == number)
      schema["minimum"] = 0;
    if (field.most > 0)
      schema[field.kind == words ? "maxItems" : field.kind == text ? "maxLength" : "maximum"] = field.most;
    fields[std::string{field.name}] = std::move(schema);
  }
  json out{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(fields)}};
  if (destroys_data)
    out["required"] = json::array({"confirm_data_loss"});
  return out;
}

json parameter_schema(const query_field& field) {
  json out{{"type", type_of(field.kind)}};
  if (field.kind == words)
    out["items"] = {{"type", "string"}};
  return out;
}

} // namespace paws
