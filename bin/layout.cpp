#include "bin/layout.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <sys/ioctl.h>
#include <unistd.h>

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

// Bytes of the UTF-8 character that begins at `at`; 0 when none does.
std::size_t character_at(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto first = byte(at);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(at + i) & 0xC0U) != 0x80U)
      return 0;
  return size;
}

bool is_control(const std::string& text, std::size_t at, std::size_t size) {
  const auto first = static_cast<unsigned char>(text[at]);
  return size == 1 ? first < 0x20 || first == 0x7f
                   : size == 2 && first == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
}

std::string without_control(const std::string& text, char line_break) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto size = character_at(text, at);
    if (text[at] == '\n')
      out += line_break;
    else if (text[at] == '\t')
      out += ' ';
    else if (size == 0 || is_control(text, at, size))
      out += '?';
    else
      out.append(text, at, size);
    at += std::max<std::size_t>(size, 1);
  }
  return out;
}

std::vector<std::size_t> widths_of(const table& rows) {
  std::vector<std::size_t> out;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      out.resize(std::max(out.size(), i + 1));
      out[i] = std::max(out[i], width_of(row[i]));
    }
  return out;
}

// Columns that a table takes with `gap` spaces between its cells.
std::size_t width_with(const std::vector<std::size_t>& widths, std::size_t gap) {
  return std::accumulate(widths.begin(), widths.end(), widths.empty() ? 0 : (widths.size() - 1) * gap);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// "etcd1  role leader, raft term 3,\n    revision 120"
std::string unfolded(const table& rows, std::size_t width) {
  std::string out;
  for (std::size_t number = 1; number < rows.size(); ++number) {
    const auto& row = rows[number];
    std::string rest;
    for (std::size_t i = 1; i < row.size(); ++i)
      if (!row[i].empty())
        rest += (rest.empty() ? "" : ", ") + (i < rows[0].size() ? lower(rows[0][i]) + " " : "") + row[i];
    if (!row.empty())
      out += paragraph(row[0] + "  ", rest, 4, width);
  }
  return out;
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

std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  const char* given = std::getenv("COLUMNS"); // NOLINT(concurrency-mt-unsafe): nobody changes the environment
  const auto number = given == nullptr ? 0 : std::strtoul(given, nullptr, 10);
  return number > 0 && number < 10'000 ? number : screen_columns;
}

std::string harmless(const std::string& text) {
  return without_control(text, ' ');
}

std::string harmless_lines(const std::string& text) {
  return without_control(text, '\n');
}

std::string columns(const table& given, std::size_t width, const std::vector<std::size_t>& dispensable) {
  auto rows = given;
  auto widths = widths_of(rows);
  std::vector<std::size_t> gone;
  for (auto column = dispensable.begin(); column != dispensable.end() && width_with(widths, 1) > width; ++column) {
    const auto before = std::count_if(gone.begin(), gone.end(), [&](std::size_t each) { return each < *column; });
    for (auto& row : rows)
      row.erase(row.begin() + static_cast<std::ptrdiff_t>(*column) - before);
    gone.push_back(*column);
    widths = widths_of(rows);
  }
  if (width_with(widths, 1) > width && rows.size() > 1)
    return unfolded(given, width);
  const std::size_t gap = width_with(widths, 2) <= width ? 2 : 1;
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size())
        line += std::string(widths[i] - width_of(row[i]) + gap, ' ');
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
      const auto wide = width_of(word);
      if (width_of(line) + (fresh ? 0 : 1) + wide > width && (!fresh || width_of(line) > indent))
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
