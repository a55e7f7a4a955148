// From a topology file to a validated document, or to everything that is wrong with it, with positions.
#pragma once

#include "topology/failure.hpp"
#include "topology/model.hpp"
#include "topology/problem.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace paws::topology {

struct load_result {
  document doc;                  // to be used only when ok()
  std::vector<problem> problems; // in the order of the file; empty = valid
  bool readable = true;          // false: there was no text to check (missing, no regular file, no permission)

  bool ok() const { return problems.empty(); }
};

/// Reads and checks the file at `path`. Reads at most limits::file_bytes; waits for nothing (a FIFO is refused).
load_result load_topology(const std::string& path);

/// Checks `text` as if it had been read from `path`; `root` and relative paths start there.
load_result load_topology_text(std::string_view text, const std::string& path);

/// All problems as one failure (ERR_TOPO_001, or ERR_TOPO_002 when not readable): one line each.
/// Precondition: !result.ok().
failure as_failure(const load_result& result);

} // namespace paws::topology
