#include "bin/drill_text.hpp"

#include "actors/view_json.hpp"
#include "logic/drill_words.hpp"

#include <algorithm>
#include <utility>

namespace paws::bin {

namespace {

using logic::check_status;
using logic::seconds_text;

std::string dash(const std::string& text) {
  return text.empty() ? "-" : harmless(text);
}

std::string short_claim(logic::loss_claim what) {
  return what == logic::loss_claim::not_claimed ? "not claimed" : std::string{to_string(what)};
}

// "2026-11-28 11:30:05Z"
std::string when(std::int64_t at_us) {
  if (at_us == 0)
    return "-";
  auto text = to_rfc3339(at_us);
  text = text.substr(0, std::min<std::size_t>(text.find('.'), text.size())) + "Z";
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string phase_table(const logic::drill_report& of, const look& as) {
  table rows{{"PHASE", "TOOK", "TARGET", ""}};
  for (const auto& phase : of.phases)
    rows.push_back({harmless(phase.name), seconds_text(phase.duration),
                    phase.target > std::chrono::milliseconds{} ? seconds_text(phase.target) : "-",
                    !phase.duration ? ""
                                    : mark(phase.within_target() ? check_status::pass : check_status::warn, as) +
                                          (phase.within_target() ? "" : " " + logic::phase_judgement(phase))});
  return columns(rows, as.width);
}

// Of a line of the list: "20261128T113005-…: total 14.20 s instead of 11.00 s in 20261127T…"
std::string change_words(const char* name, const logic::drill_change& what) {
  return std::string{name} + " " + seconds_text(what.now) + " instead of " + seconds_text(what.before) + " in " +
         harmless(what.against);
}

std::string proof_words(const logic::drill_series& of) {
  std::string out = std::to_string(of.passed) + " of " + std::to_string(of.runs) + " passed; zero loss proven in " +
                    std::to_string(of.proven) + ", violated in " + std::to_string(of.violated) + "; " +
                    std::to_string(of.lost) + (of.lost == 1 ? " write lost" : " writes lost");
  return out;
}

} // namespace

std::string drill_text(const logic::drill_report& of, const look& as, const std::string& page) {
  std::string story;
  for (const auto& sentence : logic::drill_story(of))
    story += (story.empty() ? "" : " ") + sentence;
  const bool lost = of.zero_loss == logic::loss_claim::violated;
  auto out = paragraph(mark(of.passed ? check_status::pass : check_status::fail, as) + "  ",
                       harmless(logic::drill_headline(of)), 4, as.width) +
             paragraph("", harmless(story), 0, as.width);
  if (!of.phases.empty())
    out += "\n" + phase_table(of, as);
  out += "\n" + paragraph("writer: ", logic::writer_sentence(of), 4, as.width) +
         paragraph("zero loss: ", (lost ? mark(check_status::fail, as) + " " : "") + harmless(logic::loss_sentence(of)),
                   4, as.width);
  for (const auto& note : logic::other_notes(of))
    out += paragraph("note: ", harmless_lines(note), 4, as.width);
  out += paragraph("report: ", dash(of.id) + ", begun " + when(of.begun_us) + ", runtime " + dash(of.runtime), 4,
                   as.width);
  if (!page.empty())
    out += paragraph("page: ", harmless(page), 4, as.width);
  return out;
}

std::string drill_series_text(const std::vector<logic::drill_report>& runs, const look& as) {
  std::string out;
  for (const auto& series : logic::series_of(runs)) {
    out += (out.empty() ? "" : "\n") +
           paragraph(mark(series.passed == series.runs ? check_status::pass : check_status::fail, as) + "  ",
                     harmless(series.drill + (series.fault.empty() ? "" : ", fault " + series.fault)) + ": " +
                         proof_words(series),
                     4, as.width);
    table rows{{"DURATION", "SEEN", "MEDIAN", "WORST", "TARGET", ""}};
    for (const auto& each : series.durations) {
      const bool judged = each.worst && each.target > std::chrono::milliseconds{};
      const bool over = judged && *each.worst > each.target;
      rows.push_back({harmless(each.name), std::to_string(each.seen) + "/" + std::to_string(series.runs),
                      each.median ? seconds_text(*each.median) : "-", each.worst ? seconds_text(*each.worst) : "-",
                      each.target > std::chrono::milliseconds{} ? seconds_text(each.target) : "-",
                      !judged ? ""
                      : over  ? mark(check_status::warn, as) + " worst over"
                              : mark(check_status::pass, as)});
    }
    out += columns(rows, as.width);
  }
  return out;
}

std::string drill_list_text(const std::vector<logic::drill_report>& runs,
                            const std::vector<logic::drill_comparison>& compared, const look& as) {
  constexpr std::size_t at_when = 1, at_drill = 2, at_victim = 4, at_lost = 8;
  table rows{{"REPORT", "WHEN", "DRILL", "FAULT", "VICTIM", "VERDICT", "TOTAL", "ZERO LOSS", "LOST"}};
  std::string slower;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& run = runs[i];
    const bool regressed = i < compared.size() && compared[i].regressed();
    rows.push_back({dash(run.id), when(run.begun_us), dash(run.drill), dash(run.fault), dash(run.victim),
                    run.passed ? "pass" : "FAIL",
                    (run.total ? seconds_text(*run.total) : "-") + (regressed ? " slower" : ""),
                    short_claim(run.zero_loss), run.wrote ? std::to_string(run.writer.lost) : "-"});
    if (!regressed)
      continue;
    for (const auto& [name, change] : {std::pair{"total", compared[i].total}, std::pair{"resync", compared[i].resync}})
      if (change && change->slower())
        slower += paragraph(mark(check_status::warn, as) + "  slower: ",
                            harmless(run.id) + ": " + change_words(name, *change), 4, as.width);
  }
  // A report's name says when it was and which drill.
  auto out = columns(rows, as.width, {at_when, at_drill, at_lost, at_victim});
  return slower.empty() ? out : out + "\n" + slower;
}

std::string comparison_text(const logic::drill_comparison& what, const look& as) {
  std::string out;
  for (const auto& [name, change] : {std::pair{"total", what.total}, std::pair{"resync", what.resync}})
    if (change)
      out += paragraph("compared: ",
                       change_words(name, *change) +
                           (change->slower() ? ": " + mark(check_status::warn, as) + " slower" : ""),
                       4, as.width);
  return out;
}

} // namespace paws::bin
