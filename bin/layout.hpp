// Text on a screen: tables and paragraphs that fit, whatever bytes and colours their words are made of.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace paws::bin {

/// What every text of ours fits into, where its words allow that.
inline constexpr std::size_t screen_columns = 80;

/// Columns that `text` takes: a UTF-8 character takes one, a colour sequence none.
std::size_t width_of(const std::string& text);

/// `text` cut to `columns`, never within a character; what was cut off ends in "...".
std::string cut(const std::string& text, std::size_t columns);

/// `text` without what could steer a terminal: control characters but line breaks become "?".
std::string harmless(std::string text);

/// A table: cells padded to the widest of their column, two spaces between them (one when it would not fit else), no
/// trailing spaces.
std::string columns(const std::vector<std::vector<std::string>>& rows);

/// `head` as it is, then the words of `text`, in lines of at most `width`; further lines are indented by `indent`.
/// Line breaks within `text` are kept; a word longer than a line stays whole. Ends with a line break.
std::string paragraph(const std::string& head, const std::string& text, std::size_t indent,
                      std::size_t width = screen_columns);

} // namespace paws::bin
