// The way back: views from JSON. Tolerant, because an engine and a command line of different versions may meet.
#include "actors/view_json.hpp"

#include <array>
#include <cstdio>
#include <ctime>
#include <limits>
#include <type_traits>

namespace paws {

using nlohmann::json;

namespace {

/// Sets `into` when `from` has a fitting value under `key`.
template <class Value>
void take(const json& from, const char* key, Value& into) {
  if (!from.is_object())
    return;
  const auto at = from.find(key);
  if (at == from.end())
    return;
  if constexpr (std::is_same_v<Value, std::string>) {
    if (at->is_string())
      into = at->get<std::string>();
  } else if constexpr (std::is_same_v<Value, bool>) {
    if (at->is_boolean())
      into = at->get<bool>();
  } else {
    if (at->is_number_unsigned() &&
        at->get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<Value>::max()))
      into = static_cast<Value>(at->get<std::uint64_t>());
    else if (at->is_number_integer() && std::is_signed_v<Value> && !at->is_number_unsigned())
      into = static_cast<Value>(at->get<std::int64_t>());
  }
}

void take_time(const json& from, const char* key, std::int64_t& into) {
  std::string text;
  take(from, key, text);
  into = from_rfc3339(text);
}

/// Calls `with` for every element of the list under `key`.
template <class Function>
void each(const json& from, const char* key, Function with) {
  if (!from.is_object())
    return;
  const auto at = from.find(key);
  if (at != from.end() && at->is_array())
    for (const auto& element : *at)
      with(element);
}

void take_texts(const json& from, const char* key, std::vector<std::string>& into) {
  each(from, key, [&](const json& element) {
    if (element.is_string())
      into.push_back(element.get<std::string>());
  });
}

/// The value of `Enum` below `count` that is written as the text under `key`.
template <class Enum>
void take_word(const json& from, const char* key, int count, Enum& into) {
  std::string word;
  take(from, key, word);
  for (int i = 0; i < count; ++i)
    if (to_string(static_cast<Enum>(i)) == word)
      into = static_cast<Enum>(i);
}

const json& object_under(const json& from, const char* key) {
  return from.is_object() && from.contains(key) && from[key].is_object() ? from[key] : from;
}

logic::service_view service_from(const json& from) {
  logic::service_view out;
  take(from, "name", out.name);
  take(from, "cluster", out.cluster);
  take_word(from, "desired", 4, out.desired);
  take_word(from, "actual", 10, out.actual);
  take(from, "role", out.role);
  take(from, "address", out.address);
  if (from.is_object() && from.contains("ports") && from["ports"].is_object())
    for (const auto& [name, port] : from["ports"].items())
      if (port.is_number_unsigned() && port.get<std::uint64_t>() <= 65535)
        out.ports[name] = port.get<std::uint16_t>();
  take(from, "container_id", out.container_id);
  take(from, "pid", out.pid);
  take(from, "restarts", out.restarts);
  take_time(from, "since", out.since_us);
  each(from, "waiting_for", [&](const json& element) {
    logic::awaited_thing thing;
    take(element, "what", thing.what);
    take(element, "why", thing.why);
    take_time(element, "since", thing.since_us);
    out.waiting_for.push_back(thing);
  });
  take_texts(from, "unsupported", out.unsupported);
  take(from, "failure", out.failure);
  take(from, "failure_code", out.failure_code);
  take(from, "adopted", out.adopted);
  take(from, "drift", out.drift);
  take_time(from, "started_at", out.started_at_us);
  return out;
}

logic::route_view route_from(const json& from) {
  logic::route_view out;
  take(from, "name", out.name);
  take(from, "address", out.address);
  take(from, "port", out.port);
  take(from, "target", out.target);
  take(from, "state", out.state);
  take(from, "why", out.why);
  return out;
}

logic::phase_view phase_from(const json& from) {
  logic::phase_view out;
  take(from, "name", out.name);
  take_time(from, "started_at", out.started_us);
  take(from, "duration_ms", out.duration_ms);
  take(from, "target_ms", out.target_ms);
  return out;
}

logic::component_report component_from(const json& from) {
  logic::component_report out;
  take(from, "name", out.name);
  take_word(from, "status", 5, out.status);
  take(from, "summary", out.summary);
  take(from, "duration_ms", out.duration_ms);
  each(from, "checks", [&](const json& element) {
    logic::check check;
    take(element, "name", check.name);
    take_word(element, "status", 4, check.status);
    take(element, "value", check.value);
    take(element, "duration_ms", check.duration_ms);
    take(element, "error", check.error);
    out.checks.push_back(check);
  });
  return out;
}

} // namespace

