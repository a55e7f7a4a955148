// An actor system in virtual time: the deterministic coordinator and its clock, stepped one timer at a time. An hour
// passes in milliseconds, and every run is the same.
#pragma once

#include "messages/all.hpp"

#include <caf/detail/test_actor_clock.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <vector>

namespace paws::testing {

using namespace std::chrono_literals;

class virtual_time {
public:
  virtual_time() { clock().current_time += 1h; } // at zero a clock looks unset
  virtual_time(const virtual_time&) = delete;
  virtual_time& operator=(const virtual_time&) = delete;
  ~virtual_time() { shut_down(); }

  /// Ends every owned actor. For worlds whose own members the actors still look at.
  void shut_down() {
    for (const auto& root : roots_)
      caf::anon_send_exit(root, caf::exit_reason::kill);
    roots_.clear();
    scheduler_.run(most_steps);
    clock().cancel_all();
    scheduler_.run(most_steps);
  }

  caf::actor_system& system() { return system_; }
  caf::detail::test_actor_clock& clock() { return scheduler_.clock(); }
  caf::actor_clock::time_point now() { return clock().now(); }

  /// Spawned actors that are given here are ended with the world.
  template <class Handle>
  Handle own(Handle handle) {
    roots_.push_back(caf::actor_cast<caf::actor>(handle));
    return handle;
  }

  /// Lets every message be handled at this instant.
  void settle() {
    if (scheduler_.run(most_steps) >= most_steps)
      throw std::logic_error("livelock: actors send messages without end at one instant");
  }

  /// Lets `span` pass, firing every timer at its own instant.
  void advance(caf::timespan span) {
    const auto end = now() + span;
    settle();
    while (!clock().schedule().empty() && clock().schedule().begin()->first <= end) {
      clock().trigger_timeout();
      settle();
    }
    clock().current_time = std::max(clock().current_time, end);
  }

  /// Time passes while nothing of this process runs: it was frozen, or the machine slept.
  void jump(caf::timespan span) { clock().current_time += span; }

  /// Lets time pass until `done`, at most `span`. True when it became so.
  bool advance_until(const std::function<bool()>& done, caf::timespan span) {
    const auto end = now() + span;
    settle();
    while (!done()) {
      if (clock().schedule().empty() || clock().schedule().begin()->first > end) {
        clock().current_time = std::max(clock().current_time, end);
        return done();
      }
      clock().trigger_timeout();
      settle();
    }
    return true;
  }

  /// Requests something and runs this instant to its end. Throws when no answer came at once.
  template <class Result, class Handle, class... Args>
  Result ask_now(const Handle& actor, Args&&... args) {
    std::optional<Result> got;
    std::optional<caf::error> error;
    auto asker = system_.spawn([&](caf::event_based_actor* self) {
      self->request(actor, caf::infinite, std::forward<Args>(args)...)
          .then([&](const Result& result) { got = result; }, [&](const caf::error& why) { error = why; });
    });
    settle();
    if (error)
      throw std::runtime_error(topology::to_string(to_failure(*error)));
    if (!got)
      throw std::logic_error("no answer at this instant");
    return *got;
  }

private:
  static constexpr std::size_t most_steps = 1'000'000;

  struct config : caf::actor_system_config {
    config() {
      set("scheduler.policy", caf::atom("testing"));
      set("logger.verbosity", caf::atom("quiet"));
      add_message_types<caf::id_block::paws>();
    }
  };

  config config_;
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& scheduler_ = dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
  std::vector<caf::actor> roots_;
};

} // namespace paws::testing
