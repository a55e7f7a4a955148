// Any bytes are a topology file: valid, or refused with a place for each problem.
#include "tests/fuzz/targets.hpp"

#include "topology/loader.hpp"

#include <cstdlib>

void paws::fuzz::feed_topology(std::string_view bytes) {
  const auto loaded = topology::load_topology_text(bytes, "/nowhere/topology.yaml");
  if (!loaded.ok() && loaded.problems.empty())
    std::abort();
}
