#include "logic/drill_timeline.hpp"

#include "logic/drill_kit.hpp"
#include "logic/drill_words.hpp"
#include "logic/markup.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

namespace paws::logic {

namespace {

// Units of the drawing. A character of its 12 unit font is taken as wide as the widest usual letters are.
constexpr int picture_width = 1000, label_width = 190, right_margin = 24, row_height = 24, bar_height = 16,
              rates_height = 40;
constexpr double plot_width = picture_width - label_width - right_margin, character_width = 7.2;

std::string number(double what) {
  const auto tenths = std::llround(what * 10);
  return std::to_string(tenths / 10) + (tenths % 10 == 0 ? "" : "." + std::to_string(std::abs(tenths % 10)));
}

double width_of(const std::string& text) {
  return character_width * static_cast<double>(text.size());
}

// As much of `text` as fits; cut within no UTF-8 character.
std::string fitting(const std::string& text, double width) {
  if (width_of(text) <= width)
    return text;
  auto size = static_cast<std::size_t>(std::max(0.0, width / character_width - 3));
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U)
    --size;
  return size == 0 ? "" : text.substr(0, size) + "...";
}

struct span {
  std::int64_t from_ms = 0, until_ms = 0;
  std::string value;
};

class drawing {
public:
  drawing(std::int64_t from_ms, std::int64_t until_ms) : from_ms_{from_ms}, until_ms_{until_ms} {}

  double x(std::int64_t at_ms) const {
    const auto at = std::clamp(at_ms, from_ms_, until_ms_);
    return label_width + plot_width * static_cast<double>(at - from_ms_) / static_cast<double>(until_ms_ - from_ms_);
  }
  double y() const { return y_; }
  std::int64_t from_ms() const { return from_ms_; }
  std::int64_t until_ms() const { return until_ms_; }

  void text(double x, double y, const std::string& what, const char* anchor = "start", const char* kind = "") {
    body_ += "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" text-anchor=\"" + anchor + "\"" +
             (*kind == '\0' ? "" : std::string{" class=\""} + kind + "\"") + ">" + markup(what) + "</text>\n";
  }
  void bar(const span& over, const char* kind, const std::string& title) {
    body_ += "<rect x=\"" + number(x(over.from_ms)) + "\" y=\"" + number(y_ + (row_height - bar_height) / 2.0) +
             "\" width=\"" + number(std::max(1.5, x(over.until_ms) - x(over.from_ms))) + "\" height=\"" +
             std::to_string(bar_height) + "\" class=\"" + kind + "\"><title>" + markup(title) + "</title></rect>\n";
  }
  void path(const std::string& steps, const char* kind) {
    body_ += "<path d=\"" + steps + "\" class=\"" + kind + "\"/>\n";
  }
  void label(const std::string& what) {
    text(label_width - 8, y_ + row_height - 8, fitting(what, label_width - 12), "end");
  }
  /// A word within a bar of this row, when it fits.
  void inside(const span& over, const std::string& what, const char* kind) {
    if (x(over.until_ms) - x(over.from_ms) >= width_of(what) + 8)
      text(x(over.from_ms) + 5, y_ + row_height - 8, what, "start", kind);
  }
  /// A word beside what ends at `until`, on the side that has room.
  void beside(double from, double until, const std::string& what) {
    const double right = picture_width - right_margin;
    if (until + 6 + width_of(what) <= right)
      text(until + 6, y_ + row_height - 8, what, "start", "over");
    else if (from - 6 - width_of(what) >= label_width)
      text(from - 6, y_ + row_height - 8, what, "end", "over");
    else
      text(until - 5, y_ + row_height - 8, what, "end", "over");
  }
  /// A line through everything, with its words in a row of their own.
  void moment(std::int64_t at_ms, const std::string& what, const char* kind) {
    lines_.push_back({x(at_ms), y_ + row_height - 4, kind});
    beside(x(at_ms), x(at_ms), what);
    down();
  }
  void heading(const std::string& what) {
    y_ += 10;
    text(0, y_ + row_height - 8, what, "start", "head");
    down();
  }
  void down(double by = row_height) { y_ += by; }

