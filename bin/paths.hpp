// Where things of one environment lie on this machine.
#pragma once

#include <string>

namespace paws::bin {

struct environment_paths {
  std::string directory;  // <root>/.local/env/<environment>
  std::string lock;       // <directory>/engine.lock
  std::string journal;    // <directory>/journal.jsonl
  std::string state;      // <directory>/state.json
  std::string rotation;   // <directory>/rotation.json
  std::string undo;       // <directory>/undo.jsonl
  std::string drills;     // <directory>/drills
  std::string engine_log; // <directory>/engine.log
  std::string socket;     // <runtime_directory()>/<environment>.sock
};

/// ${PAWS_RUNTIME_DIR}, else ${XDG_RUNTIME_DIR:-/tmp}/paws-engine-<uid>
std::string runtime_directory();

environment_paths paths_of(const std::string& root, const std::string& environment);

/// Absolute path of the file `name` that stands beside the running program: "paws-keeper".
std::string beside_program(const std::string& name);

} // namespace paws::bin
