#include "bin/engine_entry.hpp"

namespace paws::bin {

std::function<int(const engine_options&)> engine_entry;

} // namespace paws::bin
