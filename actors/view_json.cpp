#include "actors/view_json.hpp"

#include "actors/clock_json.hpp"
#include "actors/drill_json.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace paws {

using nlohmann::json;

namespace {

constexpr std::int64_t us_per_s = 1'000'000;

json time_or_null(std::int64_t at_us) {
  return at_us == 0 ? json(nullptr) : json(to_rfc3339(at_us));
}

template <class Number>
json number_or_null(Number number, Number none) {
  return number == none ? json(nullptr) : json(number);
}

template <class List>
json list_of(const List& from) {
  json out = json::array();
  for (const auto& each : from)
    out.push_back(to_json(each));
  return out;
}

} // namespace

json to_json(const logic::awaited_thing& what) {
  return {{"what", what.what}, {"why", what.why}, {"since", time_or_null(what.since_us)}};
}

json to_json(const logic::route_view& what) {
  return {{"name", what.name},   {"address", what.address},
          {"port", what.port},   {"target", text_or_null(what.target)},
          {"state", what.state}, {"why", text_or_null(what.why)}};
}

json to_json(const logic::phase_view& what) {
  const bool over = what.duration_ms >= 0;
  return {{"name", what.name},
          {"started_at", time_or_null(what.started_us)},
          {"duration_ms", number_or_null<std::int64_t>(over ? what.duration_ms : -1, -1)},
          {"target_ms", what.target_ms},
          {"within_target", over ? json(what.duration_ms <= what.target_ms) : json(nullptr)}};
}

json to_json(const logic::check& what) {
  return {{"name", what.name},
          {"status", to_string(what.status)},
          {"value", what.value},
          {"duration_ms", what.duration_ms},
          {"error", text_or_null(what.error)}};
}

json to_json(const logic::component_report& what) {
  return {{"name", what.name},
          {"status", to_string(what.status)},
          {"summary", what.summary},
          {"duration_ms", what.duration_ms},
          {"checks", list_of(what.checks)}};
}

json to_json(const actor_row& what) {
  return {{"path", what.path}, {"kind", what.kind}, {"state", what.state}, {"mailbox", what.mailbox}};
}

json to_json(const resource_report& what) {
  json services = json::array();
  container_stats sum;
  double cpus = 0;
  for (const auto& row : what.services) {
    const auto& used = row.used;
    const auto enforced = [](bool limited, bool is) { return limited ? json(is) : json(nullptr); };
    services.push_back({{"service", row.service},
                        {"running", used.processes > 0},
                        {"memory_bytes", used.memory_bytes},
                        {"memory_limit_bytes", number_or_null<std::uint64_t>(used.memory_limit_bytes, 0)},
                        {"memory_limit_enforced", enforced(used.memory_limit_bytes > 0, used.memory_limit_enforced)},
                        {"cpus", number_or_null<double>(row.cpus, -1)},
                        {"cpu_limit", number_or_null<double>(used.cpu_limit, 0)},
                        {"cpu_limit_enforced", enforced(used.cpu_limit > 0, used.cpu_limit_enforced)},
                        {"throttled_periods", used.throttled_periods},
                        {"oom_kills", used.oom_kills},
                        {"disk_bytes", number_or_null<std::uint64_t>(used.disk_bytes, 0)},
                        {"processes", used.processes}});
    sum.memory_bytes += used.memory_bytes;
    sum.memory_limit_bytes += used.memory_limit_bytes;
    sum.cpu_limit += used.cpu_limit;
    sum.disk_bytes += used.disk_bytes;
    sum.processes += used.processes;
    cpus += std::max(row.cpus, 0.0);
  }
  return {{"services", std::move(services)},
          {"total",
           {{"memory_bytes", sum.memory_bytes},
            {"memory_limit_bytes", sum.memory_limit_bytes},
            {"cpus", cpus},
            {"cpu_limit", sum.cpu_limit},
            {"disk_bytes", sum.disk_bytes},
            {"processes", sum.processes}}},
          {"host",
           {{"memory_bytes", what.host.memory_bytes},
            {"memory_available_bytes", what.host.memory_available_bytes},
            {"disk_bytes", what.host.disk_bytes},
            {"disk_available_bytes", what.host.disk_available_bytes},
            {"cpus", what.host.cpus},
            {"load", what.host.load}}},
          {"warnings", what.warnings}};
}

namespace {

// What the columns of these names, and those that end in a unit, hold is a number; null when it is not known.
constexpr std::array<std::string_view, 12> counted{"revision", "raft_term", "raft_index", "count",
                                                   "timeline", "lsn",       "replicas",   "offset",
                                                   "clients",  "quorum",    "keys",       "other_sentinels"};
constexpr std::array<std::string_view, 4> units{"_bytes", "_ms", "_s", "_ratio"};

json cell_of(const std::string& column, const std::string& text) {
  const bool number = std::find(counted.begin(), counted.end(), column) != counted.end() ||
                      std::any_of(units.begin(), units.end(), [&](auto unit) { return column.ends_with(unit); });
  if (!number)
    return text;
  auto out = json::parse(text, nullptr, false);
  return out.is_number() ? out : json(nullptr);
}

} // namespace

json to_json(const inspection_list& what) {
  json out = json::array();
  for (const auto& one : what) {
    json tables = json::array();
    for (const auto& table : one.tables) {
      json rows = json::array();
      for (const auto& row : table.rows) {
        json object = json::object();
        for (std::size_t i = 0; i < table.columns.size() && i < row.size(); ++i)
          object[table.columns[i]] = cell_of(table.columns[i], row[i]);
        rows.push_back(std::move(object));
      }
      tables.push_back({{"title", table.title}, {"columns", table.columns}, {"rows", std::move(rows)}});
    }
    out.push_back({{"cluster", one.cluster}, {"kind", one.kind}, {"tables", std::move(tables)}});
  }
  return out;
}

