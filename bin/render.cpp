#include "bin/render.hpp"

#include "actors/view_json.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

namespace paws::bin {

namespace {

using logic::actual_state;
using logic::check_status;
using logic::component_status;

constexpr const char* red = "31";
constexpr const char* green = "32";
constexpr const char* yellow = "33";

std::string painted(const std::string& text, const char* color, const look& as) {
  return as.color ? "\x1b[" + std::string{color} + "m" + text + "\x1b[0m" : text;
}

// Width on the screen: bytes that continue a UTF-8 character take no room.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
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

} // namespace

bool wants_color(const std::string& choice, int fd) {
  if (choice != "auto")
    return choice == "always";
  const char* none = std::getenv("NO_COLOR"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  return (none == nullptr || *none == '\0') && ::isatty(fd) == 1;
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

std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), i + 1));
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size())
        line += std::string(widths[i] - width_of(row[i]) + 2, ' ');
    }
    while (!line.empty() && line.back() == ' ')
      line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string status_text(const logic::environment_view& view, const look& as) {
  std::string out = view.environment + ": " + state_word(view, as) + " for " + since(view.since_us, as) + " (runtime " +
                    view.runtime + ", engine pid " + std::to_string(view.engine_pid) + ")\n\n";
  std::vector<std::vector<std::string>> rows{{"SERVICE", "STATE", "ROLE", "ADDRESS", "RESTARTS", "SINCE"}};
  std::vector<std::string> notes;
  for (const auto& service : view.services) {
    std::string state{to_string(service.actual)};
    if (service.desired != logic::desired_state::running || service.actual == actual_state::failed)
      state += " (" + std::string{to_string(service.desired)} + ")";
    rows.push_back({service.name, state, service.role.empty() ? "-" : service.role, service.address,
                    std::to_string(service.restarts), since(service.since_us, as)});
    for (const auto& awaited : service.waiting_for)
      notes.push_back(service.name + " waits for " + awaited.what + ": " + awaited.why);
    if (!service.failure.empty())
      notes.push_back(service.name + " failed: " + service.failure);
  }
  out += columns(rows);
  std::vector<std::string> unsupported;
  for (const auto& service : view.services)
    for (const auto& what : service.unsupported)
      if (std::find(unsupported.begin(), unsupported.end(), what) == unsupported.end())
        unsupported.push_back(what);
  for (const auto& what : unsupported)
    notes.push_back("not enforced: " + what);
  if (!view.routes.empty()) {
    std::vector<std::vector<std::string>> routes{{"ROUTE", "STATE", "ADDRESS", "LEADS TO"}};
    for (const auto& route : view.routes)
      routes.push_back({route.name, route.state, route.address + ":" + std::to_string(route.port),
                        !route.target.empty() ? route.target
                        : route.why.empty()   ? "-"
                                              : route.why});
    out += "\n" + columns(routes);
  }
  if (!notes.empty())
    out += "\n";
  for (const auto& note : notes)
    out += note + "\n";
  return out;
}

std::string phases_text(const logic::environment_view& view, const look& as) {
  std::vector<std::vector<std::string>> rows{{"PHASE", "TOOK", "TARGET", ""}};
  for (const auto& phase : view.phases) {
    const bool over = phase.duration_ms >= 0;
    const bool kept = over && phase.duration_ms <= phase.target_ms;
    rows.push_back({phase.name, over ? short_duration(phase.duration_ms) : "not over", short_duration(phase.target_ms),
                    mark(kept ? check_status::pass : check_status::warn, as)});
  }
  auto out = columns(rows);
  if (view.start_total_ms >= 0)
    out += "total " + short_duration(view.start_total_ms) + "\n";
  return out;
}

std::string health_text(const logic::health_report& report, const look& as) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& component : report.components)
    rows.push_back({mark(component.status, as), component.name, component.summary,
                    "(" + short_duration(component.duration_ms) + ")"});
  auto out = columns(rows);
  for (const auto& component : report.components)
    for (const auto& check : component.checks)
      if (check.status != check_status::pass && check.status != check_status::skip)
        out += "    " + component.name + "/" + check.name + ": " + check.value +
               (check.error.empty() ? "" : " - " + check.error) + "\n";
  out += report.status + ": " + std::to_string(report.passed) + "/" + std::to_string(report.total) +
         " components healthy, checked in " + short_duration(report.duration_ms) + "\n";
  return out;
}

std::string event_text(const logic::event& what) {
  const auto at = to_rfc3339(what.at_us);
  return (at.size() > 23 ? at.substr(11, 12) : at) + " " + what.kind + " " + what.subject +
         (what.text.empty() ? "" : ": " + what.text);
}

} // namespace paws::bin
