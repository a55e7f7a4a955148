// The progress of a start, from the events of its journal: a bar on a terminal, plain lines elsewhere, the events
// themselves as JSON, or nothing.
#pragma once

#include "bin/render.hpp"
#include "logic/event.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace paws::bin {

enum class progress_mode : std::uint8_t { tty, plain, json, quiet };

/// `choice` is the flag's word; auto is tty when stdout is a terminal, else plain.
progress_mode choose_progress(const std::string& choice, bool quiet, bool json_format);

class progress {
public:
  /// `members`: how many services will become ready in all.
  progress(progress_mode mode, std::size_t members, look as);

  void hear(const logic::event& what);
  /// Redraws a bar with the time that passed since the start.
  void refresh(std::int64_t elapsed_ms);
  /// Removes the bar.
  void end();

  /// The bar's text, at most `width` columns: "[#####.....]  50% 6.2 s  waits for patroni: …".
  std::string bar(std::int64_t elapsed_ms, std::size_t width) const;

private:
  /// "" for events that are of no interest to a person who waits.
  std::string line_of(const logic::event& what) const;
  std::string awaited() const;

  progress_mode mode_;
  std::size_t members_;
  look as_;
  std::set<std::string> ready_;
  std::map<std::string, std::string> clusters_; // awaited by those that are not ready
  std::string phase_;
  bool drawn_ = false;
};

} // namespace paws::bin
