#include "actors/recovery.hpp"

#include "messages/error.hpp"

namespace paws {

namespace {

// On top of a question's own timeout: the asker answers by then, or it is dead.
constexpr std::chrono::seconds recovery_grace{2};
constexpr std::uint64_t deadline_tick = 0;

} // namespace

void recovery_state::init(recovery_pointer self, recovery_setup setup) {
  self_ = self;
  setup_ = std::move(setup);
  begun_us_ = now_us(self_, setup_.around);
  seen_.context = setup_.context;
  seen_.before = seen_.now = setup_.view;
  seen_.has_route = !setup_.route.name.empty();
  seen_.route_target = setup_.route.target;
  self_->set_down_handler([this](const caf::down_msg&) { self_->quit(); }); // nobody is left to be told
  self_->monitor(setup_.environment);
  self_->delayed_send(self_, setup_.patience, tick_atom_v, deadline_tick);
  go_on();
}

void recovery_state::go_on() {
  if (over_ || asking_)
    return;
  const auto move = setup_.kit->next(setup_.request, seen_);
  ++tick_;
  command_outcome out;
  switch (move.what) {
  case logic::recovery_move::kind::ask:
    if (move.after.count() == 0)
      return ask(move.question, move.text);
    self_->delayed_send(self_, move.after, tick_atom_v, tick_);
    return;
  case logic::recovery_move::kind::await:
    awaited_ = move.text;
    return;
  case logic::recovery_move::kind::refuse:
    out.what = move.why;
    out.code = topology::find_error(move.why.code).exits_with;
    return end(std::move(out));
  case logic::recovery_move::kind::done:
    out.recovery = move.report;
    out.notes = move.notes;
    return end(std::move(out));
  }
}

void recovery_state::ask(const logic::ask& question, const std::string& text) {
  asking_ = true;
  if (!text.empty())
    tell(self_, setup_.around, logic::event_kinds::recovery_step, setup_.context.cluster.name, text,
         {{"command", setup_.request.verb}});
  awaited_ = question.member + " has not answered yet";
  self_->request(setup_.around.asker, question.timeout + recovery_grace, question)
      .then([this, question](const logic::answer& got) { answered(question, got); },
            [this, question](const caf::error& why) {
              logic::answer none;
              none.error = to_failure(why).message;
              answered(question, none);
            });
}

void recovery_state::answered(const logic::ask& question, const logic::answer& got) {
  asking_ = false;
  seen_.answers[question.name] = got;
  go_on();
}

void recovery_state::hear_cluster(const cluster_report& report) {
  if (report.cluster != setup_.context.cluster.name)
    return;
  seen_.now = report.view;
  go_on();
}

void recovery_state::hear_route(const logic::route_view& view) {
  if (view.name != setup_.route.name)
    return;
  seen_.route_target = view.target;
  go_on();
}

void recovery_state::hear_tick(std::uint64_t tick) {
  if (over_)
    return;
  if (tick == deadline_tick) {
    command_outcome out;
    out.what = {"ERR_REC_002", "the " + setup_.request.verb + " has not come to its end in time: " + awaited_,
                "see how it is: paws-engine ctl status, paws-engine ctl health"};
    out.code = topology::find_error(out.what.code).exits_with;
    return end(std::move(out));
  }
  if (tick != tick_ || asking_)
    return;
  const auto move = setup_.kit->next(setup_.request, seen_);
  if (move.what == logic::recovery_move::kind::ask)
    ask(move.question, move.text);
  else
    go_on();
}

// Whoever hears of it ends this actor: its end alone would be taken for a defect.
void recovery_state::end(command_outcome outcome) {
  over_ = true;
  outcome.name = setup_.request.verb;
  outcome.duration_ms = (now_us(self_, setup_.around) - begun_us_) / 1000;
  self_->send(setup_.environment, std::move(outcome));
}

recovery_actor::behavior_type recovery(recovery_pointer self, recovery_setup setup) {
  self->state.init(self, std::move(setup));
  auto& state = self->state;
  return {
      [&state](const cluster_report& report) { state.hear_cluster(report); },
      [&state](const logic::route_view& view) { state.hear_route(view); },
      [&state](tick_atom, std::uint64_t tick) { state.hear_tick(tick); },
      [self](actors_atom) { return own_row(self, "recovery", "recovery", self->state.setup_.request.verb); },
  };
}

} // namespace paws
