#include "bin/render.hpp"

#include "actors/view_json.hpp"
#include "logic/service_table.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace paws::bin {

namespace {

using logic::check_status;
using logic::component_status;

constexpr const char* red = "31";
constexpr const char* green = "32";
constexpr const char* yellow = "33";

std::string painted(const std::string& text, const char* color, const look& as) {
  return as.color ? "\x1b[" + std::string{color} + "m" + text + "\x1b[0m" : text;
}

std::string mark(component_status status, const look& as) {
  switch (status) {
  case component_status::healthy:
    return mark(check_status::pass, as);
  case component_status::degraded:
  case component_status::paused:
    return mark(check_status::warn, as);
  case component_status::unhealthy:
    return mark(check_status::fail, as);
  case component_status::unknown:
    break;
  }
  return mark(check_status::skip, as);
}

std::string state_word(const logic::environment_view& view, const look& as) {
  const std::string word{to_string(view.state)};
  if (view.state == logic::environment_state::ready)
    return painted(word, green, as);
  if (view.state == logic::environment_state::failed)
    return painted(word, red, as);
  return painted(word, yellow, as);
}

std::string since(std::int64_t at_us, const look& as) {
  return at_us == 0 || as.now_us == 0 ? "-" : short_duration(std::max<std::int64_t>(as.now_us - at_us, 0) / 1000);
}

// As container engines themselves shorten it.
constexpr std::size_t container_id_shown = 12;

std::string services_text(const logic::environment_view& view, const look& as) {
  table rows{{"SERVICE", "WANTED", "IS", "ROLE", "ADDRESS", "RESTARTS", "SINCE"}};
  for (const auto& service : view.services)
    rows.push_back({service.name, std::string{to_string(service.desired)}, std::string{to_string(service.actual)},
                    service.role.empty() ? "-" : service.role, service.address.empty() ? "-" : service.address,
                    std::to_string(service.restarts), since(service.since_us, as)});
  constexpr std::size_t wanted = 1, restarts = 5, container = 7;
  if (view.runtime == "process")
    return columns(rows, as.width, {restarts, wanted});
  rows[0].emplace_back("CONTAINER");
  for (std::size_t i = 0; i < view.services.size(); ++i) {
    const auto& id = view.services[i].container_id;
    rows[i + 1].push_back(id.empty() ? "-" : id.substr(0, container_id_shown));
  }
  return columns(rows, as.width, {restarts, wanted, container});
}

// What a person must know besides the tables, one paragraph each.
std::vector<std::string> notes_of(const logic::environment_view& view) {
  std::vector<std::string> out;
  const auto once = [&](const std::string& note) {
    if (std::find(out.begin(), out.end(), note) == out.end())
      out.push_back(note);
  };
  for (const auto& service : view.services) {
    if (!service.failure.empty())
      once(service.name + " failed: " + service.failure);
    if (!service.drift.empty())
      once(service.name + " was " + service.drift +
           (service.drift == logic::drill_drift             ? "; the drill gives it back, or: paws-engine ctl undo"
            : service.actual == logic::actual_state::paused ? "; it goes on with: paws-engine ctl resume"
                                                            : "; it runs again with: paws-engine start"));
    for (const auto& awaited : service.waiting_for)
      once(service.name + " waits for " + awaited.what + (awaited.why.empty() ? "" : ": " + awaited.why));
  }
  for (const auto& route : view.routes)
    if (route.state != "ready" && !route.why.empty())
      once("route " + route.name + ": " + route.why);
  for (const auto& fault : view.open_faults)
    once("open fault: " + fault);
  for (const auto& name : view.unknown_members)
    once(name + " runs, and the topology with these profiles does not have it; a stop ends it");
  for (const auto& service : view.services)
    for (const auto& what : service.unsupported)
      once("not enforced: " + what);
  return out;
}

} // namespace

bool wants_color(const std::string& choice, int fd) {
  if (choice != "auto")
    return choice == "always";
  const char* none = std::getenv("NO_COLOR"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return (none == nullptr || *none == '\0') && terminal_can_draw() && ::isatty(fd) == 1;
}

bool terminal_can_draw() {
  const char* kind = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return kind == nullptr || std::string_view{kind} != "dumb";
}

bool has_unicode() {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
    if (value == nullptr || *value == '\0')
      continue;
    std::string lower{value};
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower.find("utf-8") != std::string::npos || lower.find("utf8") != std::string::npos;
  }
  return false;
}

