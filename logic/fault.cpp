#include "logic/fault.hpp"

#include <algorithm>
#include <array>

namespace paws::logic {

namespace {

constexpr std::array<std::string_view, fault_kind_count> words{
    "kill", "stop", "pause", "postmaster-kill", "postmaster-freeze", "partition"};

} // namespace

std::string_view to_string(fault_kind what) {
  return words.at(static_cast<std::size_t>(what));
}

bool read_fault(std::string_view word, fault_kind& into) {
  const auto at = std::find(words.begin(), words.end(), word);
  if (at != words.end())
    into = static_cast<fault_kind>(at - words.begin());
  return at != words.end();
}

} // namespace paws::logic
