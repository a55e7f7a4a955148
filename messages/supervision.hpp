// The roles inside the actor tree: services, clusters, probes, and those who wait for them.
#pragma once

#include "messages/protocol.hpp"

namespace paws {

/// What others may wait for, of one cluster, service or route. Sent to every listener on each change and at once on
/// subscription.
struct milestones {
  std::string name;
  bool started = false;
  bool replicating = false;
  bool quorum = false;
  bool ready = false;
  bool completed = false;
  bool failed = false;
  std::string why;           // why not ready, or why failed
  std::int64_t since_us = 0; // when the last of them became true; the journal's clock
};

using milestone_source = caf::typed_actor<caf::reacts_to<subscribe_atom, milestone_listener>>;

/// What a cluster thinks of one of its members.
struct member_verdict {
  std::string member;
  std::uint64_t generation = 0; // the start it judges
  bool healthy = false;
  std::string role;
  std::string why;
  bool watch_closely = true; // something is still awaited: probe fast
};

/// Secrets have new values. A service: what it is created with and asked from now on. A route: what it asks. A cluster:
/// all secrets. Nothing is started anew.
struct renewal {
  logic::member_spec spec;
  std::vector<logic::ask> asks;
  std::map<std::string, std::string> secrets;
};

/// What a cluster tells the environment.
struct cluster_report {
  std::string cluster;
  logic::cluster_view view;
};

/// The machine slept, or the engine stood still: what was said before does not count, and for `grace` nothing that is
/// said counts against the service. Then it has the recovery time of its plan to be well, counted from when all that it
/// depends on is well; after that it is started anew, once. Its end is told as `awakened`, and not before `watch` is
/// over. One with the number of a recovery under way extends that one.
struct awakening {
  std::uint64_t number = 0; // of the recovery
  logic::milliseconds grace{}, watch{};
};

/// How one service's part of recovery `number` ended.
struct awakened {
  std::uint64_t number = 0;
  logic::wake_row row;
};

/// A probe asks one thing again and again. pace(fast): as often as the ask says while something is awaited.
/// now: asks at once and answers with that observation (health report).
using probe_actor =
    caf::typed_actor<caf::reacts_to<pace_atom, bool>, caf::replies_to<now_atom>::with<logic::observation>,
                     caf::reacts_to<tick_atom, std::uint64_t>, caf::replies_to<actors_atom>::with<actor_list>>;

using observer_actor = caf::typed_actor<caf::reacts_to<logic::observation>>;

/// A service owns one container. desire(state, destroy_data, trace_id): what should be true from now on; idempotent;
/// destroy_data only matters for `removed`; until it is true, what happens to the service carries the trace id.
/// hold(on): while a drill wants it down, nothing is done about its end or its standing still; off: what is desired is
/// seen to again.
/// adopt(info, done): what ended while no engine watched; a one-shot that is done is completed. health: asks all its
/// probes now and answers when all have answered.
using service_actor = caf::typed_actor<
    caf::reacts_to<subscribe_atom, milestone_listener>, caf::reacts_to<milestones>, caf::reacts_to<container_event>,
    caf::reacts_to<logic::observation>, caf::reacts_to<member_verdict>,
    caf::reacts_to<desire_atom, logic::desired_state, bool, std::string>,
    caf::reacts_to<adopt_atom, container_info, bool>, caf::reacts_to<renewal>, caf::reacts_to<hold_atom, bool>,
    caf::reacts_to<awakening>, caf::reacts_to<tick_atom, std::uint64_t>,
    caf::replies_to<health_atom>::with<logic::component_report>, caf::replies_to<actors_atom>::with<actor_list>>;

/// A cluster watches its members' observations, says what they mean together, and advises members that start.
/// member(name, has_data): its container exists; answers what it must wait for inside the cluster.
/// describe: asks its members now what a person wants to know.
/// hold(on): no daemon is woken while a drill measures.
/// renew(on): what the cluster depends on was emptied on purpose (true), or knows it again.
/// member(name, generation, running): sent by the member's service when a start is confirmed or over.
using cluster_actor = caf::typed_actor<
    caf::reacts_to<subscribe_atom, milestone_listener>, caf::reacts_to<logic::observation>,
    caf::replies_to<member_atom, std::string, bool>::with<dependency_list>,
    caf::reacts_to<member_atom, std::string, std::uint64_t, bool>,
    caf::replies_to<advise_atom, std::string>::with<logic::start_advice>, caf::reacts_to<renewal>,
    caf::reacts_to<hold_atom, bool>, caf::reacts_to<renew_atom, bool>, caf::reacts_to<tick_atom, std::uint64_t>,
    caf::replies_to<health_atom>::with<logic::component_report>,
    caf::replies_to<describe_atom>::with<logic::inspection>, caf::replies_to<actors_atom>::with<actor_list>>;

/// A route is asked through its published port and reports where it leads.
using route_actor =
    caf::typed_actor<caf::reacts_to<subscribe_atom, milestone_listener>, caf::reacts_to<logic::observation>,
                     caf::reacts_to<milestones>, // of the service that carries it
                     caf::reacts_to<renewal>, caf::replies_to<health_atom>::with<logic::component_report>,
                     caf::replies_to<actors_atom>::with<actor_list>>;

/// One failure simulation: writes, breaks, watches, takes it back, proves. stop: it takes everything back and ends with
/// what it has; a report follows in any case.
using drill_actor = caf::typed_actor<caf::reacts_to<tick_atom, std::uint64_t>, caf::reacts_to<stop_atom>,
                                     caf::replies_to<actors_atom>::with<actor_list>>;

/// Reads the machine's clocks and tells the environment of every gap, once. now: reads them at once; a gap is told
/// before the answer. clocks(set): this machine's wall clock against its hardware's; with `set` the former is set from
/// the latter where that is called for and permitted.
using clock_watch_actor = caf::typed_actor<caf::reacts_to<tick_atom>, caf::replies_to<now_atom>::with<bool>,
                                           caf::replies_to<clocks_atom, bool>::with<logic::clock_report>,
                                           caf::replies_to<actors_atom>::with<actor_list>>;

/// Carries out one change of secrets and ends; tells the environment its outcome.
using rotator_actor =
    caf::typed_actor<caf::reacts_to<tick_atom, std::uint64_t>, caf::replies_to<actors_atom>::with<actor_list>>;

/// Carries out one failover, switchover, reinit or defragmentation, and tells the environment its outcome. It is told
/// what becomes of the cluster and of its route.
using recovery_actor =
    caf::typed_actor<caf::reacts_to<cluster_report>, caf::reacts_to<logic::route_view>,
                     caf::reacts_to<tick_atom, std::uint64_t>, caf::replies_to<actors_atom>::with<actor_list>>;

} // namespace paws
