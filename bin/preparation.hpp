// Everything that is settled before an engine serves or a start creates anything: topology, profiles, runtime, secrets,
// the plan, and what this machine lacks for it.
#pragma once

#include "bin/certificates.hpp"
#include "bin/preflight.hpp"
#include "bin/runtime_choice.hpp"
#include "bin/wiring.hpp"
#include "logic/rotation_plan.hpp"
#include "logic/service_plan.hpp"
#include "topology/failure.hpp"
#include "topology/model.hpp"

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

struct prepared {
  topology::document document;
  logic::environment_plan plan;
  std::vector<std::string> profiles;
  runtime_choice runtime;
  std::map<std::string, docker::subnet> networks; // of a container runtime, by name
  std::string control_address;                    // where members find the engine; "" = nowhere
  std::map<std::string, std::string> secrets;     // name -> value, as planned with
  logic::replan plan_of;                          // the same with other values of the same secrets
};

/// Where its engine listens over TCP, each "address:port": 127.0.0.1, and where its containers look for it. None as
/// long as the topology does not say so.
std::vector<std::string> tcp_endpoints(const prepared& of);

/// The topology of `options`, or everything that is wrong with it.
std::variant<topology::document, topology::failure> load_document(const engine_options& options);

/// The runtime of `doc`: the one that its environment has, or that options say, or that is preferred and can be used.
std::variant<runtime_choice, topology::failure> runtime_of(const engine_options& options,
                                                           const topology::document& doc);

/// The plan of `doc`, with `secrets` and `certificates`; checks nothing else of this machine.
std::variant<prepared, topology::failure> make_plan(const engine_options& options, topology::document doc,
                                                    const std::map<std::string, std::string>& secrets,
                                                    certificate_use certificates = certificate_use::shown);

/// The plan of the topology of `options`, with placeholders for its secrets.
std::variant<prepared, topology::failure> plan_without_secrets(const engine_options& options);

/// Preflight of a start that has no secrets file yet: nothing is created, placeholders stand for secrets.
std::variant<preflight_result, topology::failure> check_machine(const engine_options& options);

/// All of it, with the secrets from their file. Unless options.starts, no preflight is made and placeholders stand for
/// secrets that are not there: whatever runs can be stopped without them.
std::variant<prepared, topology::failure> prepare(const engine_options& options);

} // namespace paws::bin
