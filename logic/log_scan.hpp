// What the health report makes of a component's last log lines: errors that nobody planned.
#pragma once

#include "logic/cluster_view.hpp"
#include "logic/log_query.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace paws::logic {

/// A part of wall clock time, microseconds since 1970; until_us 0 = it goes on.
struct log_span {
  std::int64_t from_us = 0, until_us = 0;
};

/// Of each member's log so many lines are looked at (requirements, FR-008).
inline constexpr std::uint32_t scanned_lines = 100;

struct log_scan {
  std::int64_t since_us = 0;       // only newer lines: when the component last became healthy
  std::vector<log_span> planned;   // lines of these times are expected: drills
  std::vector<std::string> ignore; // RE2 patterns of lines that mean nothing; one that cannot be read matches itself
};

/// The check "log": warn when one of `rows` (each member's in time order) is an error or worse and nothing of `by`
/// excuses it. `value` counts them; `error` is the newest, with the member that wrote it.
check scan_log(const std::vector<log_row>& rows, const log_scan& by);

} // namespace paws::logic
