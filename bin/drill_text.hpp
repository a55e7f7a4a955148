// What drills look like as text: for people, readable without colour, in 60 columns or more.
#pragma once

#include "bin/render.hpp"
#include "logic/drill_compare.hpp"
#include "logic/drill_report.hpp"

#include <string>
#include <vector>

namespace paws::bin {

/// One report in full: verdict, phases, writes, claim, notes, and where its page is ("" = nowhere).
std::string drill_text(const logic::drill_report& of, const look& as, const std::string& page);

/// Several runs: how many passed, and the median and the worst of each duration; one table for each drill.
std::string drill_series_text(const std::vector<logic::drill_report>& runs, const look& as);

/// One line for each run, and under the table what got slower. `compared` as of compare_each.
std::string drill_list_text(const std::vector<logic::drill_report>& runs,
                            const std::vector<logic::drill_comparison>& compared, const look& as);

/// "total: 14.20 s instead of 11.00 s in 2026…: slower", one line for each duration that can be compared.
std::string comparison_text(const logic::drill_comparison& what, const look& as);

} // namespace paws::bin
