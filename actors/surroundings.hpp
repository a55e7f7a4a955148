// What every actor of the tree is given: the journal, the runtime, the asker, and the tie between the actor clock
// and the wall clock.
#pragma once

#include "logic/time_base.hpp"
#include "messages/all.hpp"

#include <chrono>

namespace paws {

struct surroundings {
  journal_actor journal;
  runtime_actor runtime;
  asker_actor asker;
  logic::time_base time;
  metrics_actor metrics = {};         // may be invalid
  log_collector_actor collector = {}; // may be invalid
  std::string trace_id = {};          // of the command that an actor is obeying now: what it tells carries it
};

/// How long a probe may take to tell its row (actor_rows.hpp).
inline constexpr std::chrono::seconds probe_patience{1};

/// The journal's time, now, by the actor's own clock.
template <class Self>
std::int64_t now_us(Self* self, const surroundings& around) {
  return around.time.to_wall_us(self->clock().now());
}

/// Tells the journal that something happened, now.
template <class Self>
void tell(Self* self, const surroundings& around, std::string_view kind, std::string subject, std::string text,
          std::map<std::string, std::string> fields = {}) {
  logic::event what;
  what.at_us = now_us(self, around);
  what.kind = kind;
  what.subject = std::move(subject);
  what.text = std::move(text);
  what.fields = std::move(fields);
  if (!around.trace_id.empty())
    what.fields.emplace("trace_id", around.trace_id);
  self->send(around.journal, std::move(what));
}

} // namespace paws
