// A directory of migrations or seeds, as it lies on disk.
#pragma once

#include "logic/sql_files.hpp"
#include "topology/failure.hpp"

#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

/// The files of `directory` whose names begin with `letter`, in their order, with contents and checksums. ERR_SQL_001
/// for a directory that is not there, a name that is none, two of one number, and a file that cannot be read or sent.
std::variant<std::vector<logic::sql_file>, topology::failure> read_sql_files(const std::string& directory, char letter);

} // namespace paws::bin
