#include "logic/drill_words.hpp"

#include <array>
#include <cstdio>

namespace paws::logic {

namespace {

std::string counted(std::size_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string list_with_spaces(const std::string& members) {
  std::string out;
  for (const char c : members)
    out += c == ',' ? ", " : std::string{c};
  return out;
}

} // namespace

std::string seconds_text(milliseconds what) {
  std::array<char, 48> out{};
  std::snprintf(out.data(), out.size(), "%.2f s", static_cast<double>(what.count()) / 1000.0);
  return out.data();
}

std::string seconds_text(const std::optional<milliseconds>& what) {
  return what ? seconds_text(*what) : "not observed";
}

std::string drill_headline(const drill_report& of) {
  return (of.drill.empty() ? "a drill" : of.drill) + (of.fault.empty() ? "" : ", fault " + of.fault) + ": " +
         (of.passed ? "passed" : "FAILED");
}

std::vector<std::string> drill_story(const drill_report& of) {
  std::vector<std::string> out;
  const auto who = list_with_spaces(of.victim);
  out.push_back(
      (who.empty() ? "No member was hit" : who + (of.victim.find(',') != of.victim.npos ? " were" : " was") + " hit") +
      (!of.successor.empty() ? "; " + of.successor + " took over."
       : of.passed           ? "."
                             : "; nobody was seen to take over."));
  if (of.total)
    out.push_back("Writes were acknowledged again after " + seconds_text(*of.total) + " (target " +
                  seconds_text(of.target) +
                  (*of.total > of.target ? ", over by " + seconds_text(*of.total - of.target) : "") + ").");
  else
    out.emplace_back(of.wrote ? "No write was seen to be acknowledged again." : "Nothing was written.");
  if (of.first_failed_probe)
    out.push_back("The first probe failed after " + seconds_text(*of.first_failed_probe) + ".");
  out.push_back(of.recovered ? "The stack recovered" + (of.resync ? ": all members were in step again after another " +
                                                                        seconds_text(*of.resync) + "."
                                                                  : std::string{"."})
                             : "The stack did NOT recover by itself.");
  return out;
}

std::string phase_judgement(const drill_phase& of) {
  if (!of.duration || of.target <= milliseconds{})
    return "";
  return of.within_target() ? "within target" : "over by " + seconds_text(*of.duration - of.target);
}

std::string writer_sentence(const drill_report& of) {
  if (!of.wrote)
    return "nothing was written";
  const auto& with = of.writer;
  return counted(with.attempted, "write", "writes") + ": " + std::to_string(with.acknowledged) + " acknowledged, " +
         std::to_string(with.failed) + " failed, " + std::to_string(with.indeterminate) +
         " without a certain answer; longest gap " + seconds_text(milliseconds{with.longest_gap_ms}) + "; " +
         std::to_string(with.lost) + " lost, " + std::to_string(with.unexpected) + " unexpected";
}

std::string loss_sentence(const drill_report& of) {
  switch (of.zero_loss) {
  case loss_claim::proven:
    return "proven: every acknowledged write is there";
  case loss_claim::violated:
    return "VIOLATED: " + counted(of.writer.lost, "acknowledged write is", "acknowledged writes are") + " gone";
  case loss_claim::not_claimed:
    break;
  }
  for (const auto& note : of.notes)
    if (note.starts_with(no_claim_note))
      return "not claimed: " + note.substr(no_claim_note.size());
  return "not claimed";
}

std::vector<std::string> other_notes(const drill_report& of) {
  std::vector<std::string> out;
  bool said = of.zero_loss != loss_claim::not_claimed;
  for (const auto& note : of.notes) {
    if (!said && note.starts_with(no_claim_note))
      said = true;
    else
      out.push_back(note);
  }
  return out;
}

} // namespace paws::logic
