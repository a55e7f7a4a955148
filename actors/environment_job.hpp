// A stop of some services, or a restart: several may go on beside each other.
#pragma once

#include "messages/all.hpp"

#include <set>
#include <string>
#include <vector>

namespace paws {

using outcome_promise = caf::typed_response_promise<command_outcome>;

struct environment_job {
  std::uint64_t id = 0;
  operator_command what;
  std::vector<outcome_promise> promises;
  std::vector<std::vector<std::string>> batches; // one after another; the first is at work
  std::set<std::string> asked;                   // to stop, of this batch
  bool was_ready = true;                         // the clusters of this batch, before it was stopped
  bool starting = false;                         // this batch has stopped and is to become ready
  bool over = false;
};

} // namespace paws
