// The engine's own log: the journal's events as lines on stderr, which is engine.log for an engine in the background.
#pragma once

#include "messages/all.hpp"

#include <cstdint>
#include <string>

namespace paws::bin {

/// Then engine.log becomes engine.log.1, whose former content is gone.
inline constexpr std::uintmax_t most_log_bytes = 10'000'000;

struct engine_log_options {
  std::string level = "info";  // trace, debug, info, warning, error, off (spdlog's names)
  std::string format = "text"; // text, or json with one object per line, see log_line
  std::string path;            // engine.log; is rotated when stderr leads there
};

/// The journal's events, and how many still wait to be written.
using engine_log_actor = event_sink::extend<caf::replies_to<actors_atom>::with<actor_list>>;

/// Follows `journal` from after `since`, until it is told to end.
engine_log_actor spawn_engine_log(caf::actor_system& system, const journal_actor& journal, std::uint64_t since,
                                  engine_log_options options);

/// {"timestamp","level","service","message","trace_id","kind","seq","fields"}. service: what the event is about when
/// that is a part of the topology, else "engine". trace_id: "" when no command caused it.
std::string log_line(const logic::event& what);

/// Opens `path` to append to it, rotated first when it is larger than `most_bytes`. -1 and errno when it cannot be.
int open_log(const std::string& path, std::uintmax_t most_bytes = most_log_bytes);

/// When `fd` leads to the file at `path` and that is larger than `most_bytes`, rotates; when it leads to a file that
/// was rotated by somebody else, follows. True when `fd` leads to the new one now.
bool rotate_log(const std::string& path, int fd, std::uintmax_t most_bytes = most_log_bytes);

} // namespace paws::bin
