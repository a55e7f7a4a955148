// The role of the resource watch: what members use of what they may, and what the machine has left.
#pragma once

#include "messages/runtime.hpp"

namespace paws {

struct resource_row {
  std::string service;
  container_stats used;
  double cpus = -1; // processors used since the watch's own last look; -1 = not known
};

struct resource_report {
  std::vector<resource_row> services; // every one, by name, whether it runs or not
  host_stats host;
  std::vector<std::string> warnings; // plain sentences: what is at 85 % or more
};

/// status: as of a look of the last five seconds. resources: as of the last second. Both answer within two seconds.
using resource_watch_actor =
    caf::typed_actor<caf::reacts_to<tick_atom>, caf::replies_to<status_atom>::with<resource_report>,
                     caf::replies_to<resources_atom>::with<resource_report>,
                     caf::replies_to<actors_atom>::with<actor_list>>;

} // namespace paws