std::int64_t from_rfc3339(std::string_view text) {
  const std::string whole{text};
  std::tm parts{};
  int ms = 0, used = 0;
  if (std::sscanf(whole.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ%n", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &ms, &used) != 7 ||
      static_cast<std::size_t>(used) != whole.size())
    return 0;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  return static_cast<std::int64_t>(timegm(&parts)) * 1'000'000 + ms * 1000;
}

logic::environment_view environment_from_json(const json& from) {
  logic::environment_view out;
  take(from, "environment", out.environment);
  take(from, "runtime", out.runtime);
  take_word(from, "state", 7, out.state);
  take_time(from, "since", out.since_us);
  const auto& engine = object_under(from, "engine");
  take(engine, "pid", out.engine_pid);
  take(engine, "temporary", out.engine_temporary);
  take(engine, "version", out.engine_version);
  take(engine, "uptime_ms", out.engine_uptime_ms);
  each(from, "services", [&](const json& element) { out.services.push_back(service_from(element)); });
  each(from, "routes", [&](const json& element) { out.routes.push_back(route_from(element)); });
  each(from, "phases", [&](const json& element) { out.phases.push_back(phase_from(element)); });
  take(from, "start_total_ms", out.start_total_ms);
  take_texts(from, "open_faults", out.open_faults);
  take_texts(from, "profiles", out.profiles);
  take(from, "in_progress", out.in_progress);
  take_texts(from, "unknown_members", out.unknown_members);
  return out;
}

logic::health_report health_from_json(const json& from) {
  logic::health_report out;
  take(from, "status", out.status);
  take(from, "passed", out.passed);
  take(from, "total", out.total);
  take(from, "duration_ms", out.duration_ms);
  take_time(from, "at", out.at_us);
  each(from, "components", [&](const json& element) { out.components.push_back(component_from(element)); });
  take_texts(from, "warnings", out.warnings);
  return out;
}

logic::event event_from_json(const json& from) {
  logic::event out;
  take(from, "seq", out.seq);
  take(from, "at_us", out.at_us);
  take(from, "kind", out.kind);
  take(from, "subject", out.subject);
  take(from, "text", out.text);
  if (from.is_object() && from.contains("fields") && from["fields"].is_object())
    for (const auto& [name, value] : from["fields"].items())
      if (value.is_string())
        out.fields[name] = value.get<std::string>();
  return out;
}

topology::failure failure_from_json(const json& from) {
  const auto& error = object_under(from, "error");
  topology::failure out;
  take(error, "code", out.code);
  take(error, "message", out.message);
  take(error, "remedy", out.remedy);
  return out;
}

command_outcome outcome_from_json(const json& from) {
  const auto& result = object_under(from, "result");
  command_outcome out;
  take(result, "command", out.name);
  int code = 0;
  take(result, "exit_code", code);
  out.code = static_cast<topology::exit_code>(code);
  take(result, "trace_id", out.trace_id);
  take(result, "already", out.already);
  take(result, "engine_ends", out.engine_ends);
  if (result.is_object() && result.contains("error") && result["error"].is_object())
    out.what = failure_from_json(result["error"]);
  take(result, "culprit", out.culprit);
  take_texts(result, "log", out.log);
  take_texts(result, "notes", out.notes);
  return out;
}

actor_list actors_from_json(const json& from) {
  actor_list out;
  each(from, "actors", [&](const json& element) {
    actor_row row;
    take(element, "path", row.path);
    take(element, "kind", row.kind);
    take(element, "state", row.state);
    take(element, "mailbox", row.mailbox);
    out.push_back(row);
  });
  return out;
}

} // namespace paws
