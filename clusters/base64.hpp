// Base64, in which etcd's JSON gateway writes keys and values.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace paws::clusters {

std::string base64(const std::string& bytes);

/// Nothing for what is no base64 with its padding.
std::optional<std::string> from_base64(std::string_view text);

} // namespace paws::clusters