json to_json(const logic::log_row& what) {
  return {{"id", what.id},
          {"at", to_rfc3339(what.at_us)},
          {"at_us", what.at_us},
          {"service", what.service},
          {"level", to_string(what.level)},
          {"message", logic::parse_log_line(what.text, what.at_us).message},
          {"trace_id", text_or_null(what.trace_id)},
          {"stream", what.err ? "stderr" : "stdout"},
          {"text", what.text}};
}

std::string to_rfc3339(std::int64_t at_us) {
  auto seconds = at_us / us_per_s;
  auto rest_us = at_us % us_per_s;
  if (rest_us < 0) {
    --seconds;
    rest_us += us_per_s;
  }
  const std::time_t when = seconds;
  std::tm parts{};
  gmtime_r(&when, &parts);
  std::array<char, 64> out{};
  std::snprintf(out.data(), out.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(rest_us / 1000));
  return out.data();
}

json to_json(const logic::service_view& what) {
  return {{"name", what.name},
          {"cluster", text_or_null(what.cluster)},
          {"desired", to_string(what.desired)},
          {"actual", to_string(what.actual)},
          {"role", text_or_null(what.role)},
          {"address", what.address},
          {"ports", what.ports},
          {"container_id", text_or_null(what.container_id)},
          {"pid", number_or_null<std::int64_t>(what.pid, 0)},
          {"restarts", what.restarts},
          {"since", time_or_null(what.since_us)},
          {"waiting_for", list_of(what.waiting_for)},
          {"unsupported", what.unsupported},
          {"failure", text_or_null(what.failure)},
          {"failure_code", text_or_null(what.failure_code)},
          {"adopted", what.adopted},
          {"drift", text_or_null(what.drift)},
          {"started_at", time_or_null(what.started_at_us)}};
}

json to_json(const logic::environment_view& what) {
  return {{"environment", what.environment},
          {"runtime", what.runtime},
          {"state", to_string(what.state)},
          {"since", time_or_null(what.since_us)},
          {"engine",
           {{"pid", what.engine_pid},
            {"version", what.engine_version},
            {"uptime_ms", what.engine_uptime_ms},
            {"temporary", what.engine_temporary}}},
          {"services", list_of(what.services)},
          {"routes", list_of(what.routes)},
          {"phases", list_of(what.phases)},
          {"start_total_ms", number_or_null<std::int64_t>(what.start_total_ms, -1)},
          {"open_faults", what.open_faults},
          {"profiles", what.profiles},
          {"in_progress", text_or_null(what.in_progress)},
          {"unknown_members", what.unknown_members},
          {"runtime_unreachable", text_or_null(what.runtime_unreachable)}};
}

json to_json(const logic::health_report& what) {
  return {{"status", what.status},           {"passed", what.passed},          {"total", what.total},
          {"duration_ms", what.duration_ms}, {"at", time_or_null(what.at_us)}, {"components", list_of(what.components)},
          {"warnings", what.warnings}};
}

json to_json(const logic::event& what) {
  return {{"seq", what.seq},      {"at", to_rfc3339(what.at_us)}, {"at_us", what.at_us},
          {"kind", what.kind},    {"subject", what.subject},      {"text", what.text},
          {"fields", what.fields}};
}

json to_json(const topology::failure& what) {
  return {{"component", topology::find_error(what.code).component},
          {"code", what.code},
          {"message", what.message},
          {"remedy", what.remedy}};
}

json error_document(const topology::failure& what) {
  return {{"error", to_json(what)}};
}

json to_json(const logic::recovery_report& what) {
  json out{{"cluster", what.cluster}, {"member", text_or_null(what.member)}};
  if (!what.leader_before.empty() || !what.leader_after.empty()) {
    out["leader_before"] = text_or_null(what.leader_before);
    out["leader_after"] = text_or_null(what.leader_after);
  }
  for (const auto& size : what.sizes)
    out["sizes"].push_back(
        {{"member", size.member}, {"before_bytes", size.before_bytes}, {"after_bytes", size.after_bytes}});
  if (what.disarmed >= 0)
    out["disarmed"] = what.disarmed;
  return out;
}

json to_json(const command_outcome& what) {
  json out{{"command", what.name},
           {"exit_code", static_cast<int>(what.code)},
           {"trace_id", text_or_null(what.trace_id)},
           {"already", what.already},
           {"engine_ends", what.engine_ends},
           {"error", what.what.code.empty() ? json(nullptr) : to_json(what.what)},
           {"culprit", text_or_null(what.culprit)},
           {"log", what.log},
           {"notes", what.notes}};
  if (what.duration_ms >= 0) {
    if (what.recovery.cluster.empty())
      out["rotated"] = what.rotated;
    out["duration_ms"] = what.duration_ms;
  }
  if (!what.recovery.cluster.empty())
    out["recovery"] = to_json(what.recovery);
  if (!what.drills.empty())
    out["drills"] = list_of(what.drills);
  if (what.wake)
    out["wake"] = to_json(*what.wake);
  if (what.clocks)
    out["clocks"] = to_json(*what.clocks);
  for (std::size_t i = 0; i < what.drills.size(); ++i)
    out["drills"][i]["page"] = text_or_null(what.drills[i].page);
  return out;
}

json to_json(const actor_list& what) {
  return {{"actors", list_of(what)}};
}

std::string dump(const json& what, int indent) {
  return what.dump(indent, ' ', false, json::error_handler_t::replace);
}

} // namespace paws
