// The progress of a start, from the events of its journal: a bar on a terminal, plain lines elsewhere, the events
// themselves as JSON, or nothing.
#pragma once

#include "bin/render.hpp"
#include "logic/environment_view.hpp"
#include "logic/event.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace paws::bin {

enum class progress_mode : std::uint8_t { tty, plain, json, quiet };

/// `choice` is the flag's word; auto is tty when stdout is a terminal, else plain.
progress_mode choose_progress(const std::string& choice, bool quiet, bool json_format);

/// "etcd1 stopped", "etcd1 removed"; "" for what is no news to one who waits for the end of everything.
std::string ending_line(const logic::event& what);

class progress {
public:
  /// `things`: how many services, clusters and routes will become ready in all.
  progress(progress_mode mode, std::size_t things, look as);

  /// What is to be written about `what`: a whole line with its break, or "".
  [[nodiscard]] std::string hear(const logic::event& what);
  /// What is awaited, and why, by the engine's own word: fresher than its events.
  void see(const logic::environment_view& view);
  /// Redraws a bar with the time that passed since the start.
  void refresh(std::int64_t elapsed_ms);
  bool draws() const { return mode_ == progress_mode::tty; }
  /// Removes the bar.
  void end();

  /// The bar's text, at most `width` columns: "[#####.....]  50% 6.2 s  waits for patroni: …".
  std::string bar(std::int64_t elapsed_ms, std::size_t width) const;

private:
  void note(const logic::event& what);
  /// "" for events that are of no interest to a person who waits.
  std::string line_of(const logic::event& what) const;
  std::string awaited() const;

  progress_mode mode_;
  std::size_t things_;
  look as_;
  std::set<std::string> ready_;                 // "etcd1", "cluster etcd", "route patroni-leader"
  std::map<std::string, std::string> clusters_; // awaited by those that are not ready
  std::string seen_;                            // awaited, as last seen
  std::string phase_;
  std::map<std::string, std::string> told_; // the last line about each subject
  std::int64_t begun_us_ = 0;               // of the first event
  bool drawn_ = false;
};

} // namespace paws::bin
