// A search through all collected logs of a directory, beside whoever writes them. Blocking; keeps nothing open.
#pragma once

#include "logic/log_query.hpp"
#include "topology/failure.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace paws::store {

struct found_logs {
  std::vector<logic::log_row> rows; // oldest first
  std::uint64_t last_id = 0;        // of all that was stored when the search began
};

/// ERR_CLI_001 for a pattern that is none; ERR_SYS_003 when a file cannot be read.
std::variant<found_logs, topology::failure> search_logs(const std::string& directory, const logic::log_query& what);

/// The segments in `directory`: the id of the first line (it is the file's name) -> path.
std::map<std::uint64_t, std::string> segment_files(const std::string& directory);

} // namespace paws::store
