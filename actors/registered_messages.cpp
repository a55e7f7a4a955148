#include "actors/registered_messages.hpp"

#include "actors/clock_json.hpp"
#include "actors/view_json.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace paws {

namespace {

using nlohmann::json;
using enum field_kind;

constexpr std::chrono::seconds slowest_answer{20}; // the slowest, a health report, is answered within 15 s

constexpr std::array services_field{body_field{"services", words, 1'000, "Only these", nullptr}};
constexpr std::array kind_field{body_field{"kind", text, 64, "etcd, patroni or redis-sentinel", nullptr}};
constexpr std::array member_field{body_field{"member", text, 255, "Name of a member", nullptr}};
constexpr std::array tail_fields{body_field{"member", text, 255, "Name of a member", nullptr},
                                 body_field{"lines", number, 10'000, "How many (20)", nullptr}};
constexpr std::array page_fields{body_field{"since", number, std::int64_t{1} << 53, "Behind this number (0)", nullptr},
                                 body_field{"limit", number, 10'000, "How many (100)", nullptr}};
constexpr std::array fast_field{body_field{"fast", flag, 0, "As often as while something is awaited (true)", nullptr}};

json answer_json(const logic::observation& what) {
  return {{"ask", what.name},      {"member", what.member},
          {"ok", what.ok},         {"error", text_or_null(what.error)},
          {"known", what.known},   {"generation", what.generation},
          {"us", what.duration_us}};
}

json answer_json(const logic::inspection& what) {
  return to_json(inspection_list{what});
}

json answer_json(const container_info& what) {
  return {{"name", what.name},
          {"id", text_or_null(what.id)},
          {"status", to_string(what.status)},
          {"pid", what.pid},
          {"started_at", what.started_at_us == 0 ? json(nullptr) : json(to_rfc3339(what.started_at_us))},
          {"exited_at", what.exited_at_us == 0 ? json(nullptr) : json(to_rfc3339(what.exited_at_us))},
          {"exit_code", what.exit_code},
          {"exit_signal", what.exit_signal},
          {"oom_killed", what.oom_killed},
          {"stop_requested", what.stop_requested},
          {"unsupported", what.unsupported}};
}

json answer_json(const container_list& what) {
  auto out = json::array();
  for (const auto& each : what)
    out.push_back(answer_json(each));
  return out;
}

json answer_json(const event_list& what) {
  auto out = json::array();
  for (const auto& each : what)
    out.push_back(to_json(each));
  return out;
}

json answer_json(const container_stats& what) {
  return {{"memory_bytes", what.memory_bytes}, {"memory_limit_bytes", what.memory_limit_bytes},
          {"cpu_usec", what.cpu_usec},         {"cpu_limit", what.cpu_limit},
          {"periods", what.periods},           {"throttled_periods", what.throttled_periods},
          {"oom_kills", what.oom_kills},       {"disk_bytes", what.disk_bytes},
          {"processes", what.processes}};
}

json answer_json(const host_stats& what) {
  return {{"memory_bytes", what.memory_bytes},
          {"memory_available_bytes", what.memory_available_bytes},
          {"disk_bytes", what.disk_bytes},
          {"disk_available_bytes", what.disk_available_bytes},
          {"cpus", what.cpus},
          {"load", what.load}};
}

json answer_json(const runtime_capabilities& what) {
  json lacks = json::object();
  for (const auto& [limit, reason] :
       std::initializer_list<std::pair<const char*, std::string>>{{"memory_limit", what.memory_limit},
                                                                  {"cpu_limit", what.cpu_limit},
                                                                  {"pause", what.pause},
                                                                  {"partition", what.partition},
                                                                  {"networks", what.networks},
                                                                  {"images", what.images}})
    lacks[limit] = text_or_null(reason);
  return {{"runtime", what.name}, {"lacks", std::move(lacks)}};
}

json answer_json(const line_list& what) {
  return what;
}

json answer_json(bool what) {
  return what;
}

json answer_json(std::uint64_t what) {
  return what;
}

template <class Document>
json answer_json(const Document& what) {
  return to_json(what);
}

template <class Actor, class Answer, class... Words>
void ask(const delivery& what, const Words&... words) {
  what.sender->request(caf::actor_cast<Actor>(what.to), slowest_answer, words...)
      .then([what](const Answer& answer) { what.answered(answer_json(answer)); },
            [what](const caf::error& why) { what.failed(why); });
}

// One word and an answer: what most of them are.
template <class Actor, class Answer, class Word>
void ask_for(const delivery& what) {
  ask<Actor, Answer>(what, Word{});
}

template <class Actor, class Answer, class Word>
void ask_of_member(const delivery& what) {
  ask<Actor, Answer>(what, Word{}, what.body.at("member").get<std::string>());
}

constexpr std::array registered{
    registered_message{
        "", "actors", "Its row, and those of what is below it", {}, ask_for<mailbox_source, actor_list, actors_atom>},

    registered_message{"environment",
                       "status",
                       "The state of everything",
                       {},
                       ask_for<environment_actor, logic::environment_view, status_atom>},
    registered_message{"environment", "health", "A fresh check of everything, in parallel", services_field,
                       [](const delivery& what) {
                         ask<environment_actor, logic::health_report>(what, health_atom_v,
                                                                      what.body.value("services", line_list{}));
                       }},
    registered_message{"environment", "describe", "What the daemons of one kind say of themselves", kind_field,
                       [](const delivery& what) {
                         ask<environment_actor, inspection_list>(what, describe_atom_v,
                                                                 what.body.at("kind").get<std::string>());
                       }},

    registered_message{"cluster",
                       "health",
                       "What it thinks of its members, asked now",
                       {},
                       ask_for<cluster_actor, logic::component_report, health_atom>},
    registered_message{"cluster",
                       "describe",
                       "What its daemons say of themselves",
                       {},
                       ask_for<cluster_actor, logic::inspection, describe_atom>},
    registered_message{"service",
                       "health",
                       "All its probes, asked now",
                       {},
                       ask_for<service_actor, logic::component_report, health_atom>},
    registered_message{
        "route", "health", "Where it leads, asked now", {}, ask_for<route_actor, logic::component_report, health_atom>},
    registered_message{"probe",
                       "now",
                       "Asks at once, and answers what it saw",
                       {},
                       ask_for<probe_actor, logic::observation, now_atom>},
    registered_message{"probe", "pace", "How often it asks, until its service next decides", fast_field,
                       [](const delivery& what) {
                         what.sender->send(caf::actor_cast<probe_actor>(what.to), pace_atom_v,
                                           what.body.value("fast", true));
                         what.answered(nullptr);
                       }},

    registered_message{"runtime",
                       "capabilities",
                       "What it lacks on this machine, with the reasons",
                       {},
                       ask_for<runtime_actor, runtime_capabilities, capabilities_atom>},
    registered_message{"runtime",
                       "list",
                       "Every container of this environment, running or not",
                       {},
                       ask_for<runtime_actor, container_list, list_atom>},
    registered_message{"runtime", "inspect", "One member's container", member_field,
                       ask_of_member<runtime_actor, container_info, inspect_atom>},
    registered_message{"runtime", "stats", "What one member uses", member_field,
                       ask_of_member<runtime_actor, container_stats, stats_atom>},
    registered_message{"runtime", "tail", "The last lines of one member's output", tail_fields,
                       [](const delivery& what) {
                         ask<runtime_actor, line_list>(what, tail_atom_v, what.body.at("member").get<std::string>(),
                                                       what.body.value("lines", std::uint32_t{20}));
                       }},
    registered_message{"runtime",
                       "resources",
                       "What this machine has, and has left",
                       {},
                       ask_for<runtime_actor, host_stats, resources_atom>},
    registered_message{"journal", "read", "A page of events", page_fields,
                       [](const delivery& what) {
                         ask<journal_actor, event_list>(what, read_atom_v, what.body.value("since", std::uint64_t{0}),
                                                        what.body.value("limit", std::uint32_t{100}));
                       }},
    registered_message{
        "store", "last", "The number of the last event on disk", {}, ask_for<store_actor, std::uint64_t, last_atom>},
    registered_message{"log collector",
                       "flush",
                       "Collects what there is now, and answers the last line's id",
                       {},
                       ask_for<log_collector_actor, std::uint64_t, flush_atom>},
    registered_message{"clock watch",
                       "now",
                       "Reads the clocks at once: was there a gap?",
                       {},
                       ask_for<clock_watch_actor, bool, now_atom>},
    registered_message{
        "clock watch",
        "clocks",
        "This machine's clock against its hardware's; sets nothing",
        {},
        [](const delivery& what) { ask<clock_watch_actor, logic::clock_report>(what, clocks_atom_v, false); }},
    registered_message{"resource watch",
                       "resources",
                       "What members use of what they may",
                       {},
                       ask_for<resource_watch_actor, resource_report, resources_atom>},
};

} // namespace

std::vector<const registered_message*> messages_for(const actor_row& row) {
  std::vector<const registered_message*> out;
  for (const auto& each : registered)
    if (row.who && (each.to.empty() || each.to == row.kind || each.to == row.path))
      out.push_back(&each);
  return out;
}

topology::failure misfit(const registered_message& message, const json& body) {
  const auto wrong = [&](const std::string& what) {
    std::string known;
    for (const auto& field : message.fields)
      known += (known.empty() ? "" : ", ") + std::string{field.name};
    return topology::failure{"ERR_CLI_001", "`" + std::string{message.name} + "` " + what,
                             known.empty() ? "it takes nothing: leave the JSON out"
                                           : "it takes a JSON object with: " + known};
  };
  for (const auto& [key, value] : body.items()) {
    const auto at = std::find_if(message.fields.begin(), message.fields.end(),
                                 [&name = key](const auto& field) { return field.name == name; });
    if (at == message.fields.end())
      return wrong("knows no field `" + key + "`");
    if (const auto wanted = misfit(*at, value); !wanted.empty())
      return wrong("wants `" + key + "` to be " + wanted);
  }
  for (const auto& field : message.fields)
    if (field.kind == text && !body.contains(field.name))
      return wrong("needs `" + std::string{field.name} + "`");
  return {};
}

json send_schema() {
  auto names = json::array();
  for (const auto& each : registered)
    if (std::find(names.begin(), names.end(), each.name) == names.end())
      names.push_back(each.name);
  return {{"type", "object"},
          {"additionalProperties", false},
          {"required", json::array({"actor", "message"})},
          {"properties",
           {{"actor", {{"type", "string"}, {"description", "Its path, as /v1/actors tells it"}}},
            {"message", {{"type", "string"}, {"enum", std::move(names)}}},
            {"body", {{"type", "object"}, {"description", "What the message takes; nothing: {}"}}}}}};
}

} // namespace paws
