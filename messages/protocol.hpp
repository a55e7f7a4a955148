// The one type-id block of the protocol: every atom, every message type, every handle that travels. The roles
// themselves stand in a header each.
#pragma once

#include "messages/prelude.hpp"

#include "logic/ask.hpp"
#include "logic/awakening.hpp"
#include "logic/clock_report.hpp"
#include "logic/cluster_view.hpp"
#include "logic/drill_report.hpp"
#include "logic/environment_view.hpp"
#include "logic/event.hpp"
#include "logic/fault.hpp"
#include "logic/log_query.hpp"
#include "logic/member_spec.hpp"
#include "logic/recovery_report.hpp"
#include "logic/rotation.hpp"

#include <string>
#include <vector>

namespace paws {

struct container_info;
struct container_event;
struct container_stats;
struct runtime_capabilities;
struct exec_result;
struct host_stats;
struct resource_report;
struct http_request_in;
struct http_reply_out;
struct http_chunk_out;
struct milestones;
struct member_verdict;
struct cluster_report;
struct operator_command;
struct command_outcome;
struct saved_state;
struct actor_row;
struct log_batch;
struct log_page;
struct renewal;
struct awakening;
struct awakened;

using container_list = std::vector<container_info>;
using spec_list = std::vector<logic::member_spec>;
using inspection_list = std::vector<logic::inspection>;
using line_list = std::vector<std::string>;
using event_list = std::vector<logic::event>;
using actor_list = std::vector<actor_row>;
using fault_list = std::vector<logic::injected_fault>;
using log_rows = std::vector<logic::log_row>;
using log_positions = std::map<std::string, std::string>;
using dependency_list = std::vector<topology::dependency>;

} // namespace paws
// clang-format off
CAF_BEGIN_TYPE_ID_BLOCK(paws, first_custom_type_id)

CAF_ADD_ATOM(paws, paws, capabilities_atom, "caps")
CAF_ADD_ATOM(paws, paws, create_atom, "create")
CAF_ADD_ATOM(paws, paws, start_atom, "start")
CAF_ADD_ATOM(paws, paws, stop_atom, "stop")
CAF_ADD_ATOM(paws, paws, kill_atom, "kill")
CAF_ADD_ATOM(paws, paws, pause_atom, "pause")
CAF_ADD_ATOM(paws, paws, unpause_atom, "unpause")
CAF_ADD_ATOM(paws, paws, remove_atom, "remove")
CAF_ADD_ATOM(paws, paws, inspect_atom, "inspect")
CAF_ADD_ATOM(paws, paws, list_atom, "list")
CAF_ADD_ATOM(paws, paws, adopt_atom, "adopt")
CAF_ADD_ATOM(paws, paws, subscribe_atom, "subscribe")
CAF_ADD_ATOM(paws, paws, unsubscribe_atom, "unsub")
CAF_ADD_ATOM(paws, paws, tail_atom, "tail")
CAF_ADD_ATOM(paws, paws, exec_atom, "exec")
CAF_ADD_ATOM(paws, paws, stats_atom, "stats")
CAF_ADD_ATOM(paws, paws, cut_atom, "cut")
CAF_ADD_ATOM(paws, paws, heal_atom, "heal")
CAF_ADD_ATOM(paws, paws, forget_atom, "forget")
CAF_ADD_ATOM(paws, paws, serve_atom, "serve")
CAF_ADD_ATOM(paws, paws, gone_atom, "gone")
CAF_ADD_ATOM(paws, paws, append_atom, "append")
CAF_ADD_ATOM(paws, paws, load_atom, "load")
CAF_ADD_ATOM(paws, paws, save_atom, "save")
CAF_ADD_ATOM(paws, paws, read_atom, "read")
CAF_ADD_ATOM(paws, paws, status_atom, "status")
CAF_ADD_ATOM(paws, paws, health_atom, "health")
CAF_ADD_ATOM(paws, paws, actors_atom, "actors")
CAF_ADD_ATOM(paws, paws, pace_atom, "pace")
CAF_ADD_ATOM(paws, paws, now_atom, "now")
CAF_ADD_ATOM(paws, paws, desire_atom, "desire")
CAF_ADD_ATOM(paws, paws, tick_atom, "tick")
CAF_ADD_ATOM(paws, paws, member_atom, "member")
CAF_ADD_ATOM(paws, paws, advise_atom, "advise")
CAF_ADD_ATOM(paws, paws, flush_atom, "flush")
CAF_ADD_ATOM(paws, paws, expire_atom, "expire")
CAF_ADD_ATOM(paws, paws, last_atom, "last")
CAF_ADD_ATOM(paws, paws, logs_atom, "logs")
CAF_ADD_ATOM(paws, paws, resources_atom, "resources")
CAF_ADD_ATOM(paws, paws, describe_atom, "describe")
CAF_ADD_ATOM(paws, paws, files_atom, "files")
CAF_ADD_ATOM(paws, paws, reach_atom, "reach")
CAF_ADD_ATOM(paws, paws, rotate_atom, "rotate")
CAF_ADD_ATOM(paws, paws, publish_atom, "publish")
CAF_ADD_ATOM(paws, paws, renew_atom, "renew")
CAF_ADD_ATOM(paws, paws, restart_atom, "restart")
CAF_ADD_ATOM(paws, paws, undo_atom, "undo")
CAF_ADD_ATOM(paws, paws, hold_atom, "hold")
CAF_ADD_ATOM(paws, paws, drill_atom, "drill")
CAF_ADD_ATOM(paws, paws, clocks_atom, "clocks")

