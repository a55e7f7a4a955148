// Any bytes are a topology file: valid, or refused with a place for each problem.
#include "topology/loader.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto loaded = paws::topology::load_topology_text(text, "/nowhere/topology.yaml");
  if (!loaded.ok() && loaded.problems.empty())
    std::abort();
  return 0;
}
