#include "logic/phase_timeline.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace paws::logic {

bool phase_timeline::begin(const std::string& name, std::int64_t at_us) {
  if (find(name) != nullptr)
    return false;
  phases_.push_back({name, at_us, -1, target_ms(name)});
  return true;
}

bool phase_timeline::end(const std::string& name, std::int64_t at_us) {
  for (auto& phase : phases_)
    if (phase.name == name && phase.duration_ms < 0) {
      phase.duration_ms = std::max<std::int64_t>(0, (at_us - phase.started_us) / 1000);
      return true;
    }
  return false;
}

const phase_view* phase_timeline::find(const std::string& name) const {
  auto at = std::find_if(phases_.begin(), phases_.end(), [&](const auto& phase) { return phase.name == name; });
  return at == phases_.end() ? nullptr : &*at;
}

std::int64_t phase_timeline::target_ms(const std::string& name) const {
  using row = std::pair<std::string_view, topology::milliseconds topology::budgets::*>;
  static constexpr std::array rows{
      row{"image_pull", &topology::budgets::image_pull},
      row{"container_creation", &topology::budgets::container_creation},
      row{"etcd_formation", &topology::budgets::etcd_formation},
      row{"patroni_initialization", &topology::budgets::patroni_initialization},
      row{"redis_setup", &topology::budgets::redis_setup},
      row{"application_startup", &topology::budgets::application_startup},
      row{"health_validation", &topology::budgets::health_validation},
  };
  for (const auto& [phase, target] : rows)
    if (phase == name)
      return (budgets_.*target).count();
  return 0;
}

} // namespace paws::logic
