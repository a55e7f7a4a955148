#include "schema_check.hpp"

#include "topology/yaml_tree.hpp"

#include <charconv>
#include <regex>
#include <set>
#include <stdexcept>

namespace topology_test {

namespace {

using nlohmann::json;
using paws::topology::yaml_node;

class judge {
public:
  explicit judge(const json& root) : root_{root} {}

  std::string refuses(const json& schema, const json& value, const std::string& at) const {
    if (schema.is_boolean())
      return schema.get<bool>() ? "" : at + ": false";
    for (const auto& [keyword, rule] : schema.items())
      if (auto wrong = check(keyword, rule, schema, value, at); !wrong.empty())
        return wrong;
    return "";
  }

private:
  static bool has_type(const json& value, const std::string& type) {
    if (type == "integer")
      return value.is_number_integer();
    if (type == "number")
      return value.is_number();
    if (type == "string")
      return value.is_string();
    if (type == "boolean")
      return value.is_boolean();
    if (type == "array")
      return value.is_array();
    if (type == "object")
      return value.is_object();
    throw std::logic_error{"unknown type " + type};
  }

  static bool is_of(const json& rule, const json& value) {
    if (rule.is_string())
      return has_type(value, rule.get<std::string>());
    for (const auto& one : rule)
      if (has_type(value, one.get<std::string>()))
        return true;
    return false;
  }

  std::string check(const std::string& keyword, const json& rule, const json& schema, const json& value,
                    const std::string& at) const {
    static const std::set<std::string> silent{"$schema", "$defs", "title", "description", "then"};
    const auto unless = [&](bool good) { return good ? "" : at + ": " + keyword; };
    if (silent.contains(keyword))
      return "";
    if (keyword == "$ref")
      return refuses(root_.at(json::json_pointer{rule.get<std::string>().substr(1)}), value, at);
    if (keyword == "type")
      return unless(is_of(rule, value));
    if (keyword == "enum")
      return unless(std::find(rule.begin(), rule.end(), value) != rule.end());
    if (keyword == "const")
      return unless(value == rule);
    if (keyword == "not")
      return unless(!refuses(rule, value, at).empty());
    if (keyword == "if")
      return refuses(rule, value, at).empty() ? refuses(schema.at("then"), value, at) : "";
    if (keyword == "allOf") {
      for (const auto& one : rule)
        if (auto wrong = refuses(one, value, at); !wrong.empty())
          return wrong;
      return "";
    }
    if (keyword == "anyOf" || keyword == "oneOf") {
      const auto fitting =
          std::count_if(rule.begin(), rule.end(), [&](const json& one) { return refuses(one, value, at).empty(); });
      return unless(keyword == "anyOf" ? fitting > 0 : fitting == 1);
    }
    if (value.is_string() && keyword == "pattern")
      return unless(std::regex_search(value.get<std::string>(), std::regex{rule.get<std::string>()}));
    if (value.is_number() && (keyword == "minimum" || keyword == "maximum"))
      return unless(keyword == "minimum" ? value >= rule : value <= rule);
    if (keyword == "minLength")
      return unless(!value.is_string() || value.get<std::string>().size() >= rule.get<std::size_t>());
    static const std::set<std::string> single{"pattern", "minimum", "maximum"};
    return single.contains(keyword) ? "" : check_group(keyword, rule, schema, value, at);
  }

  std::string check_group(const std::string& keyword, const json& rule, const json& schema, const json& value,
                          const std::string& at) const {
    const auto unless = [&](bool good) { return good ? "" : at + ": " + keyword; };
    const auto each = [&](auto use) -> std::string {
      if (value.is_object())
        for (const auto& [key, entry] : value.items())
          if (auto wrong = use(key, entry); !wrong.empty())
            return wrong;
      return "";
    };
    const auto child = [&](const json& rules, const json& entry, const std::string& key) {
      return refuses(rules, entry, at + "/" + key);
    };
    if (keyword == "maxItems" || keyword == "minItems")
      return unless(!value.is_array() || (keyword == "minItems" ? value.size() >= rule.get<std::size_t>()
                                                                : value.size() <= rule.get<std::size_t>()));
    if (keyword == "uniqueItems")
      return unless(!value.is_array() || std::set<json>(value.begin(), value.end()).size() == value.size());
    if (keyword == "items") {
      for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
        if (auto wrong = child(rule, value[i], std::to_string(i)); !wrong.empty())
          return wrong;
      return "";
    }
    if (keyword == "required") {
      for (const auto& key : rule)
        if (value.is_object() && !value.contains(key.get<std::string>()))
          return at + ": required " + key.get<std::string>();
      return "";
    }
    if (keyword == "properties")
      return each([&](const std::string& key, const json& entry) {
        return rule.contains(key) ? child(rule[key], entry, key) : "";
      });
    if (keyword == "additionalProperties")
      return each([&](const std::string& key, const json& entry) {
        return schema.contains("properties") && schema["properties"].contains(key) ? "" : child(rule, entry, key);
      });
    if (keyword == "propertyNames")
      return each([&](const std::string& key, const json&) { return child(rule, key, key); });
    throw std::logic_error{"unknown keyword " + keyword};
  }

  const json& root_;
};

json scalar(const yaml_node& node) {
  const auto& text = node.text;
  if (!node.plain)
    return text;
  if (text == "true" || text == "false")
    return text == "true";
  if (text == "null" || text == "~" || text.empty())
    return nullptr;
  const auto* end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto read = std::from_chars(text.data(), end, whole); read.ec == std::errc{} && read.ptr == end)
    return whole;
  double number = 0;
  if (text.find_first_not_of("-0123456789.e") == std::string::npos)
    if (const auto read = std::from_chars(text.data(), end, number); read.ec == std::errc{} && read.ptr == end)
      return number;
  return text;
}

json convert(const yaml_node& node) {
  switch (node.kind) {
  case yaml_node::kind_type::null:
    return nullptr;
  case yaml_node::kind_type::scalar:
    return scalar(node);
  case yaml_node::kind_type::sequence: {
    auto out = json::array();
    for (const auto& child : node.children)
      out.push_back(convert(child));
    return out;
  }
  case yaml_node::kind_type::map:
    break;
  }
  auto out = json::object();
  for (const auto& child : node.children)
    out[child.key] = convert(child);
  return out;
}

} // namespace

std::string schema_refuses(const json& schema, const json& value) {
  return judge{schema}.refuses(schema, value, "");
}

json to_json(std::string_view yaml) {
  paws::topology::problem_list problems{"t"};
  const auto tree = paws::topology::read_yaml(yaml, problems);
  if (!tree)
    throw std::logic_error{"no YAML"};
  return convert(*tree);
}

} // namespace topology_test
