#include "logic/log_line.hpp"

#include "logic/log_time.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <utility>

namespace paws::logic {

namespace {

using namespace std::string_view_literals;

constexpr std::int64_t us_per_s = 1'000'000;
constexpr std::int64_t quarter_hour_us = 15 * 60 * us_per_s; // zones differ by multiples of it
constexpr std::int64_t believed_us = 60 * us_per_s;
constexpr std::int64_t together_us = us_per_s; // one message in several lines is written at once
constexpr std::size_t most_trace = 64;

constexpr std::array<std::pair<std::string_view, log_level>, 27> level_words{{
    {"trace", log_level::trace},    {"debug", log_level::debug},     {"debug1", log_level::debug},
    {"debug2", log_level::debug},   {"debug3", log_level::debug},    {"debug4", log_level::debug},
    {"debug5", log_level::debug},   {"fine", log_level::debug},      {"info", log_level::info},
    {"log", log_level::info},       {"notice", log_level::info},     {"statement", log_level::info},
    {"detail", log_level::info},    {"hint", log_level::info},       {"context", log_level::info},
    {"warn", log_level::warning},   {"warning", log_level::warning}, {"error", log_level::error},
    {"err", log_level::error},      {"alert", log_level::error},     {"severe", log_level::error},
    {"critical", log_level::fatal}, {"crit", log_level::fatal},      {"fatal", log_level::fatal},
    {"panic", log_level::fatal},    {"dpanic", log_level::fatal},    {"emerg", log_level::fatal},
}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == y; });
}

void skip_spaces(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
}

// The characters up to one of `ends`, which is dropped too.
std::string_view take_until(std::string_view& text, std::string_view ends) {
  const auto at = std::min(text.find_first_of(ends), text.size());
  const auto out = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return out;
}

// PostgreSQL says more about a message in lines of their own.
bool goes_on(std::string_view level_word) {
  return level_word == "DETAIL" || level_word == "HINT" || level_word == "CONTEXT" || level_word == "STATEMENT" ||
         level_word == "QUERY" || level_word == "LOCATION";
}

// "java.lang.IllegalStateException: text", "psycopg2.OperationalError: text", "Caused by: …", "Traceback (most …"
bool begins_trace(std::string_view text) {
  const auto name = text.substr(0, text.find(':'));
  return text.starts_with("Traceback (most recent call") || text.starts_with("Caused by: ") ||
         (name.find(' ') == std::string_view::npos && (name.ends_with("Exception") || name.ends_with("Error")));
}

// "LOG:  text": the level, and `text` behind it.
std::optional<log_level> take_level(std::string_view& text) {
  auto rest = text;
  const auto word = take_until(rest, ":");
  const auto level = word.size() <= 10 ? to_log_level(word) : std::nullopt;
  if (!level)
    return std::nullopt;
  skip_spaces(rest);
  text = rest;
  return level;
}

bool is_trace_char(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-';
}

// "trace_id=4bf92f35…", "traceId: 4bf9…", "X-Trace-ID: …": at least eight characters.
std::string trace_in(std::string_view text) {
  for (auto at = text.find("race"); at != std::string_view::npos; at = text.find("race", at + 1)) {
    auto rest = text.substr(at + 4);
    if (!rest.empty() && (rest[0] == '_' || rest[0] == '-'))
      rest.remove_prefix(1);
    if (rest.size() < 2 || lower(rest[0]) != 'i' || lower(rest[1]) != 'd')
      continue;
    rest.remove_prefix(2);
    rest.remove_prefix(std::min(rest.find_first_not_of("\"' :=[("), rest.size()));
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_trace_char) - rest.begin();
    if (end >= 8 && static_cast<std::size_t>(end) <= most_trace)
      return std::string{rest.substr(0, static_cast<std::size_t>(end))};
  }
  return {};
}

int month_of(std::string_view word) {
  constexpr std::array months{"Jan"sv, "Feb"sv, "Mar"sv, "Apr"sv, "May"sv, "Jun"sv,
                              "Jul"sv, "Aug"sv, "Sep"sv, "Oct"sv, "Nov"sv, "Dec"sv};
  const auto at = std::find(months.begin(), months.end(), word);
  return at == months.end() ? -1 : static_cast<int>(at - months.begin()) + 1;
}

int to_int(std::string_view digits) {
  int out = 0;
  if (digits.empty() || digits.size() > 6 || !std::all_of(digits.begin(), digits.end(), is_digit))
    return -1;
  for (const char c : digits)
    out = out * 10 + (c - '0');
  return out;
}

} // namespace

std::string_view to_string(log_level what) {
  constexpr std::array<std::string_view, 6> words{"trace", "debug", "info", "warning", "error", "fatal"};
  return words.at(static_cast<std::size_t>(what));
}

std::optional<log_level> to_log_level(std::string_view word) {
  for (const auto& [name, level] : level_words)
    if (same_word(word, name))
      return level;
  return std::nullopt;
}

