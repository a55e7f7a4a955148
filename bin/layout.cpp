#include "bin/layout.hpp"

#include <algorithm>
#include <numeric>

namespace paws::bin {

namespace {

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Where what begins at `at` ends: a colour sequence, or one character.
std::size_t next(const std::string& text, std::size_t at, bool& visible) {
  visible = text[at] != '\x1b';
  if (!visible)
    return std::min(text.find('m', at), text.size() - 1) + 1;
  do
    ++at;
  while (at < text.size() && continues_character(text[at]));
  return at;
}

} // namespace

std::size_t width_of(const std::string& text) {
  std::size_t out = 0;
  bool visible = true;
  for (std::size_t at = 0; at < text.size(); at = next(text, at, visible), out += visible ? 1 : 0) {
  }
  return out;
}

std::string cut(const std::string& text, std::size_t columns) {
  if (width_of(text) <= columns)
    return text;
  const std::string dots(std::min<std::size_t>(columns, 3), '.');
  std::string out;
  std::size_t taken = 0;
  bool visible = true;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = next(text, at, visible);
    if (visible && ++taken > columns - dots.size())
      break;
    out += text.substr(at, end - at);
    at = end;
  }
  return out + dots;
}

std::string harmless(std::string text) {
  for (auto& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\t')
      c = ' ';
    else if ((byte < 0x20 && c != '\n') || byte == 0x7f)
      c = '?';
  }
  return text;
}

std::string columns(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), i + 1));
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  const auto gaps = widths.empty() ? 0 : widths.size() - 1;
  const bool roomy = std::accumulate(widths.begin(), widths.end(), 2 * gaps) <= screen_columns;
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size())
        line += std::string(widths[i] - width_of(row[i]) + (roomy ? 2 : 1), ' ');
    }
    while (!line.empty() && line.back() == ' ')
      line.pop_back();
    out += line + "\n";
  }
  return out;
}

std::string paragraph(const std::string& head, const std::string& text, std::size_t indent, std::size_t width) {
  std::string out, line = head;
  bool fresh = true; // no word stands on this line yet
  const auto break_line = [&] {
    while (!line.empty() && line.back() == ' ')
      line.pop_back();
    out += line + "\n";
    line = std::string(indent, ' ');
    fresh = true;
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find_first_of(" \n", at), text.size());
    const auto word = text.substr(at, end - at);
    if (!word.empty()) {
      if (!fresh && width_of(line) + 1 + width_of(word) > width)
        break_line();
      line += (fresh ? "" : " ") + word;
      fresh = false;
    }
    if (end < text.size() && text[end] == '\n')
      break_line();
    at = end + 1;
  }
  break_line();
  return out;
}

} // namespace paws::bin
