// The page of a drill and its drawing: well-formed, self-contained, true to the report, and readable.
#include "logic/drill_page.hpp"

#include "drill_sample.hpp"
#include "logic/drill_timeline.hpp"
#include "logic/drill_words.hpp"
#include "logic/markup.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>
#include <string_view>

using namespace paws::logic;
using paws::logic::testing::sample_drill;
using paws::logic::testing::wrong_xml;
using ms = milliseconds;

namespace paws::logic::testing {

namespace {

// `name key="value" key="value"`, and "/" behind it for an element without content.
bool is_tag(std::string_view inner) {
  const auto word = [&] {
    const auto end = std::min(
        inner.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"), inner.size());
    inner.remove_prefix(end);
    return end > 0;
  };
  if (!word())
    return false;
  while (inner.starts_with(' ')) {
    inner.remove_prefix(1);
    if (!word() || !inner.starts_with("=\""))
      return false;
    inner.remove_prefix(2);
    const auto end = inner.find('"');
    if (end == std::string_view::npos)
      return false;
    inner.remove_prefix(end + 1);
  }
  return inner.empty() || inner == "/";
}

bool is_entity(std::string_view text) {
  for (const auto* each : {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"})
    if (text.starts_with(each))
      return true;
  return false;
}

} // namespace

std::string wrong_xml(const std::string& text) {
  std::vector<std::string> open;
  bool ended = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '&' && !is_entity(std::string_view{text}.substr(at)))
      return "no entity: " + text.substr(at, 20);
    if (static_cast<unsigned char>(text[at]) < 0x20 && text[at] != '\n' && text[at] != '\t')
      return "a control character";
    if (text[at] != '<')
      continue;
    const auto end = text.find_first_of("<>", at + 1);
    if (end == std::string::npos || text[end] == '<')
      return "no tag: " + text.substr(at, 60);
    const auto inner = text.substr(at + 1, end - at - 1);
    const bool closes = inner.starts_with('/');
    if (ended || !is_tag(closes ? inner.substr(1) : inner))
      return "not here: " + inner;
    if (closes && (open.empty() || open.back() != inner.substr(1)))
      return "a wrong end: " + inner;
    if (closes)
      open.pop_back();
    else if (!inner.ends_with('/'))
      open.push_back(inner.substr(0, inner.find(' ')));
    ended = open.empty();
  }
  return ended ? "" : "it does not end";
}

} // namespace paws::logic::testing

namespace {

bool has(const std::string& text, const std::string& what) {
  return text.find(what) != std::string::npos;
}

std::string svg_of(const std::string& page) {
  const auto from = page.find("<svg"), until = page.find("</svg>");
  REQUIRE(from != std::string::npos);
  REQUIRE(until != std::string::npos);
  return page.substr(from, until + 6 - from);
}

struct box {
  double left, right, y;
  std::string text;
};

// Where the words stand, as wide as the widest usual letters make them.
std::vector<box> words_in(const std::string& svg) {
  static const std::regex text{R"re(<text x="([-0-9.]+)" y="([-0-9.]+)" text-anchor="(\w+)"[^>]*>([^<]*)</text>)re"};
  std::vector<box> out;
  for (std::sregex_iterator at{svg.begin(), svg.end(), text}, end; at != end; ++at) {
    const auto word = at->str(4);
    const double x = std::stod(at->str(1)), width = 7.2 * static_cast<double>(word.size());
    const double left = at->str(3) == "end" ? x - width : at->str(3) == "middle" ? x - width / 2 : x;
    out.push_back({left, left + width, std::stod(at->str(2)), word});
  }
  return out;
}

} // namespace

TEST_CASE("the page has the summary, the phases and the drawing, and needs nothing from elsewhere") {
  const auto page = drill_page(sample_drill());
  for (const auto* what :
       {"<!DOCTYPE html>", "<h1>patroni-leader, fault kill: passed</h1>", "PASSED",
        "patroni1 was hit; patroni2 took over.", "28.80 s, target 60.00 s", "proven: every acknowledged write is there",
        "900 writes: 880 acknowledged, 18 failed", "<li>the slot of patroni1 was kept</li>", "2026-11-28 11:30:05 UTC",
        "prefers-color-scheme:dark", "over by 1.34 s", "within target"})
    CHECK((has(page, what) ? "" : what) == std::string{});
  for (const auto* what : {"<script", "<link", "<img", "href=", "src=", "@import", "url(http", "undefined"})
    CHECK_FALSE(has(page, what));
  std::string urls = page; // the name of SVG's own namespace is no address
  const std::string space = "http://www.w3.org/2000/svg";
  urls.erase(urls.find(space), space.size());
  CHECK_FALSE(has(urls, "://"));
}

TEST_CASE("the drawing is well-formed, and its words neither overlap nor leave it, however long a drill was") {
  for (const std::int64_t total : {0, 120, 900, 5'000, 12'345, 28'800, 60'000, 120'000, 3'600'000}) {
    auto report = sample_drill(total);
    for (const bool passed : {true, false}) {
      report.passed = passed;
      if (!passed)
        report.total.reset();
      const auto svg = drill_timeline(report);
      INFO(total);
      CHECK(wrong_xml(svg).empty());
      const auto words = words_in(svg);
      CHECK(words.size() > 15);
      for (std::size_t i = 0; i < words.size(); ++i) {
        INFO(words[i].text);
        CHECK(words[i].left >= 0);
        CHECK(words[i].right <= 1000);
        for (std::size_t k = 0; k < i; ++k)
          if (std::abs(words[i].y - words[k].y) < 12) {
            INFO(words[k].text);
            CHECK((words[i].right <= words[k].left || words[k].right <= words[i].left));
          }
      }
    }
  }
}

TEST_CASE("the drawing tells its rows by words") {
  const auto svg = drill_timeline(sample_drill());
  for (const auto* what :
       {">detection<", ">stabilization<", ">patroni1<", ">patroni3<", ">leader key<", ">takes writes<", ">no answer<",
        ">acknowledged<", ">failed<", ">no certain answer<", ">0 s: kill<", ">28.80 s: written again<",
        ">30.24 s: taken back<", ">30 s<", "at most 10 in 0.1 s"})
    CHECK((has(svg, what) ? "" : what) == std::string{});
  auto redis = sample_drill();
  redis.marks = {{0, "names", "redis-sentinel1", "redis1"}, {9'000, "names", "redis-sentinel1", "redis2"}};
  CHECK(has(drill_timeline(redis), ">named by redis-sentinel1<"));
  CHECK(has(drill_timeline(redis), ">redis2<"));
}

TEST_CASE("phases of a failover follow each other from the fault, and backwards from the total") {
  auto report = sample_drill(10'000);
  report.phases = {{"detection", ms{7'000}, {}},
                   {"lease_expiry", ms{500}, {}},
                   {"election", ms{500}, {}},
                   {"promotion", ms{1'000}, {}},
                   {"stabilization", ms{1'000}, {}}};
  auto places = place_phases(report);
  CHECK(places[0].from_ms == 0);
  CHECK(places[2].from_ms == 7'500);
  CHECK(places[4].until_ms == 10'000);
  report.phases[1].duration.reset();
  report.phases[2].duration.reset();
  places = place_phases(report);
  CHECK(places[0].until_ms == 7'000);
  CHECK_FALSE(places[1].placed());
  CHECK_FALSE(places[2].placed());
  CHECK(places[3].from_ms == 8'000);
  CHECK(places[4].from_ms == 9'000);
  report.phases[2].duration = ms{500};
  report.phases[3].duration.reset(); // election lasted half a second: some time
  places = place_phases(report);
  CHECK_FALSE(places[2].placed());
  CHECK(places[4].placed());
  CHECK(has(drill_timeline(report), "0.50 s (not seen when)"));
  report.total.reset();
  CHECK_FALSE(place_phases(report)[4].placed());
}

TEST_CASE("phases of other drills begin at the fault, recovery where it was taken back") {
  drill_report report;
  report.drill = "etcd-quorum";
  report.phases = {{"refusal", ms{4'000}, ms{20'000}}, {"recovery", ms{2'000}, ms{60'000}}};
  report.total = ms{2'000};
  auto places = place_phases(report);
  CHECK(places[0].until_ms == 4'000);
  CHECK_FALSE(places[1].placed()); // nobody says when
  CHECK_FALSE(has(drill_timeline(report), "written again"));
  report.marks = {{20'000, "undone", "etcd1,etcd2", "stop"}};
  places = place_phases(report);
  CHECK(places[1].from_ms == 20'000);
  CHECK(places[1].until_ms == 22'000);
  CHECK(has(drill_timeline(report), ">22.00 s: written again<"));
}

TEST_CASE("what was not observed is said, not drawn") {
  auto report = sample_drill();
  for (auto& phase : report.phases)
    phase.duration.reset();
  report.total.reset();
  report.resync.reset();
  report.successor.clear();
  report.passed = report.recovered = false;
  report.zero_loss = loss_claim::not_claimed;
  report.notes = {std::string{no_claim_note} + "only 3 writes were acknowledged after the fault", "else"};
  const auto page = drill_page(report);
  CHECK(wrong_xml(svg_of(page)).empty());
  CHECK_FALSE(has(page, "class=\"phase\""));
  for (const auto* what :
       {">not observed<", "FAILED", "nobody was seen to take over", "No write was seen to be acknowledged again",
        "did NOT recover", "not claimed: only 3 writes were acknowledged after the fault", "<li>else</li>"})
    CHECK((has(page, what) ? "" : what) == std::string{});
  CHECK_FALSE(has(page, "<li>no claim"));
}

TEST_CASE("an empty report is a page as well") {
  const auto page = drill_page({});
  CHECK(wrong_xml(svg_of(page)).empty());
  CHECK(has(page, "No phase was looked for."));
  CHECK(has(page, "nothing was written"));
  CHECK_FALSE(has(page, "<details>"));
}

TEST_CASE("whatever text a report holds stays text") {
  const std::string evil = "</title><script>alert(1)</script>\"' & \x01\xff\x1b[2J \xc2\x9b ü";
  const auto clean = "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39; &amp; ???[2J ?? ü";
  CHECK(markup(evil) == clean);
  CHECK(markup("\xed\xa0\x80 \xef\xbf\xbf \xf4\x90\x80\x80 \xc3").find_first_not_of("? ") == std::string::npos);
  CHECK(markup("€ 𐍈\n\t") == "€ 𐍈\n\t");
  auto report = sample_drill();
  for (auto* text : {&report.id, &report.environment, &report.runtime, &report.drill, &report.fault, &report.victim,
                     &report.successor, &report.notes[0], &report.phases[0].name})
    *text = evil;
  for (auto& mark : report.marks)
    mark.who = mark.value = evil;
  report.marks.push_back({1, evil, evil, evil});
  const auto page = drill_page(report);
  CHECK(wrong_xml(svg_of(page)).empty());
  CHECK_FALSE(has(page, "<script"));
  CHECK_FALSE(has(page, "\x1b"));
  CHECK(std::count(page.begin(), page.end(), '\xff') == 0);
}

TEST_CASE("a page does not grow with what was seen beyond what eyes can read") {
  auto report = sample_drill();
  for (int i = 0; i < 2'000; ++i)
    report.marks.push_back({30'000 + i, "lease", "etcd", std::to_string(i)});
  const auto page = drill_page(report);
  CHECK(has(page, "The first 500; the report itself has all."));
  CHECK(page.size() < 150'000);
}
