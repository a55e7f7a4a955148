#include "actors/probe.hpp"

#include <algorithm>

namespace paws {

namespace {

// On top of an ask's own timeout: the asker answers by then, or it is dead.
constexpr logic::milliseconds asker_grace{1000};
// An answer that comes later than this after its question was due was waiting while the engine itself stood still
// (frozen, suspended): it says nothing about its peer.
constexpr logic::milliseconds stale_after{2000};

} // namespace

void probe_state::init(probe_actor::stateful_pointer<probe_state> self, surroundings around, probe_setup setup) {
  self_ = self;
  around_ = std::move(around);
  setup_ = std::move(setup);
  ask();
}

// One timer per question: it sets the pace, and notices an asker that says nothing at all.
void probe_state::ask() {
  if (asking_)
    return;
  asking_ = true;
  late_ = false;
  asked_at_ = self_->clock().now();
  const auto number = ++number_;
  self_->request(around_.asker, caf::infinite, setup_.question)
      .then([this, number](const logic::answer& answer) { hear(number, answer); },
            [this, number](const caf::error&) { hear(number, silence()); });
  remind_at(asked_at_ + (fast_ ? setup_.question.fast_interval : setup_.question.steady_interval));
}

logic::answer probe_state::silence() {
  logic::answer out;
  out.error = "no answer in time";
  return out;
}

void probe_state::hear(std::uint64_t number, const logic::answer& answer) {
  if (!asking_ || number != number_)
    return; // given up meanwhile
  asking_ = false;
  if (self_->clock().now() - asked_at_ > setup_.question.timeout + asker_grace + stale_after)
    return ask();
  logic::observation seen;
  seen.name = setup_.question.name;
  seen.member = setup_.question.member;
  seen.generation = setup_.generation;
  seen.asked_at = asked_at_;
  seen.answered_at = self_->clock().now();
  seen.ok = answer.ok;
  seen.error = answer.error;
  seen.duration_us = answer.duration_us;
  if (answer.ok)
    seen.known = setup_.interpret(setup_.question, answer);
  self_->send(setup_.observer, seen);
  if (around_.metrics)
    self_->send(around_.metrics, seen);
  for (auto& promise : std::exchange(waiting_, {}))
    promise.deliver(seen);
  if (late_)
    ask();
}

void probe_state::hear_tick(std::uint64_t tick) {
  if (tick != tick_)
    return;
  if (!asking_)
    return ask();
  const auto until = asked_at_ + setup_.question.timeout + asker_grace;
  late_ = true;
  if (self_->clock().now() < until)
    remind_at(until);
  else
    hear(number_, silence());
}

void probe_state::remind_at(logic::steady_time when) {
  const auto wait = when - self_->clock().now();
  self_->delayed_send(self_, std::max(wait, logic::steady_time::duration::zero()), tick_atom_v, ++tick_);
}

void probe_state::set_pace(bool fast) {
  if (fast == fast_)
    return;
  fast_ = fast;
  if (!fast)
    return;
  if (!asking_)
    ask();
  else if (!late_)
    remind_at(asked_at_ + setup_.question.fast_interval);
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
      [self](tick_atom, std::uint64_t tick) { self->state.hear_tick(tick); },
      [self](actors_atom) {
        const auto& now = self->state;
        return own_row(self, now.setup_.path + "/" + now.setup_.question.name, "probe", now.fast_ ? "fast" : "steady");
      },
  };
}

} // namespace paws
