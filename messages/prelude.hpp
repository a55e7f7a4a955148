// What every message header needs from CAF, and the one place that spells CAF 0.17's way of doing it.
#pragma once

#include <caf/all.hpp>

#include <string>

// Marks a type as a message that never leaves this process: actors share it by reference count, nobody serialises
// it, so it needs no inspect. Every message of this engine is such a value.
#define PAWS_LOCAL_VALUE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)

namespace paws {

using caf::unit_t;

} // namespace paws
