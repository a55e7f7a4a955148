// Who reads what all containers said: the one thread that has connections for it.
#pragma once

#include "messages/all.hpp"
#include "runtimes/docker/engine.hpp"

#include <string>

namespace paws::docker {

/// flush(member): reads what its ended container said, before it is removed. An event: what is known of a container.
using reader_actor =
    caf::typed_actor<caf::replies_to<logs_atom, log_positions, std::uint32_t>::with<log_batch>,
                     caf::replies_to<flush_atom, std::string>::with<std::uint64_t>, caf::reacts_to<container_event>>;

reader_actor spawn_reader(caf::local_actor& parent, const engine& on, const std::string& environment);

} // namespace paws::docker
