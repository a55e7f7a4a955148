// A drill's report as one HTML page that needs nothing else: no script, nothing from elsewhere; for light and dark
// screens and for paper, readable without colour.
#pragma once

#include "logic/drill_report.hpp"

#include <string>

namespace paws::logic {

std::string drill_page(const drill_report& of);

} // namespace paws::logic
