// Facts that are told to Prometheus as they are: what a component does not export itself.
#pragma once

#include <string_view>

namespace paws::logic {

/// A fact whose name begins like this is a gauge of the name that follows, and its value is a number. Behind an `@`
/// stands the member that it is about, where that is not the one which was asked.
inline constexpr std::string_view metric_prefix = "metric.";

} // namespace paws::logic
