// How far a rotation has come and what is to be done next. Decides without I/O: whoever carries it out says what
// became of each order.
#pragma once

#include "logic/rotation.hpp"
#include "topology/failure.hpp"

#include <optional>

namespace paws::logic {

class rotation_run {
public:
  /// `steps` in any order of stages; within a stage their order is that of their lane. `patience`: how long it may
  /// stand still; zero: for ever.
  rotation_run(std::vector<rotation_step> steps, milliseconds patience, steady_time now);

  /// One attempt at one step. `attempt` says which of step.tries.
  struct order {
    std::size_t step = 0;
    std::size_t attempt = 0;
  };
  /// What is to be done now; each is under way from here on, until done() or failed().
  std::vector<order> due(steady_time now);
  void done(std::size_t step, steady_time now);
  /// The next of its tries is due at once; after the last one all are due again a little later.
  void failed(std::size_t step, std::string why, steady_time now);

  bool over() const;
  /// When something is due again or has stood still for too long, if nothing happens before.
  steady_time wake_at(steady_time now) const;
  /// ERR_SEC_007: which step has been standing still for longer than the patience, where, and why.
  std::optional<topology::failure> stands_still(steady_time now) const;

  const rotation_step& step(std::size_t number) const { return steps_.at(number).what; }
  std::size_t size() const { return steps_.size(); }

private:
  enum class state : std::uint8_t { waiting, under_way, done };
  struct entry {
    rotation_step what;
    state at = state::waiting;
    bool ever_done = false;
    std::size_t attempt = 0;
    steady_time due{};
    std::string why; // it failed the last time
  };

  std::optional<rotation_stage> stage() const;
  bool first_of_lane(std::size_t number) const;
  void go_back();

  std::vector<entry> steps_;
  milliseconds patience_;
  steady_time progressed_at_;                // a step was done that had never been
  std::optional<steady_time> doubted_since_; // a new value is not accepted that was
};

/// Between two rounds of tries.
inline constexpr milliseconds rotation_retry{200};
/// A value that has not been accepted for so long although it was added: some member was started anew meanwhile with
/// the old one. All is done again.
inline constexpr milliseconds rotation_doubt{10'000};
/// How long a step of a rotation may fail until the rotation ends.
inline constexpr milliseconds rotation_patience{90'000};
static_assert(rotation_retry < rotation_doubt && rotation_doubt < rotation_patience);

} // namespace paws::logic
