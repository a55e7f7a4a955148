// The role of the metrics: they listen to the journal and to the probes, and are read as text.
#pragma once

#include "messages/protocol.hpp"

namespace paws {

/// read(actors): everything in Prometheus' text format, the mailboxes of `actors` included, and of no others.
using metrics_actor = caf::typed_actor<caf::reacts_to<logic::event>, caf::reacts_to<logic::observation>,
                                       caf::replies_to<read_atom, actor_list>::with<std::string>,
                                       caf::replies_to<actors_atom>::with<actor_list>>;

} // namespace paws
