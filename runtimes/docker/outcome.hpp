// What was asked for, or why not.
#pragma once

#include "topology/failure.hpp"

#include <variant>

namespace paws::docker {

template <class T>
using outcome = std::variant<T, topology::failure>;

template <class T>
const topology::failure* why_not(const outcome<T>& what) {
  return std::get_if<topology::failure>(&what);
}

} // namespace paws::docker
