// The engine's own log: the journal's events as lines on stderr, for engine.log.
#pragma once

#include "messages/all.hpp"

#include <string>

namespace paws::bin {

/// Follows `journal` from after `since`. level: trace, debug, info, warning, error, off (spdlog's names). format: text,
/// or json with one event per line.
void spawn_engine_log(caf::actor_system& system, const journal_actor& journal, std::uint64_t since,
                      const std::string& level, const std::string& format);

} // namespace paws::bin
