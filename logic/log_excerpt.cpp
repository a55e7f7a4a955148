#include "logic/log_excerpt.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace paws::logic {

namespace {

constexpr std::array<std::string_view, 14> telling_words{"error",   "fatal",     "panic",   "not defined", "cannot",
                                                         "can't",   "could not", "failed",  "invalid",     "denied",
                                                         "no such", "unknown",   "refused", "alert"};

bool tells(const std::string& line) {
  std::string lower;
  for (const unsigned char c : line)
    lower += static_cast<char>(std::tolower(c));
  return std::any_of(telling_words.begin(), telling_words.end(),
                     [&](auto word) { return lower.find(word) != std::string::npos; });
}

} // namespace

std::vector<std::string> log_excerpt(const std::vector<std::string>& lines, std::size_t most) {
  const auto shown = lines.end() - static_cast<std::ptrdiff_t>(std::min(most, lines.size()));
  std::vector<std::string> out(shown, lines.end());
  if (std::any_of(out.begin(), out.end(), tells))
    return out;
  const auto reason = std::find_if(std::make_reverse_iterator(shown), lines.rend(), tells);
  if (reason != lines.rend())
    out.insert(out.begin(), {*reason, "..."});
  return out;
}

} // namespace paws::logic
