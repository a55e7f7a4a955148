// What a person who waits is shown, from the events of the journal: on a terminal a bar (of a start) or a spinner,
// plain lines elsewhere, the events themselves as JSON, or nothing.
#pragma once

#include "bin/render.hpp"
#include "logic/environment_view.hpp"
#include "logic/event.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace paws::bin {

enum class progress_mode : std::uint8_t { tty, plain, json, quiet };

/// `choice` is the flag's word; auto is tty when stdout is a terminal that can draw, else plain.
progress_mode choose_progress(const std::string& choice, bool quiet, bool json_format);

/// What is waited for.
struct task {
  std::string verb;          // start, stop, down, reset, pause, resume, restart, health
  std::string of;            // the environment, or what else it is about
  std::int64_t usual_ms = 0; // what it took the last time; 0 = unknown
};

class progress {
public:
  progress(progress_mode mode, look as, task what);

  /// What is to be written about `what`: a whole line with its break, or "".
  [[nodiscard]] std::string hear(const logic::event& what);
  /// What is ready of all that is wanted, and what is awaited and why, by the engine's own word.
  void see(const logic::environment_view& view);
  /// What is awaited, in one sentence.
  void await(std::string what) { seen_ = std::move(what); }
  /// Draws the bar or spinner anew, or breaks a long silence with a line: at least every `redraw_ms` while one waits.
  void refresh(std::int64_t elapsed_ms);
  bool draws() const { return mode_ == progress_mode::tty; }
  /// Removes the bar.
  void end();

  /// The text that is drawn, at most `width` columns: "[#####.....]  50%  6.2 s, 7 s to go  waits for patroni: ...".
  std::string drawn(std::int64_t elapsed_ms, std::size_t width) const;
  /// Nothing was said for too long, where no terminal is: a line is due.
  bool is_overdue(std::int64_t elapsed_ms);
  /// That line with its break; "" while none is due.
  std::string overdue(std::int64_t elapsed_ms);

private:
  void note(const logic::event& what);
  /// "" for events that are of no interest to a person who waits.
  std::string line_of(const logic::event& what) const;
  std::string awaited() const;
  std::string bar(std::int64_t elapsed_ms) const;

  progress_mode mode_;
  look as_;
  task task_;
  std::set<std::string> wanted_, ready_;        // services
  std::map<std::string, std::string> clusters_; // awaited by those that are not ready
  std::string seen_;                            // awaited, as last seen
  std::string phase_, news_;
  std::map<std::string, std::string> told_; // the last line about each subject
  std::int64_t begun_us_ = 0;               // of the first event
  std::int64_t said_ms_ = 0;                // when the last line was said
  bool said_ = false, ever_said_ = false;   // a line since the last look; any line
  std::string on_screen_;                   // as drawn; "" = nothing
};

/// How often a spinner turns.
inline constexpr std::int64_t redraw_ms = 200;

} // namespace paws::bin
