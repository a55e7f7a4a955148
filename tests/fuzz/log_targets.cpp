// Any bytes are a line of a log, a framed line, a log to be excerpted, or a search in logs.
#include "tests/fuzz/targets.hpp"

#include "logic/log_excerpt.hpp"
#include "logic/log_line.hpp"
#include "logic/log_query.hpp"
#include "runtimes/process/log_frame.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <cstdlib>

namespace paws::fuzz {

namespace {

constexpr std::int64_t now_us = 1'795'525'075'975'926;

template <class Parser>
void feed_line(Parser parse, std::string_view text) {
  if (const auto line = parse(text); line && line->message.size() > 2 * text.size() + 16)
    std::abort();
  if (std::abs(logic::parse_log_line(text, now_us).at_us - now_us) > 60'000'000)
    std::abort();
}

} // namespace

void feed_json(std::string_view bytes) {
  feed_line(logic::parse_json_line, bytes);
}

void feed_postgres(std::string_view bytes) {
  feed_line(logic::parse_postgres_line, bytes);
}

void feed_patroni(std::string_view bytes) {
  feed_line(logic::parse_patroni_line, bytes);
}

void feed_redis(std::string_view bytes) {
  feed_line(logic::parse_redis_line, bytes);
}

void feed_haproxy(std::string_view bytes) {
  feed_line(logic::parse_haproxy_line, bytes);
}

// The text is a piece of the line: its end, or all of it when it is not framed.
void feed_frame(std::string_view bytes) {
  const auto framed = process::unframe(bytes);
  const bool all = framed.text.size() == bytes.size();
  if (!bytes.ends_with(framed.text) || (framed.at_us == 0 && !all))
    std::abort();
}

// The first byte: how many lines are wanted.
void feed_excerpt(std::string_view bytes) {
  if (bytes.empty())
    return;
  const auto most = static_cast<std::size_t>(bytes.front() & 0x1f);
  std::vector<std::string> lines(1);
  for (const char c : bytes.substr(1))
    c == '\n' ? void(lines.emplace_back()) : lines.back().push_back(c);
  const auto shown = logic::log_excerpt(lines, most);
  const auto wanted = std::min(most, lines.size());
  if (shown.size() != wanted && shown.size() != wanted + 2) // a telling line and "…" before them
    std::abort();
  if (!std::equal(shown.end() - static_cast<std::ptrdiff_t>(wanted), shown.end(),
                  lines.end() - static_cast<std::ptrdiff_t>(wanted)))
    std::abort();
}

// The first line is a pattern, the rest a text: if it matches, it contains what the pattern cannot do without.
void feed_query(std::string_view bytes) {
  const auto end = std::min(bytes.find('\n'), bytes.size());
  const std::string pattern{bytes.substr(0, end)};
  std::string text{bytes.substr(std::min(end + 1, bytes.size()))};
  const auto any_of = logic::required_literals(pattern);
  for (const auto& literals : any_of)
    if (literals.empty() ||
        std::any_of(literals.begin(), literals.end(), [](const auto& one) { return one.size() < 3; }))
      std::abort();
  RE2::Options quiet;
  quiet.set_log_errors(false);
  quiet.set_max_mem(1 << 20);
  const RE2 compiled{pattern, quiet};
  if (any_of.empty() || !compiled.ok() || !RE2::PartialMatch(text, compiled))
    return;
  // Beyond ASCII there are other letters that count as the same without case.
  if (std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    return;
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const auto holds = [&](const auto& literals) {
    return std::all_of(literals.begin(), literals.end(),
                       [&](const auto& one) { return text.find(one) != std::string::npos; });
  };
  if (std::none_of(any_of.begin(), any_of.end(), holds))
    std::abort();
}

} // namespace paws::fuzz
