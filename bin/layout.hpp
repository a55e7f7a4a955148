// Text on a screen: tables and paragraphs that fit, whatever bytes and colours their words are made of.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace paws::bin {

/// What a text fits into when nobody knows the screen, and the narrowest screen that texts are made for.
inline constexpr std::size_t screen_columns = 80, fewest_columns = 60;

/// Of the terminal at stdout, else by $COLUMNS, else screen_columns; whatever that is, also very little.
std::size_t terminal_columns();

/// Columns that `text` takes: a UTF-8 character takes one, a colour sequence none.
std::size_t width_of(const std::string& text);

/// `text` cut to `columns`, never within a character; what was cut off ends in "...".
std::string cut(const std::string& text, std::size_t columns);

/// `text` in one line and without what could steer a terminal: line breaks and tabs become spaces; other control
/// characters, those beyond ASCII (C1) too, and what is no UTF-8 become "?".
std::string harmless(const std::string& text);

/// The same, but line breaks stay: for `paragraph`.
std::string harmless_lines(const std::string& text);

using table = std::vector<std::vector<std::string>>;

/// A table whose first row names its columns: cells padded to the widest of their column, two spaces between them (one
/// when it would not fit else), no trailing spaces. Where it does not fit even so, the columns `dispensable` are left
/// out one after the other; where that does not help, each row becomes a paragraph that repeats the columns' names.
std::string columns(const table& rows, std::size_t width = screen_columns,
                    const std::vector<std::size_t>& dispensable = {});

/// `head` as it is, then the words of `text`, in lines of at most `width`; further lines are indented by `indent`.
/// Line breaks within `text` are kept; a word longer than a line stays whole, so that it can be copied, on a line of
/// its own. Ends with a line break.
std::string paragraph(const std::string& head, const std::string& text, std::size_t indent,
                      std::size_t width = screen_columns);

} // namespace paws::bin
