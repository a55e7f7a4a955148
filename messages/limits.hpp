// Limits that both sides of a protocol hold: whoever asks waits longer than whoever answers may take.
#pragma once

#include <chrono>

namespace paws {

/// How long a runtime may take for one request, a stop apart, before it counts as hung. Longer than the worst that it
/// promises (a start that has to end leftovers of an earlier life first), and than an engine stands still in a
/// debugger or on an overloaded machine: a time-out must not overtake the answer.
inline constexpr std::chrono::seconds runtime_patience{150};

} // namespace paws