std::string mark(check_status status, const look& as) {
  switch (status) {
  case check_status::pass:
    return painted(as.symbols ? "✓" : "ok", green, as);
  case check_status::warn:
    return painted(as.symbols ? "!" : "warn", yellow, as);
  case check_status::fail:
    return painted(as.symbols ? "✗" : "FAIL", red, as);
  case check_status::skip:
    break;
  }
  return as.symbols ? "-" : "skip";
}

std::string short_duration(std::int64_t ms) {
  if (ms < 1000)
    return std::to_string(ms) + " ms";
  const auto s = ms / 1000;
  if (s < 60)
    return std::to_string(s) + "." + std::to_string(ms % 1000 / 100) + " s";
  if (s < 3600)
    return std::to_string(s / 60) + "m " + std::to_string(s % 60) + "s";
  return std::to_string(s / 3600) + "h " + std::to_string(s % 3600 / 60) + "m";
}

std::string status_text(const logic::environment_view& view, const look& as) {
  auto out = paragraph(view.environment + ": ",
                       state_word(view, as) + " for " + since(view.since_us, as) + " (runtime " + view.runtime +
                           ", engine pid " + std::to_string(view.engine_pid) + ")",
                       4, as.width) +
             "\n";
  if (!view.runtime_unreachable.empty())
    out += paragraph("", "runtime unreachable: " + harmless(view.runtime_unreachable) + "; this is what was seen last",
                     4, as.width) +
           "\n";
  out += services_text(view, as);
  if (!view.routes.empty()) {
    table routes{{"ROUTE", "IS", "ADDRESS", "LEADS TO"}};
    for (const auto& route : view.routes)
      routes.push_back({route.name, route.state, route.address + ":" + std::to_string(route.port),
                        route.target.empty() ? "-" : route.target});
    out += "\n" + columns(routes, as.width);
  }
  if (!view.phases.empty())
    out += "\n" + phases_text(view, as);
  const auto notes = notes_of(view);
  if (!notes.empty())
    out += "\n";
  for (const auto& note : notes)
    out += paragraph("", harmless_lines(note), 4, as.width);
  return out;
}

std::string phases_text(const logic::environment_view& view, const look& as) {
  table rows{{"PHASE", "TOOK", "TARGET", ""}};
  for (const auto& phase : view.phases) {
    const bool over = phase.duration_ms >= 0;
    const bool kept = over && phase.duration_ms <= phase.target_ms;
    rows.push_back({phase.name, over ? short_duration(phase.duration_ms) : "not over", short_duration(phase.target_ms),
                    !over  ? ""
                    : kept ? mark(check_status::pass, as)
                           : mark(check_status::warn, as) + " over its target"});
  }
  auto out = columns(rows, as.width);
  if (view.start_total_ms >= 0)
    out += "total " + short_duration(view.start_total_ms) + "\n";
  return out;
}

std::string health_text(const logic::health_report& report, const look& as) {
  std::size_t names = 0, marks = 0;
  for (const auto& component : report.components) {
    names = std::max(names, width_of(component.name));
    marks = std::max(marks, width_of(mark(component.status, as)));
  }
  const auto padded = [](const std::string& text, std::size_t width) {
    return text + std::string(width - std::min(width, width_of(text)) + 2, ' ');
  };
  std::string out = report.at_us == 0 ? "" : "health at " + to_rfc3339(report.at_us) + "\n";
  for (const auto& component : report.components) {
    out += paragraph(padded(mark(component.status, as), marks) + padded(component.name, names),
                     harmless_lines(component.summary) + " (" + short_duration(component.duration_ms) + ")",
                     marks + names + 4, as.width);
    for (const auto& check : component.checks)
      if (check.status == check_status::fail || check.status == check_status::warn)
        out += paragraph(
            "    " + mark(check.status, as) + "  " + check.name + ": ",
            harmless_lines(check.value + (check.value.empty() || check.error.empty() ? "" : ", ") + check.error), 8,
            as.width);
  }
  for (const auto& warning : report.warnings)
    out += paragraph(mark(check_status::warn, as) + "  ", harmless_lines(warning), 3, as.width);
  return out + paragraph("overall: ",
                         report.status + ", " + std::to_string(report.passed) + "/" + std::to_string(report.total) +
                             " components healthy, checked in " + short_duration(report.duration_ms),
                         4, as.width);
}

std::string event_text(const logic::event& what) {
  const auto at = to_rfc3339(what.at_us);
  return (at.size() > 23 ? at.substr(11, 12) : at) + " " + what.kind + " " + what.subject +
         (what.text.empty() ? "" : ": " + harmless(what.text));
}

} // namespace paws::bin
