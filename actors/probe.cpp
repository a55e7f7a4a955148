#include "actors/probe.hpp"

#include <algorithm>

namespace paws {

namespace {

// On top of an ask's own timeout: the asker answers by then, or it is dead.
constexpr logic::milliseconds asker_grace{1000};

} // namespace

void probe_state::init(probe_actor::stateful_pointer<probe_state> self, surroundings around, probe_setup setup) {
  self_ = self;
  around_ = std::move(around);
  setup_ = std::move(setup);
  ask();
}

void probe_state::ask() {
  if (asking_)
    return;
  asking_ = true;
  ++tick_;
  const auto asked_at = self_->clock().now();
  self_->request(around_.asker, setup_.question.timeout + asker_grace, setup_.question)
      .then([this, asked_at](const logic::answer& answer) { hear(asked_at, answer); },
            [this, asked_at](const caf::error&) {
              logic::answer none;
              none.error = "no answer in time";
              hear(asked_at, none);
            });
}

void probe_state::hear(logic::steady_time asked_at, const logic::answer& answer) {
  asking_ = false;
  logic::observation seen;
  seen.name = setup_.question.name;
  seen.member = setup_.question.member;
  seen.generation = setup_.generation;
  seen.asked_at = asked_at;
  seen.answered_at = self_->clock().now();
  seen.ok = answer.ok;
  seen.error = answer.error;
  seen.duration_us = answer.duration_us;
  if (answer.ok)
    seen.known = setup_.interpret(setup_.question, answer);
  self_->send(setup_.observer, seen);
  for (auto& promise : std::exchange(waiting_, {}))
    promise.deliver(seen);
  plan_next(asked_at);
}

void probe_state::plan_next(logic::steady_time asked_at) {
  const auto interval = fast_ ? setup_.question.fast_interval : setup_.question.steady_interval;
  const auto wait = std::max<logic::steady_time::duration>(asked_at + interval - self_->clock().now(),
                                                           logic::steady_time::duration::zero());
  self_->delayed_send(self_, wait, tick_atom_v, ++tick_);
}

void probe_state::set_pace(bool fast) {
  if (fast == fast_)
    return;
  fast_ = fast;
  if (fast)
    ask();
}

caf::result<logic::observation> probe_state::answer_now() {
  auto promise = self_->make_response_promise<logic::observation>();
  waiting_.push_back(promise);
  ask();
  return promise;
}

probe_actor::behavior_type probe(probe_actor::stateful_pointer<probe_state> self, surroundings around,
                                 probe_setup setup) {
  self->state.init(self, std::move(around), std::move(setup));
  return {
      [self](pace_atom, bool fast) { self->state.set_pace(fast); },
      [self](now_atom) { return self->state.answer_now(); },
      [self](tick_atom, std::uint64_t tick) {
        if (tick == self->state.tick_)
          self->state.ask();
      },
  };
}

} // namespace paws
