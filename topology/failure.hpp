// A failure as a value: what happened, where, and what to do. Every failure a person can meet has a code from
// error_table, which is the only registry of codes.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace paws::topology {

/// Exit codes of the command line (contracts: "Exit codes").
enum class exit_code : int {
  success = 0,
  general = 1,
  invalid = 2,
  resource = 3,
  network = 4,
  unhealthy = 5,
  interrupted = 130
};

struct failure {
  std::string code;    // "ERR_NET_001", a code of error_table
  std::string message; // what happened and where
  std::string remedy;  // what to do; a command that runs, when it names one
};

/// One row of the registry.
struct error_row {
  std::string_view code;
  std::string_view component; // printed in brackets
  std::string_view meaning;
  exit_code exits_with;
};

std::span<const error_row> error_table();

/// The row of `code`; the row of ERR_SYS_000 (unexpected) for a code that is not registered.
const error_row& find_error(std::string_view code);

/// "[COMPONENT] ERR_AREA_NNN: message | remedy"
std::string to_string(const failure& what);

} // namespace paws::topology
