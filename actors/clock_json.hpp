// What `ctl resume-after-sleep` and `ctl time-sync` print, as JSON, both ways. The shape is the contract: fields may be
// added, never renamed.
#pragma once

#include "logic/awakening.hpp"
#include "logic/clock_report.hpp"

#include <nlohmann/json.hpp>

namespace paws {

/// {"gaps":[{"kind","length_ms"}],"duration_ms","status","services":[{"service","end","after_ms","why"}],
///  "leaders":[sentence],"notes":[sentence]}
nlohmann::json to_json(const logic::wake_report& what);
/// {"in_step","shared","set_by_ms","clocks":[{"clock","source","ahead_ms","within_ms","in_step","unknown"}],
///  "commands":[line],"notes":[sentence]}; "ahead_ms", "within_ms" and "in_step" are null for what could not be read.
nlohmann::json to_json(const logic::clock_report& what);

/// Missing and mistyped fields keep their defaults.
logic::wake_report wake_from_json(const nlohmann::json& from);
logic::clock_report clocks_from_json(const nlohmann::json& from);

} // namespace paws
