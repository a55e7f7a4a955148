// Routes: stable addresses that follow a role, carried by HAProxy. What to run, how to ask where a route leads, and
// what the answer means. Pure.
#pragma once

#include "logic/ask.hpp"
#include "logic/environment_view.hpp"
#include "logic/member_spec.hpp"
#include "topology/placement.hpp"

#include <map>
#include <string>
#include <vector>

namespace paws::clusters {

/// The one member that carries all routes of `doc`, or none when it has no routing. `authority`: who signs the
/// certificates of the clusters, PEM.
std::vector<logic::member_spec> render_routes(const topology::document& doc, const topology::placement& places,
                                              const std::string& authority);

/// Questions through the route's published port (its inner port when it has none), with ask::member = the route's name.
/// `tls`: how its cluster is asked.
std::vector<logic::ask> route_asks(const topology::document& doc, const topology::placement& places,
                                   const std::map<std::string, std::string>& secrets, const topology::route& route,
                                   const logic::tls_check& tls = {});
logic::facts interpret_route(const logic::ask& ask, const logic::answer& answer);

/// Ready only when what answers through the route has the role; `target` is the member that answered.
logic::route_view judge_route(const topology::document& doc, const topology::placement& places,
                              const topology::route& route, const logic::observation_table& seen);

/// The health endpoint of a plain service, as its `probe` in the topology says, at its address.
logic::ask endpoint_ask(const topology::service& service, const std::string& address);
/// "healthy" -> "true" or "false", "why" -> one sentence.
logic::facts interpret_endpoint(const topology::service& service, const logic::ask& ask, const logic::answer& answer);

} // namespace paws::clusters
