#include "clusters/json_text.hpp"

#include <nlohmann/json.hpp>

namespace paws::clusters {

std::string text_of(const nlohmann::json& from, const char* key) {
  if (!from.is_object() || !from.contains(key))
    return "";
  return from[key].is_string() ? from[key].get<std::string>() : from[key].dump();
}

} // namespace paws::clusters
