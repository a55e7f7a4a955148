// How etcd's JSON gateway writes: 64-bit numbers as texts, and fields that are zero, false or empty not at all.
#pragma once

#include "logic/ask.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>

namespace paws::clusters::etcd {

/// The object that was answered with 200; an empty one for anything else.
nlohmann::json body_of(const logic::answer& got);

/// The number under `key`, 0 where there is none; nothing for what is no number, or a negative one.
std::optional<std::int64_t> number_at(const nlohmann::json& from, const char* key);

/// The object under `key`; an empty one for anything else.
nlohmann::json object_at(const nlohmann::json& from, const char* key);
/// The list under `key`, an empty one where there is none; nothing for anything else.
std::optional<nlohmann::json> list_at(const nlohmann::json& from, const char* key);

} // namespace paws::clusters::etcd
