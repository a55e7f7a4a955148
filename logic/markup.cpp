#include "logic/markup.hpp"

#include <algorithm>

namespace paws::logic {

namespace {

// Bytes of the UTF-8 character that `text` begins with; 0 when none does, or one that XML does not allow.
std::size_t character_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto first = byte(0), second = byte(1);
  if (first < 0x80)
    return first >= 0x20 ? (first == 0x7F ? 0 : 1) : (first == '\n' || first == '\t' ? 1 : 0);
  const std::size_t size = first < 0xC2 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0U) != 0x80U)
      return 0;
  const bool control = first == 0xC2 && second < 0xA0;
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second >= 0xA0;
  const bool too_great = first == 0xF4 && second >= 0x90;
  const bool no_character = first == 0xEF && second == 0xBF && byte(2) >= 0xBE;
  return control || overlong || surrogate || too_great || no_character ? 0 : size;
}

} // namespace

std::string markup(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto size = character_of(text);
    if (size == 0)
      out += '?';
    else if (text[0] == '&')
      out += "&amp;";
    else if (text[0] == '<')
      out += "&lt;";
    else if (text[0] == '>')
      out += "&gt;";
    else if (text[0] == '"')
      out += "&quot;";
    else if (text[0] == '\'')
      out += "&#39;";
    else
      out += text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
  return out;
}

} // namespace paws::logic
