// A drill's report as JSON, both ways: what is kept on disk, what `ctl drill` and `ctl drills` print. The shape is the
// contract: fields may be added, never renamed.
#pragma once

#include "logic/drill_report.hpp"

#include <nlohmann/json.hpp>

namespace paws {

/// "writer" is null when nothing was written; a phase that was not observed has neither "duration_ms" nor
/// "within_target".
nlohmann::json to_json(const logic::drill_report& what);

/// Missing and mistyped fields keep their defaults.
logic::drill_report drill_from_json(const nlohmann::json& from);

} // namespace paws
