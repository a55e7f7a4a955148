// A value of a JSON answer as text.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace paws::clusters {

/// The value under `key`: a text as it is, anything else as JSON; "" when there is none.
std::string text_of(const nlohmann::json& from, const char* key);

} // namespace paws::clusters
