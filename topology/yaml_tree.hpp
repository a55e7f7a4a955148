// A YAML file as a small tree of values with positions, made from hostile bytes within the limits of limits.hpp.
// The YAML library stays behind read_yaml.
#pragma once

#include "topology/problem.hpp"

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paws::topology {

struct yaml_node {
  enum class kind_type : std::uint8_t { null, scalar, sequence, map };

  kind_type kind = kind_type::null;
  bool plain = false; // a scalar without quotes
  mark at;            // of the value; of the key when the value is missing
  std::string text;   // of a scalar
  std::string key;    // in a map: the key this value stands under, and where the key stands
  mark key_at;
  std::vector<yaml_node> children; // of a sequence or a map, in file order; keys may repeat

  bool is_null() const { return kind == kind_type::null; }
  bool is_scalar() const { return kind == kind_type::scalar; }
  bool is_sequence() const { return kind == kind_type::sequence; }
  bool is_map() const { return kind == kind_type::map; }

  /// The first child under `name`; nullptr when there is none or this is no map.
  const yaml_node* find(std::string_view name) const;
  /// The node at the end of a path of keys.
  const yaml_node* find(std::initializer_list<std::string_view> path) const;
};

/// Where the key at the end of `path` stands, or the nearest key above it that exists.
mark key_mark(const yaml_node& root, std::initializer_list<std::string_view> path);
/// Where the `index`-th entry of the list at the end of `path` stands, or the nearest thing above it that exists.
mark entry_mark(const yaml_node& root, std::initializer_list<std::string_view> path, std::size_t index);

/// The one document of `text`. Nothing when it is no YAML, exceeds a limit, or holds bytes that no topology has
/// (NUL, other control characters, invalid UTF-8): one problem then says which. Never throws on bad input.
std::optional<yaml_node> read_yaml(std::string_view text, problem_list& problems);

} // namespace paws::topology
