// Single values against their row of the table of keys.
#include "topology/limits.hpp"
#include "topology/shape.hpp"
#include "topology/values.hpp"

#include <algorithm>

namespace paws::topology {

namespace {

using enum value_type;

std::string check_choice(std::string_view text, std::string_view detail) {
  const auto known = alternatives(detail);
  if (std::ranges::find(known, text) != known.end())
    return "";
  std::string list;
  for (const auto word : known)
    list += (list.empty() ? "" : ", ") + std::string{word};
  return quoted(text) + " is not one of " + list + suggestion(text, known);
}

std::string check_whole(const yaml_node& value, std::int64_t low, std::int64_t high) {
  if (!value.plain)
    return quoted(value.text) + " is a text: write the number without quotes";
  return parse_whole(value.text, static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)).error;
}

std::string check_duration(const yaml_node& value, const key_row& row) {
  const auto read = parse_duration(value.text);
  if (!read)
    return read.error;
  const std::chrono::milliseconds low{row.low};
  const std::chrono::milliseconds high{row.high};
  if (*read.value < low || *read.value > high)
    return quoted(value.text) + " is out of range: from " + spell(low) + " to " + spell(high);
  return "";
}

std::string check_size(std::string_view text) {
  const auto read = parse_size(text);
  if (read && *read.value < limits::lowest_memory_bytes)
    return quoted(text) + " is too small: at least 6MB";
  return read.error;
}

} // namespace

std::string check_scalar(const key_row& row, const yaml_node& value) {
  const auto& text = value.text;
  switch (row.type) {
  case name:
  case names:
    return check_name(text);
  case word:
    return check_word(text);
  case identifier:
    return check_identifier(text);
  case image:
    return check_image(text);
  case inner_path:
    return check_inner_path(text);
  case container_path:
    return check_container_path(text);
  case url_path:
    return check_url_path(text);
  case endpoint:
    return check_endpoint(text);
  case root_path:
    return text.empty() ? "a path is missing" : check_text(text);
  case secret_names:
  case variable_to_secret:
    return check_secret_name(text);
  case duration:
    return check_duration(value, row);
  case size:
    return check_size(text);
  case cpus:
    return value.plain ? parse_cpus(text).error : quoted(text) + " is a text: write the number without quotes";
  case port:
  case name_to_port:
    return check_whole(value, limits::lowest_port, limits::highest_port);
  case count:
    return check_whole(value, row.low, row.high);
  case boolean:
    return value.plain && (text == "true" || text == "false") ? "" : quoted(text) + " is neither true nor false";
  case choice:
  case choices:
    return check_choice(text, row.detail);
  case name_to_condition:
    return check_choice(text, condition_words);
  case subnet:
    return parse_subnet(text).error;
  case variable_to_text:
    return check_text(text, true);
  default:
    return check_text(text);
  }
}

} // namespace paws::topology
