// A line of a member's log as its keeper wrote it.
#pragma once

#include <cstdint>
#include <string_view>

namespace paws::process {

/// "2025-11-27T14:32:15.123456Z stdout F text"; P instead of F when it goes on in the next one. A line that is not
/// framed so is its own text.
struct log_frame {
  std::int64_t at_us = 0; // 0 = not framed
  bool err = false, whole = true;
  std::string_view text;
};

/// `line` without its break; must outlive the answer.
log_frame unframe(std::string_view line);

} // namespace paws::process
