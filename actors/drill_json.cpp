#include "actors/drill_json.hpp"

#include "actors/json_take.hpp"
#include "actors/view_json.hpp"

namespace paws {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

json ms_or_null(const std::optional<milliseconds>& what) {
  return what ? json(what->count()) : json(nullptr);
}

json phase_of(const logic::drill_phase& what) {
  return {{"name", what.name},
          {"observed", what.duration.has_value()},
          {"duration_ms", ms_or_null(what.duration)},
          {"target_ms", what.target.count()},
          {"within_target", what.duration ? json(what.within_target()) : json(nullptr)}};
}

json writer_of(const logic::write_counts& what) {
  return {{"attempted", what.attempted},
          {"acknowledged", what.acknowledged},
          {"indeterminate", what.indeterminate},
          {"failed", what.failed},
          {"lost", what.lost},
          {"unexpected", what.unexpected},
          {"longest_gap_ms", what.longest_gap_ms}};
}

// No drill takes a year: what is beyond was not written by an engine, and nobody can reckon with it.
constexpr std::int64_t most_ms = 365LL * 24 * 3'600'000;

void take_ms(const json& from, const char* key, std::int64_t& into) {
  auto count = into;
  take(from, key, count);
  if (count >= -most_ms && count <= most_ms)
    into = count;
}

void take_ms(const json& from, const char* key, milliseconds& into) {
  auto count = into.count();
  take_ms(from, key, count);
  into = milliseconds{count};
}

void take_ms(const json& from, const char* key, std::optional<milliseconds>& into) {
  std::int64_t count = -1; // no duration is negative
  take_ms(from, key, count);
  if (count >= 0)
    into = milliseconds{count};
}

void take_writer(const json& from, logic::drill_report& into) {
  if (!from.is_object() || !from.contains("writer") || !from["writer"].is_object())
    return;
  const auto& writer = from["writer"];
  into.wrote = true;
  take(writer, "attempted", into.writer.attempted);
  take(writer, "acknowledged", into.writer.acknowledged);
  take(writer, "indeterminate", into.writer.indeterminate);
  take(writer, "failed", into.writer.failed);
  take(writer, "lost", into.writer.lost);
  take(writer, "unexpected", into.writer.unexpected);
  take_ms(writer, "longest_gap_ms", into.writer.longest_gap_ms);
}

void take_timeline(const json& from, logic::drill_report& into) {
  each(from, "marks", [&](const json& element) {
    auto& mark = into.marks.emplace_back();
    take_ms(element, "at_ms", mark.at_ms);
    take(element, "what", mark.what);
    take(element, "who", mark.who);
    take(element, "value", mark.value);
  });
  each(from, "rates", [&](const json& element) {
    auto& rate = into.rates.emplace_back();
    take_ms(element, "at_ms", rate.at_ms);
    take(element, "acknowledged", rate.acknowledged);
    take(element, "failed", rate.failed);
    take(element, "indeterminate", rate.indeterminate);
  });
}

} // namespace

json to_json(const logic::drill_report& what) {
  json phases = json::array(), marks = json::array(), rates = json::array();
  for (const auto& phase : what.phases)
    phases.push_back(phase_of(phase));
  for (const auto& mark : what.marks)
    marks.push_back({{"at_ms", mark.at_ms}, {"what", mark.what}, {"who", mark.who}, {"value", mark.value}});
  for (const auto& rate : what.rates)
    rates.push_back({{"at_ms", rate.at_ms},
                     {"acknowledged", rate.acknowledged},
                     {"failed", rate.failed},
                     {"indeterminate", rate.indeterminate}});
  return {{"id", what.id},
          {"environment", what.environment},
          {"runtime", what.runtime},
          {"drill", what.drill},
          {"fault", what.fault},
          {"victim", what.victim},
          {"successor", what.successor.empty() ? json(nullptr) : json(what.successor)},
          {"verdict", what.passed ? "pass" : "fail"},
          {"begun_at", what.begun_us == 0 ? json(nullptr) : json(to_rfc3339(what.begun_us))},
          {"begun_at_us", what.begun_us},
          {"phases", std::move(phases)},
          {"first_failed_probe_ms", ms_or_null(what.first_failed_probe)},
          {"total_ms", ms_or_null(what.total)},
          {"target_ms", what.target.count()},
          {"resync_ms", ms_or_null(what.resync)},
          {"writer", what.wrote ? writer_of(what.writer) : json(nullptr)},
          {"zero_loss", to_string(what.zero_loss)},
          {"recovered", what.recovered},
          {"notes", what.notes},
          {"marks", std::move(marks)},
          {"rates", std::move(rates)}};
}

logic::drill_report drill_from_json(const json& from) {
  logic::drill_report out;
  take(from, "id", out.id);
  take(from, "environment", out.environment);
  take(from, "runtime", out.runtime);
  take(from, "drill", out.drill);
  take(from, "fault", out.fault);
  take(from, "victim", out.victim);
  take(from, "successor", out.successor);
  std::string verdict;
  take(from, "verdict", verdict);
  out.passed = verdict == "pass";
  take_time(from, "begun_at", out.begun_us);
  take(from, "begun_at_us", out.begun_us);
  each(from, "phases", [&](const json& element) {
    auto& phase = out.phases.emplace_back();
    take(element, "name", phase.name);
    take_ms(element, "duration_ms", phase.duration);
    take_ms(element, "target_ms", phase.target);
  });
  take_ms(from, "first_failed_probe_ms", out.first_failed_probe);
  take_ms(from, "total_ms", out.total);
  take_ms(from, "target_ms", out.target);
  take_ms(from, "resync_ms", out.resync);
  take_writer(from, out);
  out.zero_loss = logic::loss_claim::not_claimed; // what nobody said is not claimed
  take_word(from, "zero_loss", 3, out.zero_loss);
  take(from, "recovered", out.recovered);
  take_texts(from, "notes", out.notes);
  take_timeline(from, out);
  return out;
}

} // namespace paws
