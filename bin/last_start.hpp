// What a start took the last time, by the journal: the best guess at what the next one takes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace paws::bin {

/// Milliseconds of the last start that succeeded and called the start of at least `members` members; 0 when the
/// journal's end knows of none.
std::int64_t last_start_ms(const std::string& journal, std::size_t members);

} // namespace paws::bin
