// How to connect to what a start has made ready.
#pragma once

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

} // namespace paws::bin
