// What doctor finds out about this machine and a topology on it: each thing with how it stands and, when it is not as
// it should be, the command that mends it. Reads only.
#pragma once

#include "bin/runtime_choice.hpp"
#include "bin/wiring.hpp"
#include "topology/failure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace paws::bin {

enum class grade {
  ok,
  note, // nothing is wrong, but somebody may rely on what is not there
  warn, // a start works, with less than there could be
  fail  // a start does not work
};
std::string_view to_string(grade what);

struct finding {
  std::string name; // "ports"
  grade status = grade::ok;
  std::string detail; // what was found
  std::string remedy; // never empty unless ok: what to run
  std::string code;   // of a failure; "" else
};

/// `what` as a row.
finding row_of(const topology::failure& what, grade status);

/// Everything about this machine, with the runtimes that it offers; with a topology_file (may be "") also what a start
/// of it would meet.
std::vector<finding> diagnose(const engine_options& options, const std::vector<runtime_offer>& offers);

/// "Linux 6.1.0 x86_64, Debian GNU/Linux 12 (bookworm), 2 processors, 7951 MiB of memory"
std::string system_line();
/// "control groups version 1 below /sys/fs/cgroup"
std::string cgroup_line();

} // namespace paws::bin
