// What a request to the control API may carry: the fields of a command's body and the parameters of a query, one table
// each. Bodies are checked against it, and the OpenAPI page is made from it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace paws {

struct parsed_command;

enum class field_kind : std::uint8_t { flag, number, text, words };

/// `most`: the largest number, the most characters of a text, the most words of a list; 0 = any.
struct body_field {
  std::string_view name;
  field_kind kind;
  std::int64_t most;
  std::string_view about;
  void (*take)(const nlohmann::json& value, parsed_command& into); // `value` fits
};

struct query_field {
  std::string_view name;
  field_kind kind;
  std::string_view about;
};

/// The fields of every command's body.
std::span<const body_field> body_fields();
/// The parameters that routes name.
std::span<const query_field> query_fields();

/// "" when `value` is one for `field`, else what it must be.
std::string misfit(const body_field& field, const nlohmann::json& value);

/// The JSON Schema of a command's body, and of one parameter.
nlohmann::json body_schema(bool destroys_data);
nlohmann::json parameter_schema(const query_field& field);

} // namespace paws
