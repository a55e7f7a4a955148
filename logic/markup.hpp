// Foreign text within HTML and SVG.
#pragma once

#include <string>
#include <string_view>

namespace paws::logic {

/// `text` so that it is text between tags and between quotes, whatever it holds: characters of markup are named,
/// control characters that XML does not allow and what is no UTF-8 become "?".
std::string markup(std::string_view text);

} // namespace paws::logic
