// From a validated topology to the plan that the actors carry out: the cluster kinds render their members, the
// routes and the plain services are added, and everything is put in dependency order.
#pragma once

#include "logic/service_plan.hpp"
#include "topology/failure.hpp"
#include "topology/placement.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

struct assembly_input {
  topology::document document;
  topology::placement places;
  std::map<std::string, std::string> secrets;            // name -> value
  std::vector<std::string> active;                       // names of the members that run, as active_members() says
  std::string environment;                               // name of the environment
  std::string runtime;                                   // "process"
  std::map<std::string, std::string> remembered_leaders; // cluster -> member
  logic::tls_material certificates;                      // of all members of clusters with tls
};

/// The plan, or the failure that keeps it from being made (a reference that cannot be expanded).
std::variant<logic::environment_plan, topology::failure> assemble(const assembly_input& in);

/// Names of clusters, plain services and routes such that each stands after all it depends on.
std::vector<std::string> dependency_order(const topology::document& doc, const std::vector<std::string>& active);

} // namespace paws::bin