std::optional<log_line> parse_postgres_line(std::string_view text) {
  const auto at = read_time(text);
  if (!at || text.empty() || text[0] != ' ')
    return std::nullopt;
  text.remove_prefix(1);
  const auto zone = take_until(text, " ");
  if (zone.empty() || zone.size() > 6 || text.empty() || text[0] != '[')
    return std::nullopt;
  take_until(text, "]");
  // What log_line_prefix adds (user@database …) stands before the level.
  for (auto rest = text; !rest.empty(); take_until(rest, " ")) {
    skip_spaces(rest);
    auto behind = rest;
    const auto word = rest.substr(0, rest.find(':'));
    if (const auto level = take_level(behind))
      return log_line{*at, *level, std::string{behind}, {}, goes_on(word)};
  }
  return std::nullopt;
}

std::optional<log_line> parse_patroni_line(std::string_view text) {
  const auto at = read_time(text);
  if (!at || text.empty() || text[0] != ' ')
    return std::nullopt;
  skip_spaces(text);
  const auto level = take_level(text);
  if (!level)
    return std::nullopt;
  return log_line{*at, *level, std::string{text}, {}, false};
}

std::optional<log_line> parse_redis_line(std::string_view text) {
  if (to_int(take_until(text, ":")) < 0 || text.size() < 2 || text[1] != ' ')
    return std::nullopt;
  text.remove_prefix(2);
  const int day = to_int(take_until(text, " "));
  const int month = month_of(take_until(text, " "));
  const int year = to_int(take_until(text, " "));
  const int hour = to_int(take_until(text, ":")), minute = to_int(take_until(text, ":"));
  const int second = to_int(take_until(text, ".")), ms = to_int(take_until(text, " "));
  if (text.size() < 2 || text[1] != ' ' || ms < 0 || ms > 999)
    return std::nullopt;
  const auto at = utc_us(year, month, day, hour, minute, second, ms * 1000);
  if (!at)
    return std::nullopt;
  const auto level = text[0] == '.' || text[0] == '-' ? log_level::debug
                     : text[0] == '#'                 ? log_level::warning
                                                      : log_level::info;
  return log_line{*at, level, std::string{text.substr(2)}, {}, false};
}

std::optional<log_line> parse_haproxy_line(std::string_view text) {
  if (text.empty() || text[0] != '[')
    return std::nullopt;
  text.remove_prefix(1);
  const auto level = to_log_level(take_until(text, "]"));
  if (!level)
    return std::nullopt;
  skip_spaces(text);
  if (const auto end = text.find(") : "); !text.empty() && end != std::string_view::npos && end < 32)
    text.remove_prefix(end + 4);
  return log_line{0, *level, std::string{text}, {}, false};
}

namespace {

std::optional<log_line> parse_any_line(std::string_view text) {
  std::optional<log_line> found;
  const char first = text.empty() ? '\0' : text[0];
  if (first == '{')
    found = parse_json_line(text);
  else if (first == '[')
    found = parse_haproxy_line(text);
  else if (is_digit(first) && text.size() > 4 && text[4] == '-') {
    found = parse_postgres_line(text);
    if (!found)
      found = parse_patroni_line(text);
  } else if (is_digit(first))
    found = parse_redis_line(text);
  return found;
}

log_line placed(std::optional<log_line> found, std::string_view text, std::int64_t kept_us) {
  log_line out = found ? std::move(*found) : log_line{0, log_level::info, std::string{text}, {}, false};
  if (out.trace_id.empty())
    out.trace_id = trace_in(text);
  // A time without a zone is off by some quarters of an hour.
  const auto off = kept_us - out.at_us;
  const auto zone = (off + (off < 0 ? -quarter_hour_us : quarter_hour_us) / 2) / quarter_hour_us * quarter_hour_us;
  out.at_us += zone;
  if (std::abs(kept_us - out.at_us) > believed_us || std::abs(zone) > 56 * quarter_hour_us)
    out.at_us = kept_us;
  return out;
}

} // namespace

log_line parse_log_line(std::string_view text, std::int64_t kept_us) {
  return placed(parse_any_line(text), text, kept_us);
}

log_line parse_log_line(std::string_view text, std::int64_t kept_us, log_past& past, std::int64_t& newest_us) {
  if (newest_us - kept_us > believed_us) // the clock was set back
    newest_us = 0;
  auto found = parse_any_line(text);
  const bool indented = !text.empty() && (text[0] == ' ' || text[0] == '\t');
  const bool in_trace = !found && (begins_trace(text) || (past.trace && indented));
  const bool near = past.kept_us > 0 && kept_us - past.kept_us < together_us;
  const bool own = found && !found->goes_on;
  auto out = placed(std::move(found), text, kept_us);
  out.goes_on = near && !own && (indented || in_trace || out.goes_on);
  if (out.goes_on)
    out.level = past.level;
  out.at_us = std::max(out.goes_on ? newest_us : std::min(out.at_us, kept_us), newest_us);
  newest_us = out.at_us;
  past = {out.level, kept_us, in_trace};
  return out;
}

} // namespace paws::logic
