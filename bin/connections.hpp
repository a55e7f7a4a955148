// How to connect to what a start has made ready.
#pragma once

#include "logic/environment_view.hpp"
#include "topology/model.hpp"

#include <string>
#include <vector>

namespace paws::bin {

/// One published route. Passwords are named, never shown.
struct connection {
  std::string route;    // "patroni-leader"
  std::string url;      // "postgresql://paws360@127.0.0.1:5432/paws360"
  std::string password; // name of the secret: "POSTGRES_APP_PASSWORD"
};

std::vector<connection> connections_of(const topology::document& doc);

/// A published service that is asked over HTTP whether it is well.
struct web_address {
  std::string service; // "frontend"
  std::string url;     // "http://127.0.0.1:3000"
};

/// Those of `doc` that `view` shows ready.
std::vector<web_address> web_addresses_of(const topology::document& doc, const logic::environment_view& view);

} // namespace paws::bin
