// Everything that is settled before an engine serves or a start creates anything: topology, profiles, runtime, secrets,
// the plan, and what this machine lacks for it.
#pragma once

#include "bin/preflight.hpp"
#include "bin/wiring.hpp"
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
};

/// The topology of `options`, or everything that is wrong with it.
std::variant<topology::document, topology::failure> load_document(const engine_options& options);

/// The runtime `auto` means for `doc`, or the one that was asked for; ERR_RUN_001 when it cannot be used.
std::variant<std::string, topology::failure> choose_runtime(const engine_options& options,
                                                            const topology::document& doc);

/// The plan of `doc`, with `secrets`; checks nothing of this machine.
std::variant<prepared, topology::failure> make_plan(const engine_options& options, topology::document doc,
                                                    const std::map<std::string, std::string>& secrets);

/// The plan of the topology of `options`, with placeholders for its secrets.
std::variant<prepared, topology::failure> plan_without_secrets(const engine_options& options);

/// Preflight of a start that has no secrets file yet: nothing is created, placeholders stand for secrets.
std::variant<preflight_result, topology::failure> check_machine(const engine_options& options);

/// All of it, with the secrets from their file. Unless options.starts, no preflight is made and placeholders stand for
/// secrets that are not there: whatever runs can be stopped without them.
std::variant<prepared, topology::failure> prepare(const engine_options& options);

} // namespace paws::bin