  std::string finished(const std::string& title) const {
    std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"timeline\" role=\"img\" viewBox=\"0 0 " +
                      std::to_string(picture_width) + " " + number(y_ + 4) + "\">\n<title>" + markup(title) +
                      "</title>\n<defs><pattern id=\"silent\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
                      "<path d=\"M0 6L6 0\" class=\"hatch\"/></pattern></defs>\n";
    for (const auto& line : lines_)
      out += "<path d=\"M" + number(line.x) + " " + number(line.from) + "V" + number(y_ - row_height) + "\" class=\"" +
             line.kind + "\"/>\n";
    return out + body_ + "</svg>\n";
  }

private:
  struct vertical {
    double x, from;
    const char* kind;
  };
  std::int64_t from_ms_, until_ms_;
  double y_ = 0;
  std::string body_;
  std::vector<vertical> lines_;
};

std::optional<std::int64_t> undone_at(const drill_report& of) {
  for (const auto& mark : of.marks)
    if (mark.what == mark_undone)
      return mark.at_ms;
  return std::nullopt;
}

bool has_recovery(const drill_report& of) {
  return std::any_of(of.phases.begin(), of.phases.end(), [](const auto& phase) { return phase.name == "recovery"; });
}

// The total counts from the fault; of a drill in which writes are to be refused, from where the fault was taken back.
std::optional<std::int64_t> written_at(const drill_report& of) {
  if (!of.total)
    return std::nullopt;
  const auto from = has_recovery(of) ? undone_at(of) : std::optional<std::int64_t>{0};
  return from ? std::optional{*from + of.total->count()} : std::nullopt;
}

drawing canvas_for(const drill_report& of, const std::vector<placed_phase>& phases) {
  std::int64_t from = 0, until = 1'000;
  const auto reach = [&](std::int64_t at_ms) {
    from = std::min(from, at_ms);
    until = std::max(until, at_ms);
  };
  for (const auto& mark : of.marks)
    reach(mark.at_ms);
  for (const auto& rate : of.rates) {
    reach(rate.at_ms);
    reach(rate.at_ms + 100);
  }
  for (const auto& phase : phases)
    reach(std::max<std::int64_t>(phase.until_ms, 0));
  reach(written_at(of).value_or(0));
  return {from, until};
}

void draw_phases(drawing& on, const drill_report& of, const std::vector<placed_phase>& places) {
  if (of.phases.empty())
    return;
  on.heading("phases");
  for (std::size_t i = 0; i < of.phases.size(); ++i) {
    const auto& phase = of.phases[i];
    on.label(phase.name);
    auto words = seconds_text(phase.duration);
    if (phase.duration && !phase.within_target() && phase.target > milliseconds{})
      words += ", " + phase_judgement(phase);
    if (const auto& at = places[i]; at.placed()) {
      on.bar({at.from_ms, at.until_ms, ""}, "phase", phase.name + ": " + words);
      on.beside(on.x(at.from_ms), on.x(at.until_ms), words);
    } else {
      on.beside(on.x(0), on.x(0), phase.duration ? words + " (not seen when)" : words);
    }
    on.down();
  }
}

// Who said what under one name, as spans that reach to the next word or to the end.
std::map<std::string, std::vector<span>> spans_of(const drill_report& of, std::string_view what, std::int64_t until) {
  std::map<std::string, std::vector<span>> out;
  for (const auto& mark : of.marks) {
    if (mark.what != what)
      continue;
    auto& list = out[mark.who];
    if (!list.empty())
      list.back().until_ms = std::max(list.back().from_ms, mark.at_ms);
    list.push_back({mark.at_ms, until, mark.value});
  }
  return out;
}

struct look_of_state {
  const char* kind;
  const char* word;
  const char* ink;
};

// What a member was at `at_ms`, of what is known by then; nothing before its first word.
const look_of_state* state_at(const std::vector<span>& answers, const std::vector<span>& leads, std::int64_t at_ms) {
  static constexpr look_of_state silent{"silent", "no answer", "over"}, leading{"leads", "takes writes", "on"},
      there{"answers", "answers", ""};
  const auto value = [&](const std::vector<span>& of) -> const std::string* {
    const std::string* out = nullptr;
    for (const auto& each : of)
      if (each.from_ms <= at_ms)
        out = &each.value;
    return out;
  };
  const auto* answer = value(answers);
  const auto* lead = value(leads);
  if (answer == nullptr && lead == nullptr)
    return nullptr;
  if (answer != nullptr && *answer != "true")
    return &silent;
  return lead != nullptr && *lead == "true" ? &leading : &there;
}

void draw_members(drawing& on, const drill_report& of) {
  const auto answers = spans_of(of, sight_answers, on.until_ms()), leads = spans_of(of, sight_leads, on.until_ms());
  std::map<std::string, std::vector<std::int64_t>> turns; // where a member's state may change
  for (const auto* from : {&answers, &leads})
    for (const auto& [who, list] : *from)
      for (const auto& each : list)
        turns[who].push_back(each.from_ms);
  if (turns.empty())
    return;
  on.heading("members");
  const std::vector<span> none;
  for (auto& [who, at] : turns) {
    on.label(who);
    std::sort(at.begin(), at.end());
    at.push_back(on.until_ms());
    const auto& own_answers = answers.contains(who) ? answers.at(who) : none;
    const auto& own_leads = leads.contains(who) ? leads.at(who) : none;
    for (std::size_t i = 0; i + 1 < at.size();) {
      const auto* state = state_at(own_answers, own_leads, at[i]);
      span over{at[i], at[i + 1], ""};
      for (++i; i + 1 < at.size() && state_at(own_answers, own_leads, at[i]) == state; ++i)
        over.until_ms = at[i + 1];
      if (state == nullptr || over.until_ms <= over.from_ms)
        continue;
      on.bar(over, state->kind,
             who + ": " + state->word + " from " + seconds_text(milliseconds{over.from_ms}) + " to " +
                 seconds_text(milliseconds{over.until_ms}));
      on.inside(over, state->word, state->ink);
    }
    on.down();
  }
}

// Rows of names: who holds the leader key, whom a Sentinel or an etcd member names.
void draw_names(drawing& on, const drill_report& of) {
  bool headed = false;
  for (const auto& [what, label] : {std::pair{sight_leader_key, "leader key"}, std::pair{sight_names, "named by "}})
    for (const auto& [who, list] : spans_of(of, what, on.until_ms())) {
      if (!std::exchange(headed, true))
        on.heading("who leads");
      on.label(what == sight_names ? label + who : std::string{label});
      for (const auto& each : list) {
        const auto name = each.value.empty() ? "nobody" : each.value;
        on.bar(each, each.value.empty() ? "silent" : "holder",
               name + " from " + seconds_text(milliseconds{each.from_ms}) + " to " +
                   seconds_text(milliseconds{each.until_ms}));
        on.inside(each, name, each.value.empty() ? "over" : "");
      }
      on.down();
    }
}

void draw_rate(drawing& on, const drill_report& of, std::uint32_t write_rate::*which, const char* name,
               const char* kind) {
  std::uint32_t peak = 0;
  for (const auto& rate : of.rates)
    peak = std::max(peak, rate.*which);
  const double base = on.y() + rates_height - 4;
  std::string steps;
  for (std::size_t i = 0; i < of.rates.size();) {
    const auto from = of.rates[i].at_ms;
    const auto value = of.rates[i].*which;
    auto until = from + 100;
    for (++i; i < of.rates.size() && of.rates[i].*which == value && of.rates[i].at_ms == until; ++i)
      until += 100;
    if (value > 0) // even one of many is to be seen
      steps += "M" + number(on.x(from)) + " " + number(base) + "V" +
               number(base - std::max(3.0, (rates_height - 8.0) * value / peak)) + "H" + number(on.x(until)) + "V" +
               number(base) + "Z";
  }
  on.text(label_width - 8, base - 14, name, "end");
  on.text(label_width - 8, base - 1, "at most " + std::to_string(peak) + " in 0.1 s", "end", "small");
  on.path("M" + number(label_width) + " " + number(base) + "H" + number(picture_width - right_margin), "base");
  if (!steps.empty())
    on.path(steps, kind);
  on.down(rates_height);
}

void draw_writer(drawing& on, const drill_report& of) {
  if (of.rates.empty())
    return;
  on.heading("writes");
  draw_rate(on, of, &write_rate::acknowledged, "acknowledged", "acknowledged");
  draw_rate(on, of, &write_rate::failed, "failed", "failed");
  draw_rate(on, of, &write_rate::indeterminate, "no certain answer", "unsure");
}

// The finest of these steps that leaves each number its room.
std::int64_t tick_step(std::int64_t whole_ms) {
  constexpr std::array<std::int64_t, 18> steps{100,     200,       500,       1'000,     2'000,      5'000,
                                               10'000,  20'000,    30'000,    60'000,    120'000,    300'000,
                                               600'000, 1'800'000, 3'600'000, 7'200'000, 21'600'000, 86'400'000};
  for (const auto step : steps)
    if (whole_ms / step <= 12)
      return step;
  return std::max<std::int64_t>(steps.back(), whole_ms / 12);
}

void draw_axis(drawing& on) {
  on.down(6);
  on.path("M" + number(label_width) + " " + number(on.y()) + "H" + number(picture_width - right_margin), "axis");
  const auto step = tick_step(on.until_ms() - on.from_ms());
  for (auto at = on.from_ms() / step * step; at <= on.until_ms(); at += step) {
    if (at < on.from_ms())
      continue;
    on.path("M" + number(on.x(at)) + " " + number(on.y()) + "v5", "axis");
    const auto tenths = std::abs(at) / 100;
    on.text(on.x(at), on.y() + 18,
            (at < 0 ? "-" : "") + std::to_string(tenths / 10) +
                (step < 1'000 ? "." + std::to_string(tenths % 10) : "") + " s",
            "middle");
  }
  on.down();
}

} // namespace

std::vector<placed_phase> place_phases(const drill_report& of) {
  const auto& phases = of.phases;
  std::vector<placed_phase> out(phases.size());
  if (phases.empty() || phases.front().name != "detection") {
    const auto undone = undone_at(of);
    for (std::size_t i = 0; i < phases.size(); ++i)
      if (const auto from = phases[i].name == "recovery" ? undone : std::optional<std::int64_t>{0};
          from && phases[i].duration)
        out[i] = {*from, *from + phases[i].duration->count()};
    return out;
  }
  std::int64_t at = 0;
  for (std::size_t i = 0; i < phases.size() && phases[i].duration; ++i) {
    out[i] = {at, at + phases[i].duration->count()};
    at = out[i].until_ms;
  }
  if (!of.total)
    return out;
  at = of.total->count();
  for (auto i = phases.size(); i > 0 && phases[i - 1].duration && !out[i - 1].placed(); --i) {
    out[i - 1] = {std::max<std::int64_t>(0, at - phases[i - 1].duration->count()), at};
    at = out[i - 1].from_ms;
  }
  return out;
}

std::string drill_timeline(const drill_report& of) {
  const auto places = place_phases(of);
  auto on = canvas_for(of, places);
  on.moment(0, "0 s: " + (of.fault.empty() ? "fault" : of.fault), "fault");
  if (const auto undone = undone_at(of))
    on.moment(*undone, seconds_text(milliseconds{*undone}) + ": taken back", "moment");
  if (const auto written = written_at(of))
    on.moment(*written, seconds_text(milliseconds{*written}) + ": written again", "moment");
  draw_phases(on, of, places);
  draw_members(on, of);
  draw_names(on, of);
  draw_writer(on, of);
  draw_axis(on);
  return on.finished("Timeline of " + drill_headline(of));
}

const char* const timeline_style = R"css(
.timeline{display:block;width:100%;min-width:46rem;font:12px system-ui,sans-serif}
.timeline text{fill:var(--ink)}
.timeline .head{font-weight:600}
.timeline .small{font-size:10px;fill:var(--dim)}
.timeline .on{fill:var(--paper)}
.timeline .over{paint-order:stroke;stroke:var(--paper);stroke-width:4px}
.timeline .phase{fill:var(--busy)}
.timeline .answers,.timeline .holder{fill:var(--line);stroke:var(--dim)}
.timeline .leads{fill:var(--good)}
.timeline .silent{fill:url(#silent);stroke:var(--bad)}
.timeline .hatch{stroke:var(--bad);fill:none}
.timeline .acknowledged{fill:var(--good)}
.timeline .failed{fill:var(--bad)}
.timeline .unsure{fill:var(--busy)}
.timeline .axis{stroke:var(--ink);fill:none}
.timeline .base{stroke:var(--line);fill:none}
.timeline .fault{stroke:var(--bad);stroke-width:2px}
.timeline .moment{stroke:var(--ink);stroke-dasharray:4 3}
)css";

} // namespace paws::logic
