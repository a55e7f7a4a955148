#include "topology/shape.hpp"

#include "topology/limits.hpp"
#include "topology/values.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace paws::topology {

namespace {

using enum value_type;

std::string in_backquotes(std::string_view text) {
  return "`" + std::string{text} + "`";
}

std::string not_built(std::string_view what) {
  return in_backquotes(what) + " is not supported yet by this version";
}

std::string_view describe(yaml_node::kind_type kind) {
  switch (kind) {
  case yaml_node::kind_type::null:
    return "nothing";
  case yaml_node::kind_type::scalar:
    return "a single value";
  case yaml_node::kind_type::sequence:
    return "a list";
  case yaml_node::kind_type::map:
    return "a group of keys";
  }
  return "?";
}

// Checks one section after the other, with the same list of problems.
class shape_check {
public:
  explicit shape_check(problem_list& problems) : problems_{problems} {}

  void section(const yaml_node& node, std::string_view name, std::string_view shown);

private:
  void keys(const yaml_node& node, std::string_view name, std::string_view shown, std::string_view kind);
  void value(const yaml_node& node, const key_row& row, std::string_view kind);
  void built(const yaml_node& node, const key_row& row);
  void list(const yaml_node& node, const key_row& row);
  void map(const yaml_node& node, const key_row& row);
  void settings_of(const yaml_node& node, std::string_view kind);
  bool expect(const yaml_node& node, yaml_node::kind_type kind, std::string_view shown);
  void distinct_keys(const yaml_node& node);

