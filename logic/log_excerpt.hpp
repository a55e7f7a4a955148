// Which lines of a failed member's log are shown to whoever started it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace paws::logic {

/// The last `most` of `lines` (oldest first). When none of them speaks of a failure, the last line that does comes
/// first, then "…": daemons print their usage, or a farewell, after the reason.
std::vector<std::string> log_excerpt(const std::vector<std::string>& lines, std::size_t most);

} // namespace paws::logic
