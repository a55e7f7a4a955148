// Times as they stand in log lines.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace paws::logic {

/// Microseconds since 1970 of a date and a time of day, taken as UTC; nothing when a field is out of
/// range, or the year before 1970 or after 9999.
std::optional<std::int64_t> utc_us(int year, int month, int day, int hour, int minute, int second, int microsecond);

/// Reads "2026-11-24T12:57:55.975926Z", "2026-11-24 12:57:55,975" and the like from the front of `text`, at least to
/// the second, with "Z" or "+02:00" behind it when they are there; `text` begins behind it then.
std::optional<std::int64_t> read_time(std::string_view& text);

} // namespace paws::logic
