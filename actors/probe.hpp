// A probe asks one thing again and again and reports what it hears. It never judges.
#pragma once

#include "actors/surroundings.hpp"
#include "logic/ask.hpp"

#include <functional>

namespace paws {

/// What a probe is made of.
struct probe_setup {
  logic::ask question;
  std::uint64_t generation = 0; // of the member it asks; carried by every observation
  std::function<logic::facts(const logic::ask&, const logic::answer&)> interpret;
  observer_actor observer;
  std::string path = {}; // of whoever it works for, in the tree
};

struct probe_state {
  void init(probe_actor::stateful_pointer<probe_state> self, surroundings around, probe_setup setup);
  /// Asks now unless an answer is still awaited.
  void ask();
  /// The answer to question `number`.
  void hear(std::uint64_t number, const logic::answer& answer);
  void hear_tick(std::uint64_t tick);
  void remind_at(logic::steady_time when);
  static logic::answer silence();
  void set_pace(bool fast);
  caf::result<logic::observation> answer_now();

  probe_actor::stateful_pointer<probe_state> self_ = nullptr;
  surroundings around_;
  probe_setup setup_;
  bool fast_ = true;
  bool asking_ = false;
  bool late_ = false; // the next question was due before this one was answered
  logic::steady_time asked_at_{};
  std::uint64_t number_ = 0; // of the last question
  std::uint64_t tick_ = 0;   // ticks of an older pace are ignored: delayed messages cannot be cancelled
  std::vector<caf::typed_response_promise<logic::observation>> waiting_;

  static constexpr const char* name = "probe";
};

probe_actor::behavior_type probe(probe_actor::stateful_pointer<probe_state> self, surroundings around,
                                 probe_setup setup);

} // namespace paws
