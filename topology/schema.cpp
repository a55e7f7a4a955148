// The JSON Schema, printed from the table of keys.
#include "topology/keys.hpp"
#include "topology/limits.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace paws::topology {

namespace {

using enum value_type;

// Just enough JSON for a schema: ordered members, indented by two.
std::string escaped(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += c;
  }
  return out + "\"";
}

class object {
public:
  object& raw(std::string_view key, const std::string& json) {
    members_.emplace_back(key, json);
    return *this;
  }
  object& text(std::string_view key, std::string_view value) { return raw(key, escaped(value)); }
  object& number(std::string_view key, std::int64_t value) { return raw(key, std::to_string(value)); }

  std::string str() const {
    if (members_.empty())
      return "{}";
    std::string out = "{";
    for (const auto& [key, json] : members_) {
      out += (out.size() == 1 ? "\n  " : ",\n  ") + escaped(key) + ": ";
      for (const char c : json) {
        out += c;
        if (c == '\n')
          out += "  ";
      }
    }
    return out + "\n}";
  }

private:
  std::vector<std::pair<std::string, std::string>> members_;
};

std::string array_of(const std::vector<std::string_view>& words) {
  std::string out = "[";
  for (const auto word : words)
    out += (out.size() == 1 ? "" : ", ") + escaped(word);
  return out + "]";
}

std::string repeat(std::string_view first, std::string_view rest, std::size_t most) {
  return "^" + std::string{first} + std::string{rest} + "{0," + std::to_string(most - 1) + "}$";
}

object pattern(const std::string& expression) {
  return object{}.text("type", "string").text("pattern", expression);
}

object any_text() {
  return object{}.raw("type", array_of({"string", "number", "boolean"}));
}

object reference(std::string_view section) {
  std::string name{section};
  std::ranges::replace(name, ' ', '_');
  return object{}.text("$ref", "#/$defs/" + name);
}

object whole(std::int64_t low, std::int64_t high) {
  return object{}.text("type", "integer").number("minimum", low).number("maximum", high);
}

object list_of(const object& entry, bool distinct) {
  object out;
  out.text("type", "array").raw("items", entry.str());
  out.number("maxItems", static_cast<std::int64_t>(limits::list_entries));
  return distinct ? out.raw("uniqueItems", "true") : out;
}

object map_of(const object& names, const object& values) {
  return object{}.text("type", "object").raw("propertyNames", names.str()).raw("additionalProperties", values.str());
}

const std::string name_pattern = repeat("[a-z]", "[a-z0-9-]", limits::name_characters);
const std::string secret_pattern = repeat("[A-Z]", "[A-Z0-9_]", limits::identifier_characters);
const std::string variable_pattern = repeat("[A-Za-z_]", "[A-Za-z0-9_]", limits::identifier_characters);

// A registry, parts of a path, a tag, a digest; no two dots in a row, but for the digest's sake at most 255 characters.
const std::string image_pattern = "^(?=.{1,255}$)(?!.*\\.\\.)([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?/)?"
                                  "[a-z0-9]([a-z0-9._-]*[a-z0-9])?(/[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*"
                                  "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$";
// Absolute, plain, and nothing that a container needs itself.
const std::string container_path_pattern =
    "^(?!/(paws|data|proc|sys|dev|tmp|run|var/run|etc/(passwd|group|shadow|hosts|hostname|resolv\\.conf))(/|$))"
    "(?!/(var|etc)/?$)(?!(.*/)?\\.{1,2}(/|$))(/[^/:]+)+/?$";

object choice_of(std::string_view detail) {
  return object{}.raw("enum", array_of(alternatives(detail)));
}

object single(const key_row& row) {
  switch (row.type) {
  case name:
    return pattern(name_pattern);
  case word:
    return pattern(repeat("[A-Za-z0-9]", "[A-Za-z0-9._-]", limits::identifier_characters));
  case identifier:
    return pattern(repeat("[a-z_]", "[a-z0-9_]", limits::identifier_characters));
  case image:
    return pattern(image_pattern);
  case inner_path:
    return pattern("^(?!/)(?!(.*/)?\\.\\.(/|$)).+$");
  case container_path:
    return pattern(container_path_pattern);
  case url_path:
    return pattern("^/[!-~]*$");
  case root_path:
    return object{}.text("type", "string").number("minLength", 1);
  case endpoint:
    return pattern("^127\\.0\\.0\\.1:[0-9]{1,5}$");
  case duration:
    return pattern("^[0-9]+(ms|s|m|h)$");
  case size:
    return pattern("^[0-9]+(B|[KMGT]i?B)$");
  case cpus:
    return object{}.text("type", "number").raw("minimum", "0.01").raw("maximum", "1024");
  case port:
    return whole(limits::lowest_port, limits::highest_port);
  case count:
    return whole(row.low, row.high);
  case boolean:
    return object{}.text("type", "boolean");
  case choice:
    return choice_of(row.detail);
  case subnet:
    return pattern("^127(\\.[0-9]{1,3}){3}/[0-9]{1,2}$");
  default:
    return any_text();
  }
}

