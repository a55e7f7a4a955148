#include "clusters/drill_kits.hpp"

#include <algorithm>
#include <charconv>

namespace paws::clusters {

std::optional<std::int64_t> to_number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (text.starts_with('-') || failed != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return out;
}

bool is_plain(std::string_view text, std::size_t most_characters) {
  return !text.empty() && text.size() <= most_characters &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

logic::drill_sight answers_sight(logic::steady_time at, const std::string& who, bool answered) {
  return {at, std::string{logic::sight_answers}, who, answered ? "true" : ""};
}

std::string no_log_pattern(const logic::cluster_context&) {
  return "";
}

std::optional<logic::drill_sight> no_log_sight(const logic::log_row&) {
  return std::nullopt;
}

} // namespace paws::clusters
