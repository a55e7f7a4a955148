// One journal event as one line of JSON, and back. The line begins with {"seq":N so that a reader can pass by what it
// does not want without parsing it.
#pragma once

#include "logic/event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paws::store {

/// Longest line of a journal, in bytes, newline included: an event carries at most some dozen log lines.
inline constexpr std::size_t event_line_bytes = 256UL * 1024;

/// The line with its newline. Bytes that are no UTF-8 become U+FFFD. What is too long is cut: the text to its
/// beginning, the fields left out, and a field "cut" says so.
std::string to_line(const logic::event& what);

/// The event of a line without its newline; nothing when it is none.
std::optional<logic::event> event_of(std::string_view line);

/// The seq at the beginning of a line, nothing when it does not begin as to_line's lines do. Cheap.
std::optional<std::uint64_t> seq_of(std::string_view line);

/// Whether `bytes` may be what is left of a journal's first line after a crash: its beginning, or blocks never filled.
bool is_torn_line(std::string_view bytes);

} // namespace paws::store