object value_schema(const key_row& row) {
  switch (row.type) {
  case names:
    return list_of(pattern(name_pattern), true);
  case secret_names:
    return list_of(pattern(secret_pattern), true);
  case texts:
    return list_of(any_text(), false);
  case choices:
    return list_of(choice_of(row.detail), true);
  case value_type::section:
    return reference(row.detail);
  case section_map:
    return map_of(pattern(name_pattern), reference(row.detail));
  case section_list:
    return list_of(reference(row.detail), false);
  case settings:
    return object{}.text("type", "object"); // the rule of its kind says more
  case name_to_condition:
    return map_of(pattern(name_pattern), choice_of(condition_words));
  case name_to_port:
    return map_of(pattern(name_pattern), whole(limits::lowest_port, limits::highest_port));
  case variable_to_text:
    return map_of(pattern(variable_pattern), any_text());
  case variable_to_secret:
    return map_of(pattern(variable_pattern), pattern(secret_pattern));
  case text_to_text:
    return object{}.text("type", "object").raw("additionalProperties", any_text().str());
  default:
    return single(row);
  }
}

object property(const key_row& row) {
  if (row.built == support::none)
    return object{}.raw("not", "{}").text("description", "Not supported yet by this version");
  auto out = value_schema(row);
  if (row.built == support::only_first) {
    if (row.type == boolean)
      out = object{}.raw("const", "false");
    else if (row.type == choice)
      out = object{}.raw("const", escaped(alternatives(row.detail).front()));
    else
      out = object{}.text("type", "array").number("maxItems", 0);
    return out.text("description", "Nothing else is supported yet by this version");
  }
  if (row.required && (row.type == names || row.type == texts))
    out.number("minItems", 1);
  if (!row.about.empty())
    out.text("description", row.about);
  return out;
}

// if the kind is `kind` then its settings have their own keys, and keys of other kinds must be absent.
std::string kind_rule(std::string_view kind) {
  object keys;
  for (const auto& row : keys_of("cluster")) {
    const auto kinds = alternatives(row.kinds);
    if (row.type == settings)
      keys.raw(row.key, reference("settings of " + std::string{kind}).str());
    else if (!kinds.empty() && std::ranges::find(kinds, kind) == kinds.end())
      keys.raw(row.key, "false");
  }
  const auto is_kind = object{}.raw("properties", object{}.raw("kind", object{}.text("const", kind).str()).str());
  object rule;
  rule.raw("if", is_kind.str()).raw("then", object{}.raw("properties", keys.str()).str());
  return rule.str();
}

object needs(std::string_view key) {
  return object{}.raw("required", array_of({key}));
}

object section_schema(std::string_view section) {
  object properties;
  std::vector<std::string_view> required;
  for (const auto& row : keys_of(section)) {
    properties.raw(row.key, property(row).str());
    if (row.required)
      required.push_back(row.key);
  }
  object out;
  out.text("type", "object").raw("additionalProperties", "false").raw("properties", properties.str());
  if (!required.empty())
    out.raw("required", array_of(required));
  if (section == "service")
    out.raw("anyOf", "[" + needs("image").str() + ", " + needs("process").str() + "]");
  if (section == "mount")
    out.raw("oneOf", "[" + needs("volume").str() + ", " + needs("source").str() + "]");
  if (section == "cluster") {
    std::string rules;
    for (const auto kind : alternatives(keys_of("cluster").front().detail))
      rules += (rules.empty() ? "[" : ", ") + kind_rule(kind);
    out.raw("allOf", rules + "]");
  }
  return out;
}

} // namespace

std::string json_schema() {
  object definitions;
  std::set<std::string_view> done{""};
  for (const auto& row : key_table())
    if (done.insert(row.section).second) {
      std::string name{row.section};
      std::ranges::replace(name, ' ', '_');
      definitions.raw(name, section_schema(row.section).str());
    }
  auto out =
      object{}
          .text("$schema", "https://json-schema.org/draft/2020-12/schema")
          .text("title", "paws-engine topology")
          .text("description", "Printed by `paws-engine validate --schema`. What a schema cannot say (references, "
                               "cycles, unique names, relations between numbers) only the engine checks.");
  const auto top = section_schema("").str();
  return out.raw("$ref", "\"#/$defs/topology\"").raw("$defs", definitions.raw("topology", top).str()).str() + "\n";
}

} // namespace paws::topology
