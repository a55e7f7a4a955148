#include "actors/drill.hpp"

#include "actors/fault_hand.hpp"
#include "messages/error.hpp"

#include <algorithm>

namespace paws {

namespace {

using logic::fault_kind;
using std::chrono::seconds;

constexpr seconds warming_patience{60};     // 100 writes take one; all watches answer within ten
constexpr seconds recovering_patience{180}; // a rejoin with a rewind, and a loop of Patroni's
constexpr seconds finishing_patience{30};
constexpr seconds undo_interval{1};
constexpr std::chrono::milliseconds looking_interval{100};

constexpr const char* ended_early = "it was ended before its end";

bool is_started_back(fault_kind what) {
  return what == fault_kind::kill || what == fault_kind::stop;
}

} // namespace

void drill_state::init(drill_pointer self, drill_setup setup) {
  self_ = self;
  setup_ = std::move(setup);
  record_ = std::move(setup_.record);
  record_.begun = entered_ = now();
  record_.begun_us = now_us(self_, setup_.around);
  self_->set_down_handler([this](const caf::down_msg&) { self_->quit(); }); // nobody is left to be told
  self_->monitor(setup_.environment);
  for (const auto& victim : record_.plan.victims) {
    logic::injected_fault fault;
    fault.drill = record_.id;
    fault.kind = record_.plan.fault;
    fault.member = victim;
    fault.peers = record_.plan.peers;
    faults_.push_back({std::move(fault)});
  }
  for (std::size_t i = 0; i < setup_.watched.size(); ++i)
    if (const auto* kit = setup_.watched[i].kind->drills; kit != nullptr)
      for (auto& question : kit->watches(setup_.watched[i].context, setup_.etcd ? &*setup_.etcd : nullptr))
        watches_.push_back({std::move(question), i});
  record_.wrote = setup_.route.has_value();
  tell(self_, setup_.around, logic::event_kinds::drill_begun, record_.id,
       record_.plan.drill + ": " + std::string{to_string(record_.plan.fault)} + " of " + faults_.front().what.member +
           " is measured",
       {{"drill", record_.plan.drill}, {"fault", std::string{to_string(record_.plan.fault)}}});
  for (const auto& cluster : setup_.clusters)
    self_->send(cluster, hold_atom_v, true);
  for (std::size_t i = 0; i < watches_.size(); ++i)
    watch(i);
  self_->delayed_send(self_, beat, tick_atom_v, ++beat_);
  prepare(0);
}

void drill_state::hear_tick(std::uint64_t tick) {
  if (stage_ == drill_stage::over)
    return;
  if ((tick & watch_mark) != 0)
    return watch(tick & ~watch_mark);
  if (tick != beat_)
    return;
  self_->delayed_send(self_, beat, tick_atom_v, ++beat_);
  if (writing_)
    write();
  go_on();
}

// -- steps -------------------------------------------------------------------------------------------------------

void drill_state::enter(drill_stage next) {
  static constexpr std::array words{"prepares",      "writes",   "breaks it",  "watches", "takes it back",
                                    "waits for all", "finishes", "reads back", "reports", "is over"};
  stage_ = next;
  entered_ = now();
  asking_ = false;
  tell(self_, setup_.around, logic::event_kinds::drill_step, record_.id, words.at(static_cast<std::size_t>(next)),
       {{"stage", words.at(static_cast<std::size_t>(next))}});
}

void drill_state::prepare(std::size_t next) {
  if (stopped_)
    return;
  const auto* kit = setup_.watched.empty() ? nullptr : setup_.watched.front().kind->drills;
  if (!setup_.route || kit == nullptr || next >= kit->prepare(*setup_.route, record_.id).size()) {
    writing_ = setup_.route.has_value() && kit != nullptr;
    record_.wrote = writing_;
    return enter(drill_stage::warming);
  }
  const auto question = kit->prepare(*setup_.route, record_.id)[next];
  self_->request(setup_.around.asker, question.timeout + asker_grace, question)
      .then(
          [this, next](const logic::answer& got) {
            got.ok ? prepare(next + 1) : fail("the writer's table could not be made: " + got.error);
          },
          [this](const caf::error& why) { fail("the writer's table could not be made: " + to_failure(why).message); });
}

void drill_state::go_on() {
  const auto passed = now() - entered_;
  switch (stage_) {
  case drill_stage::warming: {
    const auto last = record_.ledger.last_acknowledged_before(now() + beat);
    const bool written = !record_.wrote || (record_.ledger.acknowledged().size() >= logic::writes_wanted && last &&
                                            now() - *last <= logic::last_before_fault / 2);
    if (written && all_watched()) {
      enter(drill_stage::injecting);
      return note_fault(0);
    }
    if (passed > warming_patience)
      fail(written ? "not everything that is watched answers" : "too few writes are acknowledged");
    return;
  }
  case drill_stage::observing:
    if ((goal_reached(record_) && passed > record_.plan.least) || passed > record_.plan.hold)
      undo(faults_.size());
    return;
  case drill_stage::recovering:
    if (passed > recovering_patience) {
      record_.notes.emplace_back("not everything was ready again within " +
                                 std::to_string(recovering_patience.count()) + " s");
      return enter(drill_stage::finishing);
    }
    undo_again();
    return look_for_recovery();
  case drill_stage::finishing:
    if (writing_ && (!record_.injected || logic::acknowledged_after(record_) >= logic::writes_wanted ||
                     passed > finishing_patience))
      writing_ = false;
    if (!writing_ && record_.ledger.open() == 0) {
      record_.ended = now();
      enter(drill_stage::reading);
      read_back();
    }
    return;
  case drill_stage::reading:
    if (read_again_ && now() >= *read_again_) {
      read_again_.reset();
      read_back();
    }
    return;
  default:
    return; // goes on with an answer
  }
}

// Durable before it is done: whoever dies in between leaves at most a fault that is noted and never was.
void drill_state::note_fault(std::size_t index) {
  if (index == faults_.size()) {
    for (const auto& victim : setup_.victims)
      self_->send(victim, hold_atom_v, true);
    record_.injected = now();
    for (std::size_t i = 0; i < faults_.size(); ++i)
      break_it(i);
    return;
  }
  auto& fault = faults_[index];
  fault.what.at_us = now_us(self_, setup_.around);
  if (!setup_.store)
    return note_fault(index + 1);
  self_->request(setup_.store, caf::infinite, append_atom_v, fault.what)
      .then(
          [this, index](std::uint64_t id) {
            faults_[index].what.id = id;
            faults_[index].noted = true;
            stopped_ ? fail(ended_early) : note_fault(index + 1);
          },
          [this](const caf::error& why) { fail("the fault could not be noted down: " + to_failure(why).message); });
}

void drill_state::break_it(std::size_t index) {
  auto& fault = faults_[index];
  fault.open = true;
  tell_held();
  tell(self_, setup_.around, logic::event_kinds::fault_injected, fault.what.member,
       std::string{to_string(fault.what.kind)} + " for the drill " + record_.id,
       {{"drill", record_.id}, {"fault", std::string{to_string(fault.what.kind)}}});
  const auto word = fault.what.kind == fault_kind::postmaster_kill ? "KILL" : "STOP";
  const auto signal =
      setup_.broken.kind == nullptr ? line_list{} : signal_command(setup_.broken, fault.what.member, word);
  ++breaking_;
  inject(self_, setup_.around.runtime, fault.what, signal, [this](const std::string& why) {
    if (!why.empty() && record_.failed.empty())
      record_.failed = "the fault could not be injected: " + why;
    if (--breaking_ > 0)
      return; // what is under way would come after it was taken back
    if (stopped_ || !record_.failed.empty())
      return fail(ended_early);
    injected();
  });
}

void drill_state::injected() {
  record_.confirmed = now();
  enter(drill_stage::observing);
}

// The last one first.
void drill_state::undo(std::size_t left) {
  if (left == faults_.size())
    enter(drill_stage::undoing);
  if (left == 0)
    return undone();
  auto& fault = faults_[left - 1];
  if (!fault.open)
    return undo(left - 1);
  const auto signal =
      setup_.broken.kind == nullptr ? line_list{} : signal_command(setup_.broken, fault.what.member, "CONT");
  take_back(self_, setup_.around.runtime, fault.what, signal, [this, left](const std::string& why) {
    auto& of = faults_[left - 1];
    if (!why.empty())
      record_.failed = of.what.member + ": the fault could not be taken back: " + why;
    else if (!is_started_back(of.what.kind))
      of.open = false;
    undo(left - 1);
  });
}

void drill_state::tell_held() {
  fault_list held;
  for (const auto& each : faults_)
    if (each.open)
      held.push_back(each.what);
  self_->send(setup_.environment, undo_atom_v, std::move(held));
}

void drill_state::undone() {
  record_.undone = now();
  tell_held();
  for (const auto& victim : setup_.victims)
    self_->send(victim, hold_atom_v, false);
  undo_tried_ = now();
  for (std::size_t i = 0; i < faults_.size(); ++i)
    if (faults_[i].noted && !faults_[i].open)
      close(i, std::string{to_string(faults_[i].what.kind)} + " is taken back");
  enter(drill_stage::recovering);
}

void drill_state::close(std::size_t index, const std::string& how) {
  auto& fault = faults_[index];
  if (std::exchange(fault.open, false))
    tell_held();
  tell(self_, setup_.around, logic::event_kinds::fault_undone, fault.what.member, how, {{"drill", record_.id}});
  if (std::exchange(fault.noted, false) && setup_.store)
    self_->request(setup_.store, caf::infinite, remove_atom_v, undo_atom_v, fault.what.id)
        .then([] {}, [](const caf::error&) {}); // it stays open, and is taken back once more by the next engine
}

// Whoever refused it before, as a runtime that was out of reach, may do it now.
void drill_state::undo_again() {
  auto left = faults_.size();
  while (left > 0 && (!faults_[left - 1].open || is_started_back(faults_[left - 1].what.kind)))
    --left;
  if (left == 0 || undoing_again_ || now() - undo_tried_ < undo_interval)
    return;
  undoing_again_ = true;
  const auto& what = faults_[left - 1].what;
  const auto signal = setup_.broken.kind == nullptr ? line_list{} : signal_command(setup_.broken, what.member, "CONT");
  take_back(self_, setup_.around.runtime, what, signal, [this, left](const std::string& why) {
    undoing_again_ = false;
    undo_tried_ = now();
    if (why.empty())
      close(left - 1, std::string{to_string(faults_[left - 1].what.kind)} + " is taken back");
  });
}

// What was killed is back when its service runs again.
void drill_state::forget_faults(const logic::environment_view& view) {
  for (std::size_t i = 0; i < faults_.size(); ++i) {
    const auto& fault = faults_[i];
    if (!fault.open || !is_started_back(fault.what.kind))
      continue;
    const auto at = std::find_if(view.services.begin(), view.services.end(),
                                 [&](const auto& row) { return row.name == fault.what.member; });
    if (at != view.services.end() && !logic::is_idle(at->actual))
      close(i, "is started again");
  }
}

void drill_state::look_for_recovery() {
  if (asking_)
    return;
  asking_ = true;
  self_->request(setup_.environment, seconds(5), status_atom_v)
      .then(
          [this](const logic::environment_view& view) {
            if (stage_ != drill_stage::recovering)
              return;
            forget_faults(view);
            const bool all_back = std::none_of(faults_.begin(), faults_.end(), [](const auto& f) { return f.open; });
            // What could not be taken back is left to whoever hears of this drill's end.
            if (stopped_ && std::none_of(faults_.begin(), faults_.end(),
                                         [](const auto& f) { return f.open && is_started_back(f.what.kind); }))
              return enter(drill_stage::finishing);
            if (view.state != logic::environment_state::ready || !all_back) {
              self_->delayed_send(self_, looking_interval, tick_atom_v, watch_mark | watches_.size());
              return;
            }
            record_.recovered = now();
            enter(drill_stage::finishing);
          },
          [this](const caf::error&) { asking_ = false; });
}

void drill_state::fail(std::string why) {
  if (stage_ == drill_stage::over || stage_ == drill_stage::undoing)
    return;
  if (record_.failed.empty())
    record_.failed = std::move(why);
  const bool noted =
      std::any_of(faults_.begin(), faults_.end(), [](const auto& each) { return each.noted || each.open; });
  if (noted)
    return undo(faults_.size());
  writing_ = false;
  enter(drill_stage::finishing);
}

void drill_state::stop() {
  if (stopped_ || stage_ == drill_stage::over)
    return;
  stopped_ = true;
  if (stage_ <= drill_stage::observing && stage_ != drill_stage::injecting) // that one sees to it when it is done
    fail(ended_early);
}

drill_actor::behavior_type drill(drill_pointer self, drill_setup setup) {
  self->state.init(self, std::move(setup));
  return {
      [self](tick_atom, std::uint64_t tick) { self->state.hear_tick(tick); },
      [self](stop_atom) { self->state.stop(); },
      [self](actors_atom) { return own_row(self, "drill", "drill"); },
  };
}

} // namespace paws
