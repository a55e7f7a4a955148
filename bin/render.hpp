// What views look like as text: for people, readable without colour, in 60 columns or more.
#pragma once

#include "bin/layout.hpp"
#include "logic/environment_view.hpp"
#include "logic/event.hpp"

#include <string>

namespace paws::bin {

struct look {
  bool color = false;
  bool symbols = true;     // false: letters only
  std::int64_t now_us = 0; // for "since"; 0 = unknown
  std::size_t width = screen_columns;
};

/// Whether stdout should be coloured: "always", "never", or "auto" (a terminal that has it, and NO_COLOR is not set).
bool wants_color(const std::string& choice, int fd);

/// False for a terminal that only prints (TERM=dumb): it has neither colour nor a cursor to move.
bool terminal_can_draw();

/// Whether the user's locale can show more than ASCII, by LC_ALL, LC_CTYPE or LANG.
bool has_unicode();

/// "✓" or "ok", "!" or "warn", "✗" or "FAIL", "-" or "skip"
std::string mark(logic::check_status status, const look& as);

/// "830 ms", "7.4 s", "3m 12s", "2h 5m"
std::string short_duration(std::int64_t ms);

std::string status_text(const logic::environment_view& view, const look& as);
std::string health_text(const logic::health_report& report, const look& as);
/// Each phase with its target, and the total.
std::string phases_text(const logic::environment_view& view, const look& as);
/// "12:03:44.120 start_called patroni1: start, after etcd"
std::string event_text(const logic::event& what);

} // namespace paws::bin
