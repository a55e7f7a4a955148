#include "actors/clock_json.hpp"

#include "actors/json_take.hpp"

namespace paws {

using logic::milliseconds;
using nlohmann::json;

namespace {

constexpr int gap_kinds = 3, wake_ends = 5;

void take_span(const json& from, const char* key, milliseconds& into) {
  std::int64_t ms = into.count();
  take(from, key, ms);
  into = milliseconds{ms};
}

} // namespace

json to_json(const logic::wake_report& what) {
  json gaps = json::array(), services = json::array();
  for (const auto& gap : what.gaps)
    gaps.push_back({{"kind", to_string(gap.kind)}, {"length_ms", gap.length.count()}});
  for (const auto& row : what.services)
    services.push_back({{"service", row.service},
                        {"end", to_string(row.end)},
                        {"after_ms", row.after.count()},
                        {"why", text_or_null(row.why)}});
  return {{"gaps", std::move(gaps)},
          {"duration_ms", what.duration_ms < 0 ? json(nullptr) : json(what.duration_ms)},
          {"status", text_or_null(what.status)},
          {"services", std::move(services)},
          {"leaders", what.leaders},
          {"notes", what.notes}};
}

json to_json(const logic::clock_report& what) {
  json clocks = json::array();
  for (const auto& row : what.clocks) {
    const bool known = row.unknown.empty();
    clocks.push_back({{"clock", row.clock},
                      {"source", row.source},
                      {"ahead_ms", known ? json(row.ahead.count()) : json(nullptr)},
                      {"within_ms", known ? json(row.within.count()) : json(nullptr)},
                      {"in_step", known ? json(!logic::out_of_step(row)) : json(nullptr)},
                      {"unknown", text_or_null(row.unknown)}});
  }
  return {{"in_step", logic::in_step(what)},
          {"shared", what.shared},
          {"set_by_ms", what.set_by ? json(what.set_by->count()) : json(nullptr)},
          {"clocks", std::move(clocks)},
          {"commands", what.commands},
          {"notes", what.notes}};
}

logic::wake_report wake_from_json(const json& from) {
  logic::wake_report out;
  each(from, "gaps", [&](const json& element) {
    logic::clock_gap gap;
    take_word(element, "kind", gap_kinds, gap.kind);
    take_span(element, "length_ms", gap.length);
    out.gaps.push_back(gap);
  });
  each(from, "services", [&](const json& element) {
    logic::wake_row row;
    take(element, "service", row.service);
    take_word(element, "end", wake_ends, row.end);
    take_span(element, "after_ms", row.after);
    take(element, "why", row.why);
    out.services.push_back(std::move(row));
  });
  take(from, "duration_ms", out.duration_ms);
  take(from, "status", out.status);
  take_texts(from, "leaders", out.leaders);
  take_texts(from, "notes", out.notes);
  return out;
}

logic::clock_report clocks_from_json(const json& from) {
  logic::clock_report out;
  take(from, "shared", out.shared);
  if (from.is_object() && from.contains("set_by_ms") && from["set_by_ms"].is_number_integer())
    out.set_by = milliseconds{from["set_by_ms"].get<std::int64_t>()};
  each(from, "clocks", [&](const json& element) {
    logic::clock_row row;
    take(element, "clock", row.clock);
    take(element, "source", row.source);
    take_span(element, "ahead_ms", row.ahead);
    take_span(element, "within_ms", row.within);
    take(element, "unknown", row.unknown);
    out.clocks.push_back(std::move(row));
  });
  take_texts(from, "commands", out.commands);
  take_texts(from, "notes", out.notes);
  return out;
}

} // namespace paws
