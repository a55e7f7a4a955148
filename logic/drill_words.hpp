// A drill's report in plain words, the same on its page and in a terminal.
#pragma once

#include "logic/drill_report.hpp"

#include <string>
#include <vector>

namespace paws::logic {

/// "28.80 s"
std::string seconds_text(milliseconds what);
/// The same; "not observed" for nothing.
std::string seconds_text(const std::optional<milliseconds>& what);

/// "patroni-leader, fault kill: passed"
std::string drill_headline(const drill_report& of);
/// Who was hit, who took over, how long it took, and whether the stack is whole again; a sentence each.
std::vector<std::string> drill_story(const drill_report& of);
/// "over by 2.10 s", "within target", or "" for what was not observed or has no target.
std::string phase_judgement(const drill_phase& of);
/// "900 writes: 880 acknowledged, …; 0 lost, …"; says so when nothing was written.
std::string writer_sentence(const drill_report& of);

/// How the note begins that says why nothing is claimed about lost writes.
inline constexpr std::string_view no_claim_note = "no claim about lost writes: ";
/// "proven: …", "violated: …" or "not claimed: …", the last with its reason.
std::string loss_sentence(const drill_report& of);
/// All notes but the one that `loss_sentence` has said.
std::vector<std::string> other_notes(const drill_report& of);

} // namespace paws::logic
