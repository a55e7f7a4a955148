// How the command line gets into an environment's PostgreSQL as the application's role: by its route to whoever leads,
// and to each member.
#pragma once

#include "bin/target.hpp"
#include "logic/ask.hpp"
#include "logic/environment_view.hpp"
#include "topology/failure.hpp"
#include "topology/model.hpp"

#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

/// Questions without a statement. They carry the password.
struct database_way {
  std::string cluster;
  logic::ask route;                 // to the leader
  std::vector<logic::ask> members;  // each that is wanted, `member` is its name
  std::vector<std::string> resting; // stopped or paused on purpose
};

/// The way to the first PostgreSQL cluster of `doc`, which `seen` shows. ERR_SQL_005 when there is none, when nobody
/// leads it, or no published route leads to it; ERR_SEC_001 and ERR_SEC_002 when its password is not to be had.
std::variant<database_way, topology::failure> way_to_database(const topology::document& doc, const target& at,
                                                              const logic::environment_view& seen);

} // namespace paws::bin
