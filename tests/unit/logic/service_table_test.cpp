#include "logic/environment_rules.hpp"
#include "logic/service_table.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace paws::logic;

namespace {

template <class Enum>
std::vector<Enum> all_of(std::size_t count) {
  std::vector<Enum> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(static_cast<Enum>(i));
  return out;
}

template <class Visit>
void every_cell(Visit visit) {
  for (auto desired : all_of<desired_state>(desired_state_count))
    for (auto actual : all_of<actual_state>(actual_state_count))
      for (auto event : all_of<service_event>(service_event_count)) {
        INFO(to_string(desired) << " / " << to_string(actual) << " / " << to_string(event));
        visit(desired, actual, event, next_step(desired, actual, event));
      }
}

bool has_process(actual_state what) {
  return !is_idle(what);
}

// What a well-behaved runtime answers to an action, so that a service can be played to its end.
std::vector<service_event> answer_to(service_action action, bool runs) {
  switch (action) {
  case service_action::inspect:
    return {runs ? service_event::found_running : service_event::found_idle};
  case service_action::create:
    return {service_event::created};
  case service_action::seek_clearance:
    return {service_event::cleared};
  case service_action::start:
    return {service_event::started, service_event::healthy};
  case service_action::stop:
    return {service_event::stopped};
  case service_action::pause:
    return {service_event::paused};
  case service_action::unpause:
    return {service_event::resumed, service_event::healthy};
  case service_action::remove:
    return {service_event::removed};
  case service_action::consult_policy:
    return {service_event::backoff};
  default:
    return {};
  }
}

actual_state play(desired_state desired, actual_state actual) {
  std::vector<service_event> pending{service_event::desire};
  if (actual == actual_state::stopping)
    pending.push_back(service_event::stopped); // a stop was under way
  if (actual == actual_state::starting)
    pending.push_back(service_event::started); // a start was under way
  for (int steps = 0; !pending.empty(); ++steps) {
    REQUIRE(steps < 50);
    const auto event = pending.front();
    pending.erase(pending.begin());
    const auto step = next_step(desired, actual, event);
    const auto answers = answer_to(step.action, has_process(step.next));
    pending.insert(pending.end(), answers.begin(), answers.end());
    if (step.action == service_action::inspect && answers[0] == service_event::found_running)
      pending.push_back(service_event::healthy);
    actual = step.next;
  }
  return actual;
}

} // namespace

TEST_CASE("every cell obeys the rules of its action") {
  std::size_t visited = 0;
  every_cell([&](desired_state desired, actual_state actual, service_event event, service_step step) {
    ++visited;
    switch (step.action) {
    case service_action::start:
      CHECK(desired == desired_state::running);
      CHECK(actual == actual_state::created);
      CHECK(event == service_event::cleared);
      CHECK(step.next == actual_state::starting);
      break;
    case service_action::stop:
      CHECK((desired == desired_state::stopped || desired == desired_state::removed ||
             event == service_event::found_stopping || // what is on its way out ends first
             event == service_event::ask_again ||      // and so does what was on it
             event == service_event::overdue));
      CHECK(step.next == actual_state::stopping);
      break;
    case service_action::remove:
      CHECK(desired == desired_state::removed);
      CHECK(is_idle(step.next)); // nothing that runs is removed
      break;
    case service_action::pause:
      CHECK(desired == desired_state::paused);
      break;
    case service_action::unpause:
    case service_action::create:
    case service_action::seek_clearance:
    case service_action::consult_policy:
      CHECK(desired == desired_state::running);
      break;
    case service_action::announce_failure:
      CHECK(step.next == actual_state::failed);
      break;
    case service_action::report_drift:
      CHECK((event == service_event::paused || event == service_event::resumed || event == service_event::left));
      break;
    case service_action::inspect:
      CHECK((event == service_event::desire || event == service_event::ask_again));
      CHECK((actual == actual_state::absent || desired == desired_state::removed));
      break;
    case service_action::await_runtime:
      CHECK(event == service_event::unreachable);
      break;
    case service_action::find_start:
      CHECK(event == service_event::ask_again);
      CHECK(actual == actual_state::starting);
      break;
    case service_action::none:
      break;
    }
  });
  CHECK(visited == 880);
}

TEST_CASE("every cell moves only where its event allows") {
  every_cell([](desired_state desired, actual_state actual, service_event event, service_step step) {
    if (step.next == actual)
      return;
    switch (event) {
    case service_event::healthy:
      CHECK(step.next == actual_state::ready);
      break;
    case service_event::unhealthy:
      CHECK(actual == actual_state::ready);
      CHECK(step.next == actual_state::unready);
      break;
    case service_event::paused:
      CHECK(step.next == actual_state::paused);
      CHECK(has_process(actual));
      break;
    case service_event::resumed:
      CHECK(actual == actual_state::paused);
      CHECK(step.next == actual_state::unready); // what it was before the pause has to be proven anew
      break;
    case service_event::exited:
      CHECK(has_process(actual));
      CHECK(step.next == actual_state::exited);
      break;
    case service_event::finished:
      CHECK((has_process(actual) || actual == actual_state::absent)); // absent: an earlier engine saw its end
      CHECK(step.next == actual_state::completed);
      break;
    case service_event::removed:
      CHECK(desired == desired_state::removed);
      CHECK(step.next == actual_state::absent);
      break;
    case service_event::cleared:
      CHECK(actual == actual_state::created);
      break;
    case service_event::backoff:
      FAIL("a delay that is over changes no state by itself");
      break;
    default:
      break;
    }
  });
}