  problem_list& problems_;
};

bool shape_check::expect(const yaml_node& node, yaml_node::kind_type kind, std::string_view shown) {
  if (node.kind == kind)
    return true;
  problems_.add(node.at, in_backquotes(shown) + " must be " + std::string{describe(kind)} + ", here is " +
                             std::string{describe(node.kind)});
  return false;
}

void shape_check::distinct_keys(const yaml_node& node) {
  std::map<std::string_view, mark> seen;
  for (const auto& child : node.children) {
    const auto [first, fresh] = seen.emplace(child.key, child.key_at);
    if (!fresh)
      problems_.add(child.key_at,
                    quoted(child.key) + " is given twice, first in line " + std::to_string(first->second.line));
  }
}

void shape_check::section(const yaml_node& node, std::string_view name, std::string_view shown) {
  if (!expect(node, yaml_node::kind_type::map, shown))
    return;
  const auto* kind = node.find("kind");
  keys(node, name, shown, kind != nullptr && kind->is_scalar() ? std::string_view{kind->text} : "");
}

void shape_check::keys(const yaml_node& node, std::string_view name, std::string_view shown, std::string_view kind) {
  const auto rows = keys_of(name);
  distinct_keys(node);
  for (const auto& child : node.children) {
    const auto row = std::ranges::find(rows, child.key, &key_row::key);
    if (row != rows.end()) {
      value(child, *row, kind);
      continue;
    }
    std::vector<std::string_view> known;
    std::ranges::transform(rows, std::back_inserter(known), &key_row::key);
    problems_.add(child.key_at, "unknown key " + quoted(child.key) +
                                    (shown.empty() ? std::string{} : " in " + in_backquotes(shown)) +
                                    suggestion(child.key, known));
  }
  for (const auto& row : rows)
    if (row.required && node.find(row.key) == nullptr)
      problems_.add(node.key.empty() ? node.at : node.key_at,
                    (shown.empty() ? "the key " : in_backquotes(shown) + " needs the key ") + in_backquotes(row.key) +
                        (shown.empty() ? " is missing" : ""));
}

void shape_check::value(const yaml_node& node, const key_row& row, std::string_view kind) {
  if (row.built == support::none) {
    problems_.add(node.key_at, not_built(row.key));
    return;
  }
  const auto kinds = alternatives(row.kinds);
  const auto all_kinds = alternatives(keys_of("cluster").front().detail);
  if (!kinds.empty() && std::ranges::find(all_kinds, kind) != all_kinds.end() &&
      std::ranges::find(kinds, kind) == kinds.end())
    problems_.add(node.key_at, in_backquotes(row.key) + " belongs to clusters of kind " + std::string{row.kinds});
  switch (row.type) {
  case value_type::section:
    section(node, row.detail, row.key);
    break;
  case value_type::settings:
    settings_of(node, kind);
    break;
  case names:
  case secret_names:
  case texts:
  case choices:
  case section_list:
    list(node, row);
    break;
  case section_map:
  case name_to_condition:
  case name_to_port:
  case variable_to_text:
  case variable_to_secret:
  case text_to_text:
    map(node, row);
    break;
  default:
    if (node.is_null())
      problems_.add(node.at, in_backquotes(row.key) + ": a value is missing");
    else if (expect(node, yaml_node::kind_type::scalar, row.key))
      if (const auto wrong = check_scalar(row, node); !wrong.empty())
        problems_.add(node.at, in_backquotes(row.key) + ": " + wrong);
  }
  built(node, row);
}

void shape_check::built(const yaml_node& node, const key_row& row) {
  if (row.built != support::only_first)
    return;
  const bool refused = row.type == boolean ? node.text == "true"
                       : row.type == choice
                           ? check_scalar(row, node).empty() && node.text != alternatives(row.detail).front()
                           : !node.children.empty();
  if (refused)
    problems_.add(node.key_at, not_built(std::string{row.key} + (node.is_scalar() ? ": " + node.text : "")));
}

void shape_check::settings_of(const yaml_node& node, std::string_view kind) {
  const auto name = "settings of " + std::string{kind};
  if (!expect(node, yaml_node::kind_type::map, "settings") || keys_of(name).empty())
    return; // an unknown kind is reported where it stands
  keys(node, name, name, "");
}

void shape_check::list(const yaml_node& node, const key_row& row) {
  if (!expect(node, yaml_node::kind_type::sequence, row.key))
    return;
  if (node.children.size() > limits::list_entries)
    problems_.add(node.at,
                  in_backquotes(row.key) + " holds more than " + std::to_string(limits::list_entries) + " entries");
  if (row.required && node.children.empty())
    problems_.add(node.at, in_backquotes(row.key) + " must not be empty");
  std::set<std::string_view> seen;
  for (const auto& entry : node.children) {
    if (row.type == section_list) {
      section(entry, row.detail, row.detail);
      continue;
    }
    if (!entry.is_scalar()) {
      problems_.add(entry.at, in_backquotes(row.key) + ": each entry must be a single value, here is " +
                                  std::string{describe(entry.kind)});
      continue;
    }
    if (const auto wrong = check_scalar(row, entry); !wrong.empty())
      problems_.add(entry.at, in_backquotes(row.key) + ": " + wrong);
    else if (row.type != texts && !seen.insert(entry.text).second)
      problems_.add(entry.at, in_backquotes(row.key) + ": " + quoted(entry.text) + " is given twice");
  }
}

// What the keys of such a map must look like.
std::string check_map_key(value_type type, std::string_view key) {
  switch (type) {
  case variable_to_text:
  case variable_to_secret:
    return check_variable(key);
  case text_to_text:
    return check_text(key);
  default:
    return check_name(key);
  }
}

void shape_check::map(const yaml_node& node, const key_row& row) {
  if (!expect(node, yaml_node::kind_type::map, row.key))
    return;
  distinct_keys(node);
  for (const auto& child : node.children) {
    if (const auto wrong = check_map_key(row.type, child.key); !wrong.empty())
      problems_.add(child.key_at, in_backquotes(row.key) + ": " + wrong);
    if (row.type == section_map) {
      section(child, row.detail, child.key);
      continue;
    }
    if (!child.is_scalar())
      problems_.add(child.at,
                    quoted(child.key) + " must be a single value, here is " + std::string{describe(child.kind)});
    else if (const auto wrong = check_scalar(row, child); !wrong.empty())
      problems_.add(child.at, quoted(child.key) + ": " + wrong);
  }
}

} // namespace

void check_shape(const yaml_node& root, problem_list& problems) {
  if (!root.is_map()) {
    problems.add(root.at, "a topology is a group of keys, beginning with `name`");
    return;
  }
  shape_check{problems}.section(root, "", "");
}

} // namespace paws::topology
