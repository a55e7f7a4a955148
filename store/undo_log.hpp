// The undo log: <environment>/undo.jsonl (0600), one line for each fault that is about to be injected and one for each
// that was taken back. A line is durable before what it says is done. Blocking.
#pragma once

#include "logic/fault.hpp"
#include "topology/failure.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace paws::store {

/// Far more than the faults of one drill; what is taken back leaves the file.
inline constexpr std::size_t undo_log_bytes = 1024UL * 1024;

using fault_list = std::vector<logic::injected_fault>;

/// Faults that are open, in the order in which they were injected. A last line that a dying engine left unfinished
/// counts as never written: its fault was not injected. ERR_ENG_009 for any other line that cannot be read.
std::variant<fault_list, topology::failure> open_faults(const std::string& path);

/// Writes `what` down, durably, and answers its id, which no other fault of this log has or had since it was last
/// empty.
std::variant<std::uint64_t, topology::failure> note_fault(const std::string& path, logic::injected_fault what);

/// It is taken back. With the last one the file goes. An id that is not open is no failure.
std::optional<topology::failure> note_undone(const std::string& path, std::uint64_t id);

} // namespace paws::store