CAF_ADD_TYPE_ID(paws, (paws::logic::ask))
CAF_ADD_TYPE_ID(paws, (paws::logic::answer))
CAF_ADD_TYPE_ID(paws, (paws::logic::observation))
CAF_ADD_TYPE_ID(paws, (paws::logic::member_spec))
CAF_ADD_TYPE_ID(paws, (paws::logic::event))
CAF_ADD_TYPE_ID(paws, (paws::logic::cluster_view))
CAF_ADD_TYPE_ID(paws, (paws::logic::start_advice))
CAF_ADD_TYPE_ID(paws, (paws::logic::service_view))
CAF_ADD_TYPE_ID(paws, (paws::logic::environment_view))
CAF_ADD_TYPE_ID(paws, (paws::logic::health_report))
CAF_ADD_TYPE_ID(paws, (paws::logic::component_report))
CAF_ADD_TYPE_ID(paws, (paws::logic::desired_state))
CAF_ADD_TYPE_ID(paws, (paws::container_info))
CAF_ADD_TYPE_ID(paws, (paws::container_event))
CAF_ADD_TYPE_ID(paws, (paws::container_stats))
CAF_ADD_TYPE_ID(paws, (paws::runtime_capabilities))
CAF_ADD_TYPE_ID(paws, (paws::exec_result))
CAF_ADD_TYPE_ID(paws, (paws::host_stats))
CAF_ADD_TYPE_ID(paws, (paws::resource_report))
CAF_ADD_TYPE_ID(paws, (paws::http_request_in))
CAF_ADD_TYPE_ID(paws, (paws::http_reply_out))
CAF_ADD_TYPE_ID(paws, (paws::http_chunk_out))
CAF_ADD_TYPE_ID(paws, (paws::milestones))
CAF_ADD_TYPE_ID(paws, (paws::member_verdict))
CAF_ADD_TYPE_ID(paws, (paws::cluster_report))
CAF_ADD_TYPE_ID(paws, (paws::operator_command))
CAF_ADD_TYPE_ID(paws, (paws::command_outcome))
CAF_ADD_TYPE_ID(paws, (paws::saved_state))
CAF_ADD_TYPE_ID(paws, (paws::actor_row))
CAF_ADD_TYPE_ID(paws, (paws::container_list))
CAF_ADD_TYPE_ID(paws, (paws::spec_list))
CAF_ADD_TYPE_ID(paws, (paws::line_list))
CAF_ADD_TYPE_ID(paws, (paws::event_list))
CAF_ADD_TYPE_ID(paws, (paws::actor_list))
CAF_ADD_TYPE_ID(paws, (paws::dependency_list))
CAF_ADD_TYPE_ID(paws, (paws::logic::route_view))
CAF_ADD_TYPE_ID(paws, (paws::logic::log_query))
CAF_ADD_TYPE_ID(paws, (paws::logic::inspection))
CAF_ADD_TYPE_ID(paws, (paws::inspection_list))
CAF_ADD_TYPE_ID(paws, (paws::log_batch))
CAF_ADD_TYPE_ID(paws, (paws::log_page))
CAF_ADD_TYPE_ID(paws, (paws::log_rows))
CAF_ADD_TYPE_ID(paws, (paws::log_positions))
CAF_ADD_TYPE_ID(paws, (paws::logic::rotation_record))
CAF_ADD_TYPE_ID(paws, (paws::renewal))
CAF_ADD_TYPE_ID(paws, (paws::logic::injected_fault))
CAF_ADD_TYPE_ID(paws, (paws::logic::drill_report))
CAF_ADD_TYPE_ID(paws, (paws::fault_list))
CAF_ADD_TYPE_ID(paws, (paws::logic::clock_gap))
CAF_ADD_TYPE_ID(paws, (paws::logic::clock_report))
CAF_ADD_TYPE_ID(paws, (paws::awakening))
CAF_ADD_TYPE_ID(paws, (paws::awakened))

namespace paws {
/// Receives container events of a runtime.
using runtime_listener = caf::typed_actor<caf::reacts_to<container_event>>;
/// Receives journal events in order, each once.
using event_sink = caf::typed_actor<caf::reacts_to<logic::event>>;
/// What the HTTP server tells its handler: requests, and that the client of an unfinished answer is gone.
using http_handler_actor = caf::typed_actor<caf::reacts_to<http_request_in>, caf::reacts_to<gone_atom, std::uint64_t>>;
/// Told the last id when new lines of logs are stored.
using log_listener = caf::typed_actor<caf::reacts_to<append_atom, std::uint64_t>>;
/// Told whenever what it waits for changes.
using milestone_listener = caf::typed_actor<caf::reacts_to<milestones>>;
using reach_listener = caf::typed_actor<caf::reacts_to<reach_atom, std::string>>;
} // namespace paws

CAF_ADD_TYPE_ID(paws, (paws::runtime_listener))
CAF_ADD_TYPE_ID(paws, (paws::event_sink))
CAF_ADD_TYPE_ID(paws, (paws::http_handler_actor))
CAF_ADD_TYPE_ID(paws, (paws::milestone_listener))
CAF_ADD_TYPE_ID(paws, (paws::log_listener))
CAF_ADD_TYPE_ID(paws, (paws::reach_listener))

CAF_END_TYPE_ID_BLOCK(paws)
// clang-format on

#include "messages/local_values.hpp"
