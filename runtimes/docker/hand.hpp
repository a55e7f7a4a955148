// Who does things to a member's container: a thread of its own for each, so that what one waits for never delays
// another.
#pragma once

#include "messages/all.hpp"
#include "runtimes/docker/member_container.hpp"
#include "runtimes/docker/reader.hpp"

#include <memory>
#include <string>

namespace paws::docker {

/// member(action, signal, at_ns): an event of its container. tick: what is may be different from what was told last.
using hand_actor =
    caf::typed_actor<caf::replies_to<create_atom, logic::member_spec>::with<container_info>,
                     caf::replies_to<adopt_atom, logic::member_spec>::with<container_info>,
                     caf::replies_to<files_atom, logic::member_spec>::with<container_info>,
                     caf::replies_to<start_atom, std::string>::with<container_info>,
                     caf::replies_to<stop_atom, std::string>::with<container_info>,
                     caf::replies_to<kill_atom, std::string>::with<container_info>,
                     caf::replies_to<pause_atom, std::string>::with<container_info>,
                     caf::replies_to<unpause_atom, std::string>::with<container_info>,
                     caf::replies_to<remove_atom, std::string, bool>::with<container_info>,
                     caf::replies_to<tail_atom, std::string, std::uint32_t>::with<line_list>,
                     caf::replies_to<exec_atom, std::string, line_list>::with<exec_result>,
                     caf::replies_to<stats_atom, std::string>::with<container_stats>,
                     caf::replies_to<cut_atom, std::string, line_list>::with<container_info>,
                     caf::replies_to<heal_atom, std::string>::with<container_info>,
                     caf::reacts_to<member_atom, std::string, std::int32_t, std::int64_t>, caf::reacts_to<tick_atom>>;

/// Tells `front` every change. `reader`: asked to read a log to its end before it goes.
hand_actor spawn_hand(caf::local_actor& parent, std::shared_ptr<shared_ground> ground, const std::string& member,
                      runtime_listener front, reader_actor reader);

} // namespace paws::docker
