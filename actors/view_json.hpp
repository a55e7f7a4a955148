// The JSON of the control API and of the command line, both ways: what the control actor writes is what the command
// line reads. The shapes are the contract: fields may be added, never renamed.
#pragma once

#include "logic/environment_view.hpp"
#include "logic/event.hpp"
#include "messages/environment.hpp"
#include "messages/resources.hpp"
#include "topology/failure.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace paws {

/// RFC 3339 in UTC with milliseconds of microseconds since 1970: "2025-11-27T14:32:15.123Z".
std::string to_rfc3339(std::int64_t at_us);
/// The reverse; 0 for anything that is not written exactly so.
std::int64_t from_rfc3339(std::string_view text);

/// Nothing is null.
inline nlohmann::json text_or_null(const std::string& text) {
  return text.empty() ? nlohmann::json(nullptr) : nlohmann::json(text);
}

nlohmann::json to_json(const logic::environment_view& what);
nlohmann::json to_json(const logic::service_view& what);
nlohmann::json to_json(const logic::health_report& what);
nlohmann::json to_json(const logic::event& what);
nlohmann::json to_json(const topology::failure& what);
nlohmann::json to_json(const logic::recovery_report& what);
nlohmann::json to_json(const command_outcome& what);
nlohmann::json to_json(const actor_list& what);

// Rows of the documents above.

nlohmann::json to_json(const logic::awaited_thing& what);
nlohmann::json to_json(const logic::route_view& what);
nlohmann::json to_json(const logic::phase_view& what);
nlohmann::json to_json(const logic::check& what);
nlohmann::json to_json(const logic::component_report& what);
nlohmann::json to_json(const actor_row& what);
nlohmann::json to_json(const resource_report& what);
/// [{"cluster","kind","tables":[{"title","rows":[{column: value}]}]}]
nlohmann::json to_json(const inspection_list& what);
/// {"id","at","at_us","service","level","message","trace_id","stream","text"}
nlohmann::json to_json(const logic::log_row& what);

/// {"error":{"component":…,"code":…,"message":…,"remedy":…}}
nlohmann::json error_document(const topology::failure& what);

// From JSON. Missing and mistyped fields keep their defaults: an engine of another version may send less or more.

logic::environment_view environment_from_json(const nlohmann::json& from);
logic::health_report health_from_json(const nlohmann::json& from);
logic::event event_from_json(const nlohmann::json& from);
/// Takes the error object itself, or a document that holds it under "error".
topology::failure failure_from_json(const nlohmann::json& from);
/// Takes the outcome object itself, or a document that holds it under "result".
command_outcome outcome_from_json(const nlohmann::json& from);
actor_list actors_from_json(const nlohmann::json& from);

/// One JSON document as compact text; bytes that are no UTF-8 are replaced, never thrown at.
std::string dump(const nlohmann::json& what, int indent = -1);

} // namespace paws
