// Words for the enums of the views; they are part of the JSON contract.
#include "logic/cluster_view.hpp"
#include "logic/environment_view.hpp"

#include <array>

namespace paws::logic {

std::string_view to_string(check_status what) {
  constexpr std::array<std::string_view, 4> words{"pass", "warn", "fail", "skip"};
  return words.at(static_cast<std::size_t>(what));
}

std::string_view to_string(component_status what) {
  constexpr std::array<std::string_view, 5> words{"healthy", "degraded", "unhealthy", "unknown", "paused"};
  return words.at(static_cast<std::size_t>(what));
}

std::string_view to_string(desired_state what) {
  constexpr std::array<std::string_view, 4> words{"running", "paused", "stopped", "removed"};
  return words.at(static_cast<std::size_t>(what));
}

std::string_view to_string(actual_state what) {
  constexpr std::array<std::string_view, 10> words{"absent", "created",  "starting", "ready",  "unready",
                                                   "paused", "stopping", "exited",   "failed", "completed"};
  return words.at(static_cast<std::size_t>(what));
}

std::string_view to_string(environment_state what) {
  constexpr std::array<std::string_view, 7> words{"starting", "ready",    "degraded", "failed",
                                                  "paused",   "stopping", "stopped"};
  return words.at(static_cast<std::size_t>(what));
}

void observation_table::forget(const std::string& member) {
  std::erase_if(table_, [&](const auto& row) { return row.first.first == member; });
}

} // namespace paws::logic
