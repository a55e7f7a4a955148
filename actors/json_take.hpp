// How fields are taken from JSON that another version may have written: what is missing or mistyped leaves the value as
// it is.
#pragma once

#include "actors/view_json.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace paws {

/// Sets `into` when `from` has a fitting value under `key`.
template <class Value>
void take(const nlohmann::json& from, const char* key, Value& into) {
  if (!from.is_object())
    return;
  const auto at = from.find(key);
  if (at == from.end())
    return;
  if constexpr (std::is_same_v<Value, std::string>) {
    if (at->is_string())
      into = at->get<std::string>();
  } else if constexpr (std::is_same_v<Value, bool>) {
    if (at->is_boolean())
      into = at->get<bool>();
  } else {
    if (at->is_number_unsigned() &&
        at->get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<Value>::max()))
      into = static_cast<Value>(at->get<std::uint64_t>());
    else if (at->is_number_integer() && std::is_signed_v<Value> && !at->is_number_unsigned())
      into = static_cast<Value>(at->get<std::int64_t>());
  }
}

inline void take_time(const nlohmann::json& from, const char* key, std::int64_t& into) {
  std::string text;
  take(from, key, text);
  into = from_rfc3339(text);
}

/// Calls `with` for every element of the list under `key`.
template <class Function>
void each(const nlohmann::json& from, const char* key, Function with) {
  if (!from.is_object())
    return;
  const auto at = from.find(key);
  if (at != from.end() && at->is_array())
    for (const auto& element : *at)
      with(element);
}

inline void take_texts(const nlohmann::json& from, const char* key, std::vector<std::string>& into) {
  each(from, key, [&](const nlohmann::json& element) {
    if (element.is_string())
      into.push_back(element.get<std::string>());
  });
}

/// The value of `Enum` below `count` that is written as the text under `key`.
template <class Enum>
void take_word(const nlohmann::json& from, const char* key, int count, Enum& into) {
  std::string word;
  take(from, key, word);
  for (int i = 0; i < count; ++i)
    if (to_string(static_cast<Enum>(i)) == word)
      into = static_cast<Enum>(i);
}

inline const nlohmann::json& object_under(const nlohmann::json& from, const char* key) {
  return from.is_object() && from.contains(key) && from[key].is_object() ? from[key] : from;
}

} // namespace paws
