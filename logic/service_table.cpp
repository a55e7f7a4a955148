#include "logic/service_table.hpp"

#include <array>

namespace paws::logic {

namespace {

using enum service_event;
using state = actual_state;
using act = service_action;

struct rule {
  desired_state desired;
  actual_state actual;
  service_event event;
  actual_state next;
  service_action action;
};

constexpr auto run = desired_state::running;
constexpr auto hold = desired_state::paused;
constexpr auto stop = desired_state::stopped;
constexpr auto gone = desired_state::removed;

// Every cell that is not "stay, do nothing".
constexpr std::array rules{
    // Desired: running. Look first, so that what runs already is adopted; then create, wait, start, watch. What cannot
    // be made at all is a mistake, and said at once; what was there before is tried again like a start.
    rule{run, state::absent, desire, state::absent, act::inspect},
    rule{run, state::absent, found_running, state::starting, act::none},
    rule{run, state::absent, found_idle, state::absent, act::create},
    rule{run, state::absent, found_stopping, state::stopping, act::stop},
    rule{run, state::absent, finished, state::completed, act::none},
    rule{run, state::absent, created, state::created, act::seek_clearance},
    rule{run, state::absent, refused, state::failed, act::announce_failure},
    rule{run, state::created, desire, state::created, act::seek_clearance},
    rule{run, state::created, cleared, state::starting, act::start},
    rule{run, state::created, refused, state::exited, act::consult_policy},
    rule{run, state::starting, healthy, state::ready, act::none},
    rule{run, state::starting, exited, state::exited, act::consult_policy},
    rule{run, state::starting, finished, state::completed, act::none},
    rule{run, state::starting, refused, state::exited, act::consult_policy},
    rule{run, state::starting, paused, state::paused, act::report_drift},
    rule{run, state::starting, left, state::exited, act::report_drift},
    rule{run, state::ready, left, state::exited, act::report_drift},
    rule{run, state::ready, unhealthy, state::unready, act::none},
    rule{run, state::ready, exited, state::exited, act::consult_policy},
    rule{run, state::ready, finished, state::completed, act::none},
    rule{run, state::ready, paused, state::paused, act::report_drift},
    rule{run, state::unready, healthy, state::ready, act::none},
    rule{run, state::unready, exited, state::exited, act::consult_policy},
    rule{run, state::unready, finished, state::completed, act::none},
    rule{run, state::unready, paused, state::paused, act::report_drift},
    rule{run, state::unready, left, state::exited, act::report_drift},
    rule{run, state::unready, overdue, state::stopping, act::stop}, // and then it is created and started anew
    rule{run, state::paused, left, state::exited, act::report_drift},
    rule{run, state::paused, desire, state::paused, act::unpause},
    rule{run, state::paused, resumed, state::unready, act::none},
    rule{run, state::paused, exited, state::exited, act::consult_policy},
    rule{run, state::stopping, stopped, state::exited, act::create},
    rule{run, state::stopping, exited, state::exited, act::create},
    rule{run, state::stopping, refused, state::failed, act::announce_failure},
    rule{run, state::exited, desire, state::exited, act::create},
    rule{run, state::exited, created, state::created, act::seek_clearance},
    rule{run, state::exited, found_running, state::starting, act::none},
    rule{run, state::exited, found_stopping, state::stopping, act::stop},
    rule{run, state::exited, backoff, state::exited, act::create},
    rule{run, state::exited, refused, state::exited, act::consult_policy},
    rule{run, state::exited, gave_up, state::failed, act::announce_failure},
    rule{run, state::failed, desire, state::exited, act::create},
    rule{run, state::completed, desire, state::completed, act::none},
    // Nothing is a member's failure that only could not be asked for.
    rule{run, state::absent, unreachable, state::absent, act::await_runtime},
    rule{run, state::absent, ask_again, state::absent, act::inspect},
    rule{run, state::created, unreachable, state::created, act::await_runtime},
    rule{run, state::created, ask_again, state::created, act::seek_clearance},
    rule{run, state::starting, unreachable, state::starting, act::await_runtime},
    rule{run, state::starting, ask_again, state::starting, act::find_start},
    rule{run, state::stopping, unreachable, state::stopping, act::await_runtime},
    rule{run, state::stopping, ask_again, state::stopping, act::stop},
    rule{run, state::exited, unreachable, state::exited, act::await_runtime},
    rule{run, state::exited, ask_again, state::exited, act::create},

    // Desired: paused. Only what runs can be paused.
    rule{hold, state::absent, found_running, state::starting, act::pause},
    rule{hold, state::absent, desire, state::absent, act::inspect},
    rule{hold, state::absent, found_stopping, state::stopping, act::stop},
    rule{hold, state::starting, desire, state::starting, act::pause},
    rule{hold, state::starting, paused, state::paused, act::none},
    rule{hold, state::starting, exited, state::exited, act::none},
    rule{hold, state::starting, healthy, state::ready, act::none},
    rule{hold, state::ready, desire, state::ready, act::pause},
    rule{hold, state::ready, paused, state::paused, act::none},
    rule{hold, state::ready, exited, state::exited, act::none},
    rule{hold, state::ready, unhealthy, state::unready, act::none},
    rule{hold, state::unready, desire, state::unready, act::pause},
    rule{hold, state::unready, paused, state::paused, act::none},
    rule{hold, state::unready, exited, state::exited, act::none},
    rule{hold, state::unready, healthy, state::ready, act::none},
    rule{hold, state::paused, resumed, state::unready, act::report_drift},
    rule{hold, state::paused, exited, state::exited, act::none},
    rule{hold, state::stopping, stopped, state::exited, act::none},
    rule{hold, state::stopping, exited, state::exited, act::none},
    rule{hold, state::stopping, refused, state::failed, act::announce_failure},
    rule{hold, state::absent, unreachable, state::absent, act::await_runtime},
    rule{hold, state::absent, ask_again, state::absent, act::inspect},
    rule{hold, state::stopping, unreachable, state::stopping, act::await_runtime},
    rule{hold, state::stopping, ask_again, state::stopping, act::stop},

    // Desired: stopped.
    rule{stop, state::absent, desire, state::absent, act::inspect},
    rule{stop, state::absent, found_running, state::stopping, act::stop},
    rule{stop, state::absent, found_stopping, state::stopping, act::stop},
    rule{stop, state::absent, created, state::created, act::none},
    rule{stop, state::starting, desire, state::stopping, act::stop},
    rule{stop, state::starting, exited, state::exited, act::none},
    rule{stop, state::starting, finished, state::completed, act::none},
    rule{stop, state::ready, desire, state::stopping, act::stop},
    rule{stop, state::ready, exited, state::exited, act::none},
    rule{stop, state::ready, finished, state::completed, act::none},
    rule{stop, state::unready, desire, state::stopping, act::stop},
    rule{stop, state::unready, exited, state::exited, act::none},
    rule{stop, state::unready, finished, state::completed, act::none},
    rule{stop, state::paused, desire, state::stopping, act::stop},
    rule{stop, state::paused, exited, state::exited, act::none},
    rule{stop, state::stopping, stopped, state::exited, act::none},
    rule{stop, state::stopping, exited, state::exited, act::none},
    rule{stop, state::stopping, refused, state::failed, act::announce_failure},
    rule{stop, state::failed, desire, state::exited, act::none},
    rule{stop, state::completed, desire, state::exited, act::none},
    // A start that was under way when the wish changed: its confirmation is the first moment it can be stopped.
    rule{stop, state::starting, started, state::stopping, act::stop},
    rule{stop, state::starting, refused, state::exited, act::none},
    rule{stop, state::absent, unreachable, state::absent, act::await_runtime},
    rule{stop, state::absent, ask_again, state::absent, act::inspect},
    rule{stop, state::starting, unreachable, state::starting, act::await_runtime},
    rule{stop, state::starting, ask_again, state::stopping, act::stop},
    rule{stop, state::stopping, unreachable, state::stopping, act::await_runtime},
    rule{stop, state::stopping, ask_again, state::stopping, act::stop},

    // Desired: removed.
    rule{gone, state::absent, desire, state::stopping, act::inspect},
    rule{gone, state::stopping, found_running, state::stopping, act::stop},
    rule{gone, state::stopping, found_stopping, state::stopping, act::stop},
    rule{gone, state::stopping, found_idle, state::exited, act::remove},
    rule{gone, state::absent, found_running, state::stopping, act::stop},
    rule{gone, state::absent, found_stopping, state::stopping, act::stop},
    rule{gone, state::absent, found_idle, state::exited, act::remove},
    rule{gone, state::absent, created, state::created, act::remove},
    rule{gone, state::absent, refused, state::failed, act::announce_failure},
    rule{gone, state::created, desire, state::created, act::remove},
    rule{gone, state::created, removed, state::absent, act::none},
    rule{gone, state::created, refused, state::failed, act::announce_failure},
    rule{gone, state::starting, desire, state::stopping, act::stop},
    rule{gone, state::starting, started, state::stopping, act::stop},
    rule{gone, state::starting, exited, state::exited, act::remove},
    rule{gone, state::starting, finished, state::completed, act::remove},
    rule{gone, state::starting, refused, state::exited, act::remove},
    rule{gone, state::ready, desire, state::stopping, act::stop},
    rule{gone, state::ready, exited, state::exited, act::remove},
    rule{gone, state::ready, finished, state::completed, act::remove},
    rule{gone, state::unready, desire, state::stopping, act::stop},
    rule{gone, state::unready, exited, state::exited, act::remove},
    rule{gone, state::unready, finished, state::completed, act::remove},
    rule{gone, state::paused, desire, state::stopping, act::stop},
    rule{gone, state::paused, exited, state::exited, act::remove},
    rule{gone, state::stopping, stopped, state::exited, act::remove},
    rule{gone, state::stopping, exited, state::exited, act::remove},
    rule{gone, state::stopping, refused, state::failed, act::announce_failure},
    rule{gone, state::exited, desire, state::exited, act::remove},
    rule{gone, state::exited, created, state::created, act::remove},
    rule{gone, state::exited, removed, state::absent, act::none},
    rule{gone, state::exited, refused, state::failed, act::announce_failure},
    rule{gone, state::failed, desire, state::exited, act::remove},
    rule{gone, state::failed, removed, state::absent, act::none},
    rule{gone, state::completed, desire, state::completed, act::remove},
    rule{gone, state::completed, removed, state::absent, act::none},
    rule{gone, state::completed, refused, state::failed, act::announce_failure},
    rule{gone, state::absent, unreachable, state::absent, act::await_runtime},
    rule{gone, state::absent, ask_again, state::stopping, act::inspect},
    rule{gone, state::created, unreachable, state::created, act::await_runtime},
    rule{gone, state::created, ask_again, state::created, act::remove},
    rule{gone, state::starting, unreachable, state::starting, act::await_runtime},
    rule{gone, state::starting, ask_again, state::stopping, act::inspect},
    rule{gone, state::stopping, unreachable, state::stopping, act::await_runtime},
    rule{gone, state::stopping, ask_again, state::stopping, act::inspect},
    rule{gone, state::exited, unreachable, state::exited, act::await_runtime},
    rule{gone, state::exited, ask_again, state::exited, act::remove},
    rule{gone, state::completed, unreachable, state::completed, act::await_runtime},
    rule{gone, state::completed, ask_again, state::completed, act::remove},
};

using table_type = std::array<service_step, desired_state_count * actual_state_count * service_event_count>;

constexpr std::size_t cell(desired_state desired, actual_state actual, service_event event) {
  return (static_cast<std::size_t>(desired) * actual_state_count + static_cast<std::size_t>(actual)) *
             service_event_count +
         static_cast<std::size_t>(event);
}

constexpr table_type make_table() {
  table_type table{};
  for (std::size_t d = 0; d < desired_state_count; ++d)
    for (std::size_t a = 0; a < actual_state_count; ++a)
      for (std::size_t e = 0; e < service_event_count; ++e)
        table[(d * actual_state_count + a) * service_event_count + e] = {static_cast<actual_state>(a), act::none};
  for (const auto& r : rules)
    table[cell(r.desired, r.actual, r.event)] = {r.next, r.action};
  return table;
}

constexpr bool no_cell_twice() {
  for (std::size_t i = 0; i < rules.size(); ++i)
    for (std::size_t j = i + 1; j < rules.size(); ++j)
      if (cell(rules[i].desired, rules[i].actual, rules[i].event) ==
          cell(rules[j].desired, rules[j].actual, rules[j].event))
        return false;
  return true;
}
static_assert(no_cell_twice(), "two rules for one cell");

constexpr table_type table = make_table();

} // namespace

service_step next_step(desired_state desired, actual_state actual, service_event event) {
  return table[cell(desired, actual, event)];
}

std::string_view to_string(service_event what) {
  constexpr std::array<std::string_view, service_event_count> words{
      "desire",  "found_running",  "found_idle", "created",     "cleared",   "started", "healthy", "unhealthy",
      "exited",  "finished",       "refused",    "backoff",     "gave_up",   "stopped", "paused",  "resumed",
      "removed", "found_stopping", "left",       "unreachable", "ask_again", "overdue"};
  return words.at(static_cast<std::size_t>(what));
}

std::string_view to_string(service_action what) {
  constexpr std::array<std::string_view, service_action_count> words{
      "none",    "inspect", "create",         "seek_clearance",   "start",        "stop",          "pause",
      "unpause", "remove",  "consult_policy", "announce_failure", "report_drift", "await_runtime", "find_start"};
  return words.at(static_cast<std::size_t>(what));
}

} // namespace paws::logic
