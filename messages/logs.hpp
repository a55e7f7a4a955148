// The roles around the members' logs: a runtime hands them out, the collector reads them, the log store keeps them and
// answers searches.
#pragma once

#include "messages/protocol.hpp"

namespace paws {

/// One line as the runtime kept it, without its framing.
struct kept_line {
  std::string member;
  std::int64_t at_us = 0; // when it was received, wall clock
  bool err = false;       // written to the member's standard error
  std::string text;
};

/// What a runtime has of the logs behind `positions`. Positions are the runtime's own words; they survive engines.
struct log_batch {
  std::vector<kept_line> lines; // of each member in order
  log_positions positions;      // to ask on from
  bool more = false;            // there is more already
};

/// An answer to a search: oldest first by time.
struct log_page {
  log_rows rows;
  std::uint64_t last_id = 0; // of everything that is stored, fitting or not
};

/// append(rows, positions): keeps both, or neither; answers the last id. load: the positions that were kept last.
/// A query that cannot be carried out (a pattern that is none): ERR_CLI_001; searches hold up nobody who appends.
/// tick: removes what is too old or too much, as it is done by itself every hour.
using log_store_actor =
    caf::typed_actor<caf::replies_to<append_atom, log_rows, log_positions>::with<std::uint64_t>,
                     caf::replies_to<load_atom>::with<log_positions>, caf::replies_to<logic::log_query>::with<log_page>,
                     caf::reacts_to<tick_atom>, caf::replies_to<actors_atom>::with<actor_list>>;

/// flush: collects everything that there is now, then answers the last id. subscribe: told of every new last id.
using log_collector_actor =
    caf::typed_actor<caf::reacts_to<tick_atom>, caf::replies_to<flush_atom>::with<std::uint64_t>,
                     caf::reacts_to<subscribe_atom, log_listener>, caf::replies_to<actors_atom>::with<actor_list>>;

} // namespace paws
