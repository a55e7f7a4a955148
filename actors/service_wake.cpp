// What a service does after its machine slept: for a while nothing that is said counts against it, then everything is
// asked anew, and only what does not recover by itself in its time is started anew.
#include "actors/service.hpp"

#include "logic/environment_rules.hpp"

namespace paws {

using logic::actual_state;
using logic::desired_state;
using logic::wake_end;

namespace {

// Each probe has its own time-out; this is for one that says nothing at all.
constexpr std::chrono::seconds round_patience{6};

} // namespace

void service_state::awake(const awakening& what) {
  const auto now = self_->clock().now();
  if (wake_.number != what.number)
    wake_ = {};
  if (wake_.number == 0)
    wake_.begun = now;
  wake_.number = what.number;
  wake_.due = {};
  wake_.watched_until = now + std::max(what.grace, what.watch);
  const bool asked = view_.actual == actual_state::ready || view_.actual == actual_state::unready;
  wake_.holding = asked && desired_ == desired_state::running && !held_;
  if (!wake_.holding)
    return see_to_wake();
  remind_wake(now + what.grace);
}

void service_state::remind_wake(logic::steady_time when) {
  const auto wait = std::max(when - self_->clock().now(), logic::steady_time::duration::zero());
  self_->delayed_send(self_, wait, tick_atom_v, wake_mark | ++wake_tick_);
}

void service_state::hear_wake_tick(std::uint64_t tick) {
  if (wake_.number == 0 || tick != (wake_mark | wake_tick_))
    return;
  if (!wake_.holding)
    return see_to_wake();
  auto left = std::make_shared<std::size_t>(probes_.size());
  auto count = [this, left, round = wake_tick_] {
    if (*left > 0 && --*left > 0)
      return;
    if (wake_.number != 0 && round == wake_tick_)
      hear_fresh_round(round);
  };
  if (probes_.empty())
    count();
  for (const auto& probe : std::vector{probes_})
    self_->request(probe, round_patience, now_atom_v)
        .then([count](const logic::observation&) { count(); }, [count](const caf::error&) { count(); });
}

// What the cluster makes of it has been sent before its answer to anything that is asked now.
void service_state::hear_fresh_round(std::uint64_t round) {
  auto over = [this, round] {
    if (wake_.number == 0 || round != wake_tick_)
      return;
    wake_.holding = false;
    const auto verdict = std::exchange(wake_.verdict, std::nullopt);
    const auto heard = std::exchange(wake_.heard, std::nullopt);
    if (verdict)
      hear_verdict(*verdict);
    if (heard)
      hear_observation(*heard);
    see_to_wake();
  };
  if (!kin_.cluster)
    return over();
  self_->request(kin_.cluster, round_patience, actors_atom_v)
      .then([over](const actor_list&) { over(); }, [over](const caf::error&) { over(); });
}

// Looked at after everything that could have changed the answer.
void service_state::see_to_wake() {
  if (wake_.number == 0 || wake_.holding)
    return;
  const auto now = self_->clock().now();
  if (desired_ != desired_state::running || held_ || view_.actual == actual_state::paused ||
      (view_.actual == actual_state::exited && !view_.drift.empty()))
    return end_wake(wake_end::left_alone);
  switch (view_.actual) {
  case actual_state::ready:
  case actual_state::completed:
    if (wake_.well_at == logic::steady_time{})
      wake_.well_at = now;
    if (now < wake_.watched_until)
      return remind_wake(wake_.watched_until);
    return end_wake(wake_.restarted ? wake_end::restarted : wake_.why.empty() ? wake_end::well : wake_end::recovered);
  case actual_state::failed:
    wake_.why = view_.failure;
    return end_wake(wake_end::not_recovered);
  case actual_state::unready:
    return see_to_unready();
  case actual_state::exited: // and is on its way back, by the restart policy or because that was us
    if (wake_.why.empty())
      wake_.why = "it had ended";
    wake_.restarted = true;
    [[fallthrough]];
  default: // on its way
    wake_.due = wake_.well_at = {};
  }
}

void service_state::see_to_unready() {
  const auto now = self_->clock().now();
  wake_.well_at = {};
  if (!view_.waiting_for.empty())
    wake_.why = view_.waiting_for.front().why;
  else if (wake_.why.empty())
    wake_.why = "not ready";
  // What it needs comes first, and its own time begins when that is well: etcd before Patroni before others.
  if (!unmet().empty()) {
    wake_.due = {};
    return;
  }
  if (wake_.due == logic::steady_time{})
    wake_.due = now + plan_.recovery;
  if (now < wake_.due)
    return remind_wake(wake_.due);
  if (std::exchange(wake_.restarted, true))
    return end_wake(wake_end::not_recovered);
  wake_.due = {};
  tell(self_, around_, logic::event_kinds::wake_step, view_.name,
       "has not recovered by itself within " + logic::span_of(plan_.recovery) + " (" + wake_.why +
           "): it is started anew",
       {{"end", "restarting"}});
  step(logic::service_event::overdue);
}

void service_state::end_wake(logic::wake_end how) {
  awakened out{wake_.number, {view_.name, how, {}, how == wake_end::left_alone ? "" : wake_.why}};
  const auto until = wake_.well_at == logic::steady_time{} ? self_->clock().now() : wake_.well_at;
  out.row.after = std::chrono::duration_cast<logic::milliseconds>(until - wake_.begun);
  wake_ = {};
  self_->send(kin_.environment, std::move(out));
}

} // namespace paws
