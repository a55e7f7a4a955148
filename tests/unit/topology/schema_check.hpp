// A judge of JSON Schema for tests: the part of draft 2020-12 that the topology's schema uses, and nothing else.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace topology_test {

/// "" when `value` is valid, otherwise where it is not: "/clusters/etcd/tls: const".
/// Throws std::logic_error for a keyword that it does not know: the test would prove nothing then.
std::string schema_refuses(const nlohmann::json& schema, const nlohmann::json& value);

/// A YAML text as JSON, plain scalars resolved as YAML 1.2 does it. Keys that repeat keep their last value.
nlohmann::json to_json(std::string_view yaml);

} // namespace topology_test
