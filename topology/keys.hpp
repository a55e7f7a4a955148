// The keys of a topology file, as one table: what may stand where, of which type, in which range, and what this
// version can do. The loader checks files against it and the JSON Schema is printed from it, so they cannot differ.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paws::topology {

enum class value_type : std::uint8_t {
  text,           // one line
  name,           // check_name
  word,           // check_word
  identifier,     // check_identifier
  image,          // check_image
  root_path,      // any path
  inner_path,     // a path inside the root
  container_path, // check_container_path
  url_path,
  endpoint, // address:port
  duration, // low, high in ms
  size,
  cpus,
  port,
  count, // low, high
  boolean,
  choice, // one of `detail`, separated by |
  subnet,
  names, // list
  secret_names,
  texts,
  choices,
  section,      // the section named `detail`
  section_map,  // names -> the section named `detail`
  section_list, // a list of the section named `detail`
  settings,     // the section "settings of <kind>"
  name_to_condition,
  name_to_port,
  variable_to_text,
  variable_to_secret,
  text_to_text,
};

/// What this version can carry out.
enum class support : std::uint8_t {
  full,
  only_first, // only the harmless value: false, the first choice, an empty list
  none,       // the key is part of the contract and refused
};

struct key_row {
  std::string_view section; // "" is the top
  std::string_view key;
  value_type type;
  std::string_view detail = "";
  std::string_view about = "";
  bool required = false;
  std::int64_t low = 0;
  std::int64_t high = 0;
  support built = support::full;
  std::string_view kinds = ""; // in "cluster": kinds that have this key, separated by |; "" = all
};

/// Every key of the contract. Rows of a section stand together, in the order of the contract.
std::span<const key_row> key_table();

/// The rows of one section; empty when there is no such section.
std::span<const key_row> keys_of(std::string_view section);

/// The parts of "a|b|c".
std::vector<std::string_view> alternatives(std::string_view detail);

/// The words of topology::condition that a file may use.
inline constexpr std::string_view condition_words = "started|quorum|ready|completed";

/// The JSON Schema (draft 2020-12) of a topology file, pretty-printed, with a final newline.
std::string json_schema();

} // namespace paws::topology
