// The start phases as they really overlap: each has its own span, judged against its own target.
#pragma once

#include "logic/environment_view.hpp"
#include "topology/model.hpp"

#include <string>
#include <vector>

namespace paws::logic {

class phase_timeline {
public:
  explicit phase_timeline(const topology::budgets& budgets) : budgets_{budgets} {}

  /// True when this began the phase now (a phase begins once).
  bool begin(const std::string& name, std::int64_t at_us);
  /// True when this ended the phase now; false when it has not begun or is over.
  bool end(const std::string& name, std::int64_t at_us);
  /// In order of their beginning.
  const std::vector<phase_view>& phases() const { return phases_; }
  const phase_view* find(const std::string& name) const;
  /// Target of a phase in milliseconds; 0 for a name that is no phase.
  std::int64_t target_ms(const std::string& name) const;
  void clear() { phases_.clear(); }

private:
  topology::budgets budgets_;
  std::vector<phase_view> phases_;
};

} // namespace paws::logic
