// Who looks without doing anything: answers what there is while hands wait, and finds what no event told of.
#pragma once

#include "messages/all.hpp"
#include "runtimes/docker/member_container.hpp"

#include <memory>

namespace paws::docker {

/// tick: compares what there is with what was there. gone: events were missed, everything counts as different. Both
/// answer why the engine cannot be reached, "" when it can.
using looker_actor =
    caf::typed_actor<caf::replies_to<inspect_atom, std::string>::with<container_info>,
                     caf::replies_to<list_atom>::with<container_list>,
                     caf::replies_to<capabilities_atom>::with<runtime_capabilities>,
                     caf::replies_to<tick_atom>::with<std::string>, caf::replies_to<gone_atom>::with<std::string>>;

/// Told which members are different.
using change_listener = caf::typed_actor<caf::reacts_to<append_atom, line_list>>;

looker_actor spawn_looker(caf::local_actor& parent, std::shared_ptr<shared_ground> ground, change_listener front);

} // namespace paws::docker
