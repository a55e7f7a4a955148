#include "actors/clock_watch.hpp"

#include "logic/awakening.hpp"

namespace paws {

using logic::clock_remedy;

void clock_watch_state::init(clock_watch_actor::stateful_pointer<clock_watch_state> self, machine_clocks clocks,
                             surroundings around, environment_actor environment) {
  self_ = self;
  clocks_ = std::move(clocks);
  around_ = std::move(around);
  environment_ = std::move(environment);
  hear_tick();
}

void clock_watch_state::hear_tick() {
  read();
  self_->delayed_send(clock_watch_actor{self_}, clock_interval, tick_atom_v);
}

// A reading between two ticks is closer to the one before than the watch expects: only more than its interval counts as
// a freeze, so that is no mistake.
bool clock_watch_state::read() {
  const auto gap = watch_.read(clocks_.read());
  if (!gap)
    return false;
  // The journal's time goes on with the wall clock, and never back.
  const bool passed_over = gap->kind == logic::gap_kind::sleep ||
                           (gap->kind == logic::gap_kind::wall_clock && gap->length > logic::milliseconds{});
  if (passed_over && around_.time.passed_over_us)
    *around_.time.passed_over_us += std::chrono::microseconds{gap->length}.count();
  tell(self_, around_, logic::event_kinds::clock_gap, "clocks", logic::sentence_of(*gap),
       {{"gap", std::string{to_string(gap->kind)}}, {"length_ms", std::to_string(gap->length.count())}});
  self_->send(environment_, *gap);
  return true;
}

logic::clock_report clock_watch_state::compare(bool set) {
  logic::clock_report out;
  const auto facts = clocks_.look();
  const auto row = logic::hardware_row(facts);
  const auto remedy = logic::remedy_for(facts);
  out.clocks.push_back(row);
  if (remedy == clock_remedy::set_here && set) {
    // From the reading to here nothing waits: the correction is as exact as the hardware's second.
    if (const auto why = clocks_.set(facts.wall_us + std::chrono::microseconds{row.ahead}.count()); !why.empty()) {
      out.notes.push_back("the wall clock could not be set: " + why);
      out.commands.push_back(logic::command_for(clock_remedy::say_to_set));
      return out;
    }
    out.set_by = row.ahead;
    out.clocks.front() = logic::hardware_row(clocks_.look());
    return out;
  }
  if (auto command = logic::command_for(remedy == clock_remedy::set_here ? clock_remedy::say_to_set : remedy);
      !command.empty())
    out.commands.push_back(std::move(command));
  return out;
}

clock_watch_actor::behavior_type clock_watch(clock_watch_actor::stateful_pointer<clock_watch_state> self,
                                             machine_clocks clocks, surroundings around,
                                             environment_actor environment) {
  self->state.init(self, std::move(clocks), std::move(around), std::move(environment));
  return {
      [self](tick_atom) { self->state.hear_tick(); },
      [self](now_atom) { return self->state.read(); },
      [self](clocks_atom, bool set) { return self->state.compare(set); },
      [self](actors_atom) { return own_row(self, "clock watch", "watch"); },
  };
}

} // namespace paws
