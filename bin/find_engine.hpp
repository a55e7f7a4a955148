// Who serves an environment, once what is on its way up or down has settled.
#pragma once

#include "bin/target.hpp"
#include "topology/failure.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <sys/types.h>
#include <variant>

namespace paws::bin {

struct found_engine {
  pid_t pid = 0;
  nlohmann::json status; // as it answered; null when it was made just now
};

/// Starts an engine and answers its pid, or says why it does not. ERR_ENG_001: somebody else was faster.
using engine_maker = std::function<std::variant<pid_t, topology::failure>()>;

/// The engine that serves `at`, else the one that `make` brings up. One that does not answer yet, or that ends, is
/// waited for (20 s, then ERR_ENG_001 is the answer); one that lives for another command only (status.engine.temporary)
/// until that command is over; `given_up` ends the waiting (ERR_SYS_005).
std::variant<found_engine, topology::failure> find_engine(const target& at, const engine_maker& make,
                                                          const std::function<bool()>& given_up = {});

} // namespace paws::bin
