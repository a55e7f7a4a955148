// Whether every member of a PostgreSQL cluster has what its leader has committed.
#pragma once

#include "logic/ask.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace paws::bin {

/// How long a member may take until it has it.
inline constexpr std::chrono::milliseconds presence_limit_ms{2000};

struct presence {
  std::string member;
  std::int64_t after_ms = -1; // since the first look at any of them; -1 = not there in time
  std::string why = {};       // then; "" = it only lacks it
};

/// Asks each of `members`, at its own address, until `question` has a row, they are out of time, or `interrupted` says
/// so; that is asked from this thread only. `application` is what PostgreSQL shows of the sessions.
std::vector<presence> look_everywhere(const std::vector<logic::ask>& members, const std::string& application,
                                      const std::string& question, const std::function<bool()>& interrupted);

} // namespace paws::bin