TEST_CASE("an exit that nobody asked for always reaches the restart policy while it should run") {
  for (auto actual : all_of<actual_state>(actual_state_count)) {
    INFO(to_string(actual));
    const auto step = next_step(desired_state::running, actual, service_event::exited);
    if (has_process(actual) && actual != actual_state::stopping)
      CHECK(step == service_step{actual_state::exited, service_action::consult_policy});
  }
}

TEST_CASE("an exit is never answered with a start while it should not run") {
  for (auto desired : {desired_state::paused, desired_state::stopped, desired_state::removed})
    for (auto actual : all_of<actual_state>(actual_state_count))
      for (auto event : all_of<service_event>(service_event_count)) {
        const auto action = next_step(desired, actual, event).action;
        CHECK(action != service_action::start);
        CHECK(action != service_action::create);
        CHECK(action != service_action::consult_policy);
      }
}

TEST_CASE("failed is left only when somebody asks") {
  every_cell([](desired_state desired, actual_state actual, service_event event, service_step step) {
    if (actual == actual_state::failed && step.next != actual)
      CHECK((event == service_event::desire || (desired == desired_state::removed && event == service_event::removed)));
  });
}

TEST_CASE("a stop or a removal that is refused is never waited for") {
  every_cell([](desired_state desired, actual_state, service_event, service_step step) {
    if (step.action == service_action::stop || step.action == service_action::remove)
      CHECK(next_step(desired, step.next, service_event::refused) ==
            service_step{actual_state::failed, service_action::announce_failure});
  });
}

TEST_CASE("what could not be asked for is neither a failure nor an end, and is asked for again") {
  every_cell([](desired_state desired, actual_state actual, service_event event, service_step step) {
    if (event != service_event::unreachable)
      return;
    CHECK(step.next == actual);
    CHECK((step.action == service_action::none || step.action == service_action::await_runtime));
    const auto again = next_step(desired, actual, service_event::ask_again).action;
    CHECK((step.action == service_action::await_runtime) == (again != service_action::none));
  });
  // Whatever the runtime is asked for in a state may fail that way, in the state that it then has.
  every_cell([](desired_state desired, actual_state, service_event, service_step step) {
    switch (step.action) {
    case service_action::inspect:
    case service_action::create:
    case service_action::start:
    case service_action::stop:
    case service_action::remove:
    case service_action::find_start:
      CHECK(next_step(desired, step.next, service_event::unreachable).action == service_action::await_runtime);
      break;
    default:
      break;
    }
  });
}

TEST_CASE("paused is never unhealthy") {
  for (auto desired : all_of<desired_state>(desired_state_count)) {
    CHECK(next_step(desired, actual_state::paused, service_event::unhealthy).next == actual_state::paused);
    CHECK(next_step(desired, actual_state::paused, service_event::healthy).next == actual_state::paused);
  }
}

TEST_CASE("from every state each wish is reached with a runtime that does as it is told") {
  for (auto actual : all_of<actual_state>(actual_state_count)) {
    INFO("from " << to_string(actual));
    const auto running = play(desired_state::running, actual);
    if (actual == actual_state::completed)
      CHECK(running == actual_state::completed);
    else if (actual == actual_state::unready || actual == actual_state::starting)
      CHECK(running == actual); // only a verdict changes that
    else
      CHECK(running == actual_state::ready);
    CHECK(is_idle(play(desired_state::stopped, actual)));
    CHECK(play(desired_state::removed, actual) == actual_state::absent);
  }
}

TEST_CASE("every word of the table has a name") {
  std::set<std::string_view> events, actions;
  for (auto event : all_of<service_event>(service_event_count))
    events.insert(to_string(event));
  for (auto action : all_of<service_action>(service_action_count))
    actions.insert(to_string(action));
  CHECK(events.size() == service_event_count);
  CHECK(actions.size() == service_action_count);
}

TEST_CASE(
    "what cannot be made at all is said at once, what was there before is tried again until the policy gives up") {
  CHECK(next_step(desired_state::running, actual_state::absent, service_event::refused) ==
        service_step{actual_state::failed, service_action::announce_failure});
  for (const auto actual : {actual_state::created, actual_state::starting, actual_state::exited})
    CHECK(next_step(desired_state::running, actual, service_event::refused) ==
          service_step{actual_state::exited, service_action::consult_policy});
}
