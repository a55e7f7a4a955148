// The way back: views from JSON. Tolerant, because an engine and a command line of different versions may meet.
#include "actors/clock_json.hpp"
#include "actors/drill_json.hpp"
#include "actors/json_take.hpp"
#include "actors/view_json.hpp"

#include <cstdio>
#include <ctime>

namespace paws {

using nlohmann::json;

namespace {

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
  take(from, "runtime_unreachable", out.runtime_unreachable);
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

namespace {

logic::recovery_report recovery_from_json(const json& from) {
  logic::recovery_report out;
  take(from, "cluster", out.cluster);
  take(from, "member", out.member);
  take(from, "leader_before", out.leader_before);
  take(from, "leader_after", out.leader_after);
  take(from, "disarmed", out.disarmed);
  each(from, "sizes", [&](const json& element) {
    logic::recovery_size size;
    take(element, "member", size.member);
    take(element, "before_bytes", size.before_bytes);
    take(element, "after_bytes", size.after_bytes);
    out.sizes.push_back(std::move(size));
  });
  return out;
}

} // namespace

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
  take_texts(result, "rotated", out.rotated);
  take(result, "duration_ms", out.duration_ms);
  if (result.is_object() && result.contains("recovery"))
    out.recovery = recovery_from_json(result["recovery"]);
  each(result, "drills", [&](const json& element) {
    out.drills.push_back(drill_from_json(element));
    take(element, "page", out.drills.back().page);
  });
  if (result.is_object() && result.contains("wake"))
    out.wake = wake_from_json(result["wake"]);
  if (result.is_object() && result.contains("clocks"))
    out.clocks = clocks_from_json(result["clocks"]);
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
