#include "logic/log_time.hpp"

#include <array>
#include <cstddef>

namespace paws::logic {

namespace {

// `digits` decimal digits at `at`; -1 when there are none.
int number(std::string_view text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size())
    return -1;
  int out = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    if (text[i] < '0' || text[i] > '9')
      return -1;
    out = out * 10 + (text[i] - '0');
  }
  return out;
}

bool is_at(std::string_view text, std::size_t at, std::string_view one_of) {
  return at < text.size() && one_of.find(text[at]) != std::string_view::npos;
}

// Days since 1970-01-01 in the proleptic Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms").
std::int64_t days_of(std::int64_t year, int month, int day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

// "Z" or "+02:00" or "+0200" at the front: the seconds to subtract.
std::int64_t read_zone(std::string_view& text) {
  if (is_at(text, 0, "Z")) {
    text.remove_prefix(1);
    return 0;
  }
  if (!is_at(text, 0, "+-"))
    return 0;
  const std::size_t minutes_at = is_at(text, 3, ":") ? 4 : 3;
  const int hours = number(text, 1, 2), minutes = number(text, minutes_at, 2);
  if (hours < 0 || minutes < 0)
    return 0;
  const std::int64_t out = (hours * 60 + minutes) * 60 * (text[0] == '-' ? -1 : 1);
  text.remove_prefix(minutes_at + 2);
  return out;
}

} // namespace

std::optional<std::int64_t> utc_us(int year, int month, int day, int hour, int minute, int second, int microsecond) {
  if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
      minute < 0 || minute > 59 || second < 0 || second > 60 || microsecond < 0)
    return std::nullopt;
  return ((days_of(year, month, day) * 24 + hour) * 3600 + minute * 60 + second) * 1'000'000 + microsecond;
}

std::optional<std::int64_t> read_time(std::string_view& text) {
  if (!is_at(text, 4, "-/") || !is_at(text, 7, "-/") || !is_at(text, 10, " T") || !is_at(text, 13, ":") ||
      !is_at(text, 16, ":"))
    return std::nullopt;
  std::size_t at = 19;
  int microsecond = 0;
  if (is_at(text, at, ".,"))
    for (int scale = 100'000; number(text, ++at, 1) >= 0; scale /= 10)
      microsecond += number(text, at, 1) * scale;
  const auto out = utc_us(number(text, 0, 4), number(text, 5, 2), number(text, 8, 2), number(text, 11, 2),
                          number(text, 14, 2), number(text, 17, 2), microsecond);
  if (!out)
    return std::nullopt;
  text.remove_prefix(at);
  return *out - read_zone(text) * 1'000'000;
}

} // namespace paws::logic
