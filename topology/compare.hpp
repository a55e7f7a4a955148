// What a changed topology file means for the environment that runs: which services are touched, what only takes
// effect, and what cannot change while it runs. A topology is compared key by key, as a person would write them.
#pragma once

#include "topology/model.hpp"

#include <map>
#include <string>
#include <vector>

namespace paws::topology {

/// Key -> value as one text: "services.backend.environment.LOG_LEVEL" -> "info". References are filled in, but for
/// secrets, so that who refers to something that moved has changed as well.
using topology_values = std::map<std::string, std::string>;

/// Of all that runs with these profiles.
topology_values values_of(const document& doc, const std::vector<std::string>& profiles);

enum class service_change : std::uint8_t { kept, added, removed, replaced };
std::string_view to_string(service_change what);

struct changed_service {
  std::string name;
  service_change what = service_change::kept;
  std::vector<std::string> keys; // replaced: what changed, whole keys
};

/// Everything that leads from one topology to another.
struct topology_changes {
  std::vector<changed_service> services; // by name, those that are kept too
  std::vector<std::string> settings;     // keys that take effect without touching a member
  std::vector<std::string> refused;      // keys that cannot change while the environment runs

  bool none() const;
  std::vector<std::string> named(service_change what) const;
};

topology_changes compare(const topology_values& before, const topology_values& after);

/// What an engine holds that begins with `now` where another one held `before`: of services in `running` (and of
/// everything else while there is one) what they were made from; of the others, and of settings, what is said now.
topology_values adopted_values(const topology_values& before, const topology_values& now,
                               const std::vector<std::string>& running);

} // namespace paws::topology
