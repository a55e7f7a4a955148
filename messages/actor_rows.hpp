// How actors tell about themselves: each its own row, asked before everything else that waits in its mailbox, so that
// the row counts all of that.
#pragma once

#include "messages/environment.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace paws {

/// The answer of an actor that has nobody below it. Only for the actor itself.
template <class Self>
actor_list own_row(Self* self, std::string path, std::string kind, std::string state = {}) {
  return {{std::move(path), std::move(kind), std::move(state), self->mailbox().size(),
           caf::actor_cast<caf::strong_actor_ptr>(self)}};
}

/// Asks every one of `sources`, and calls then(rows) when each has answered or let `patience` pass; who did not answer
/// has no row.
template <class Self, class Then>
void gather_rows(Self* self, const std::vector<mailbox_source>& sources, std::chrono::milliseconds patience,
                 Then then) {
  auto rows = std::make_shared<actor_list>();
  auto left = std::make_shared<std::size_t>(sources.size());
  auto take = [rows, left, then](const actor_list& more) mutable {
    rows->insert(rows->end(), more.begin(), more.end());
    if (--*left == 0)
      then(std::move(*rows));
  };
  if (sources.empty())
    then(actor_list{});
  const caf::duration limit{patience}; // given one of std::chrono's, CAF 0.17 forgets the priority
  for (const auto& source : sources)
    self->template request<caf::message_priority::high>(source, limit, actors_atom_v)
        .then(take, [take](const caf::error&) mutable { take({}); });
}

} // namespace paws
