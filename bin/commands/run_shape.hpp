// What a run is asked to do, and in which words it asks the engine.
#pragma once

#include "bin/commands/command.hpp"
#include "bin/run_variables.hpp"
#include "bin/target.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paws::bin {

struct run_flags {
  std::string file = default_topology;
  std::string runtime = "auto";
  std::vector<std::string> profiles;
  std::int64_t wait_timeout_s = 0;
  bool keep = false;
  std::string junit;              // "" = no report
  std::vector<std::string> words; // the command
};

/// What is wrong before anything is started: no such program (ERR_CLI_005), a report that cannot be written
/// (ERR_SYS_003).
std::optional<topology::failure> check_run(const run_flags& given);

/// The engine's program, with the global flags that its work for a run needs, and `verb`.
std::vector<std::string> engine_words(const global_flags& flags, const std::string& environment,
                                      std::vector<std::string> verb);
/// `start` of `topology`, reporting line by line.
std::vector<std::string> start_words(const global_flags& flags, const run_flags& given, const std::string& topology);

/// `inherited` without the variables that would change what those words mean.
variable_map engine_variables(const char* const* inherited);

/// "`make test`", cut where it would be long.
std::string shown_command(const std::vector<std::string>& words);

/// What takes an environment down for good, as a person types it.
std::string down_command(const std::string& environment, const std::string& topology);

} // namespace paws::bin
