#include "logic/drill_page.hpp"

#include "logic/drill_timeline.hpp"
#include "logic/drill_words.hpp"
#include "logic/markup.hpp"

#include <array>
#include <cstdio>
#include <ctime>

namespace paws::logic {

namespace {

// Beyond, the page would be for nobody's eyes; the report itself has all.
constexpr std::size_t most_marks_shown = 500;

constexpr const char* page_style = R"css(
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--busy:#8250df;--good:#1a7f37;
--bad:#b32222}
@media (prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--dim:#9da7b1;--line:#3d444d;--busy:#b48cf2;
--good:#4ac26b;--bad:#ff7b72}}
@media print{:root{--paper:#fff;--ink:#000;--dim:#444;--line:#bbb;--busy:#8250df;--good:#1a7f37;--bad:#b32222}}
body{background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif;margin:0}
main{max-width:64rem;margin:0 auto;padding:1rem}
h1{font-size:1.5rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin-top:2rem}
table{border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0;border-bottom:1px solid var(--line);
overflow-wrap:anywhere}
td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.scroll{overflow-x:auto}
.verdict{font-weight:700;border:2px solid;padding:.3rem .7rem;display:inline-block}
.pass{color:var(--good)}.fail{color:var(--bad)}
.hint{color:var(--dim);font-size:.85rem}
)css";

std::string utc_text(std::int64_t at_us) {
  if (at_us == 0)
    return "-";
  const std::time_t when = at_us / 1'000'000;
  std::tm parts{};
  if (gmtime_r(&when, &parts) == nullptr)
    return "-";
  std::array<char, 64> out{};
  return std::strftime(out.data(), out.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) > 0 ? out.data() : "-";
}

std::string row(std::string_view name, std::string_view value) {
  return "<tr><th scope=\"row\">" + markup(name) + "</th><td>" + (value.empty() ? "-" : markup(value)) + "</td></tr>\n";
}

std::string summary(const drill_report& of) {
  std::string out = "<p class=\"verdict " + std::string{of.passed ? "pass\">PASSED" : "fail\">FAILED"} + "</p>\n<p>";
  for (const auto& sentence : drill_story(of))
    out += markup(sentence) + "\n";
  return out + "</p>\n<table>\n" + row("victim", of.victim) + row("successor", of.successor) +
         row("total", seconds_text(of.total) + ", target " + seconds_text(of.target)) +
         row("first failed probe", seconds_text(of.first_failed_probe)) + row("resync", seconds_text(of.resync)) +
         row("zero loss", loss_sentence(of)) + row("recovered", of.recovered ? "yes" : "NO") +
         row("writer", writer_sentence(of)) + row("environment", of.environment) + row("runtime", of.runtime) +
         row("begun", utc_text(of.begun_us)) + row("report", of.id) + "</table>\n";
}

std::string phases(const drill_report& of) {
  std::string out = "<h2>Phases</h2>\n";
  if (of.phases.empty())
    return out + "<p>No phase was looked for.</p>\n";
  out += "<div class=\"scroll\"><table>\n<tr><th scope=\"col\">phase</th><th scope=\"col\">took</th>"
         "<th scope=\"col\">target</th><th scope=\"col\">judgement</th></tr>\n";
  for (const auto& phase : of.phases)
    out += "<tr><th scope=\"row\">" + markup(phase.name) + "</th><td class=\"number\">" + seconds_text(phase.duration) +
           "</td><td class=\"number\">" + (phase.target > milliseconds{} ? seconds_text(phase.target) : "-") +
           "</td><td>" + phase_judgement(phase) + "</td></tr>\n";
  return out + "</table></div>\n";
}

std::string timeline(const drill_report& of) {
  return "<h2>Timeline</h2>\n<div class=\"scroll\">\n" + drill_timeline(of) +
         "</div>\n<p class=\"hint\">Seconds since the fault. A member's bar is full while it takes writes, outlined "
         "while it only answers, hatched while it does not answer; so is the leader key while nobody holds it. Writes "
         "are counted per tenth of a second, each row by its own scale. The words of a narrow bar appear when it is "
         "pointed at.</p>\n";
}

std::string notes(const drill_report& of) {
  const auto list = other_notes(of);
  if (list.empty())
    return "";
  std::string out = "<h2>Notes</h2>\n<ul>\n";
  for (const auto& note : list)
    out += "<li>" + markup(note) + "</li>\n";
  return out + "</ul>\n";
}

std::string marks(const drill_report& of) {
  if (of.marks.empty())
    return "";
  std::string out = "<h2>What was seen</h2>\n<details><summary>" + std::to_string(of.marks.size()) +
                    " words</summary>\n<div class=\"scroll\"><table>\n<tr><th scope=\"col\">at</th>"
                    "<th scope=\"col\">who</th><th scope=\"col\">what</th><th scope=\"col\">value</th></tr>\n";
  std::size_t shown = 0;
  for (const auto& mark : of.marks) {
    if (++shown > most_marks_shown)
      break;
    out += "<tr><td class=\"number\">" + seconds_text(milliseconds{mark.at_ms}) + "</td><td>" + markup(mark.who) +
           "</td><td>" + markup(mark.what) + "</td><td>" + (mark.value.empty() ? "(none)" : markup(mark.value)) +
           "</td></tr>\n";
  }
  out += "</table></div>\n";
  if (of.marks.size() > most_marks_shown)
    out += "<p class=\"hint\">The first " + std::to_string(most_marks_shown) + "; the report itself has all.</p>\n";
  return out + "</details>\n";
}

} // namespace

std::string drill_page(const drill_report& of) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
         "<title>" +
         markup(drill_headline(of)) + "</title>\n<style>" + page_style + timeline_style +
         "</style>\n</head>\n<body>\n<main>\n<h1>" + markup(drill_headline(of)) + "</h1>\n" + summary(of) + phases(of) +
         timeline(of) + notes(of) + marks(of) + "</main>\n</body>\n</html>\n";
}

} // namespace paws::logic
