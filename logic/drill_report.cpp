#include "logic/drill_report.hpp"

#include <array>

namespace paws::logic {

std::string_view to_string(loss_claim what) {
  constexpr std::array<std::string_view, 3> words{"proven", "violated", "not_claimed"};
  return words.at(static_cast<std::size_t>(what));
}

} // namespace paws::logic
