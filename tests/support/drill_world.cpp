#include "tests/support/drill_world.hpp"

#include <algorithm>

namespace paws::testing {

using logic::fault_kind;
namespace kinds = logic::event_kinds;

namespace {

constexpr std::int64_t least_backoff_us = 450'000; // logic/restart_policy: half a second, then more
constexpr std::int64_t a_minute_us = 60'000'000;
constexpr std::size_t most_starts = 6; // in a minute by itself: once, and five times again
constexpr std::size_t kept_events = 400;

std::int64_t us_of(steady_time at) {
  return std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
}

bool is_started_back(const logic::injected_fault& fault) {
  return fault.kind == fault_kind::kill || fault.kind == fault_kind::stop;
}

} // namespace

drill_world::drill_world(const sim_rules& rules, std::uint64_t seed)
    : rules_{rules}, random_{seed ^ 0x5eed}, stack{runtime_.world, rules, seed} {
  time.own(runtime_.actor);
  auto& world = *runtime_.world;
  world.networked = true;
  world.on_call = [this](const fake::call& what) { hear_call(what); };
  world.run_program = [this](const std::string& member, const line_list& command) {
    if (!command.empty() && command.back() == "CONT")
      check_order(member);
    else if (!is_open(member))
      flaw(member + " gets a signal, and no fault of it is noted down");
    return stack.run_program(member, command);
  };
  asker_ = time.own(time.system().spawn([this](caf::event_based_actor* self) { return answering(self); }));
  store_ = caf::actor_cast<store_actor>(
      time.own(time.system().spawn([this](caf::event_based_actor* self) { return storing(self); })));
  logs_ =
      caf::actor_cast<log_store_actor>(time.own(time.system().spawn([this](caf::event_based_actor*) -> caf::behavior {
        return {[this](const logic::log_query& what) {
          log_page out;
          for (const auto& line : stack.redis.log())
            if (line.at_us >= what.since_us)
              out.rows.push_back(line);
          return out;
        }};
      })));
  collector_ = caf::actor_cast<log_collector_actor>(time.own(time.system().spawn(
      [](caf::event_based_actor*) -> caf::behavior { return {[](flush_atom) { return std::uint64_t{1}; }}; })));
}

drill_world::~drill_world() {
  time.shut_down();
}

// -- around the engine -------------------------------------------------------------------------------------------

caf::behavior drill_world::answering(caf::event_based_actor* self) {
  self->delayed_send(self, rules_.step, tick_atom_v);
  return {[this, self](const logic::ask& question) -> caf::result<logic::answer> {
            auto promise = self->make_response_promise<logic::answer>();
            stack.ground.now = self->clock().now();
            const auto dice = [this](unsigned of_thousand) {
              return of_thousand > 0 && random_() % 1000 < of_thousand;
            };
            const auto late = dice(weather.slow) ? weather.slowness : milliseconds{0};
            const bool lost = dice(weather.lost);
            stack.ask(question, [this, self, promise, late, lost, asked = stack.ground.now](logic::answer got) mutable {
              if (lost)
                return false;
              got.duration_us = us_of(stack.ground.now) - us_of(asked);
              if (late.count() == 0)
                promise.deliver(std::move(got));
              else
                stack.ground.later.emplace_back(stack.ground.now + late, [promise, got = std::move(got)]() mutable {
                  promise.deliver(std::move(got));
                });
              return true;
            });
            return promise;
          },
          [this, self](tick_atom) {
            self->delayed_send(self, rules_.step, tick_atom_v);
            stack.step(self->clock().now());
          },
          [](forget_atom, const std::string&) {}};
}

caf::behavior drill_world::storing(caf::event_based_actor* self) {
  // A fault is on disk some time after it was to be noted down, and only then the answer comes.
  auto note = [this, self](append_atom, const logic::injected_fault& what) -> caf::result<std::uint64_t> {
    if (weather.disk_full)
      return to_error({"ERR_SYS_002", "the disk is full", "make room"});
    auto promise = self->make_response_promise<std::uint64_t>();
    auto keep = [this, what, promise, mine = engine_]() mutable {
      if (mine != engine_ || !alive_)
        return; // whoever wanted it is dead, and nothing of it reached the disk
      faults.push_back(what);
      faults.back().id = ++last_fault_;
      promise.deliver(last_fault_);
    };
    if (weather.disk.count() == 0) {
      keep();
    } else {
      writing_.push_back(keep);
      self->delayed_send(self, weather.disk, tick_atom_v); // one after the other, and each takes as long
    }
    return promise;
  };
  return {[this](tick_atom) {
            const auto keep = writing_.front();
            writing_.pop_front();
            keep();
          },
          [](append_atom, const logic::event&) {},
          [this](load_atom) { return remembered_; },
          [this](save_atom, const saved_state& what) { remembered_ = what; },
          [](last_atom) { return std::uint64_t{0}; },
          [](read_atom, std::uint64_t, std::uint32_t) { return event_list{}; },
          [](rotate_atom, const std::vector<std::string>&) { return logic::rotation_record{}; },
          [](load_atom, rotate_atom) { return logic::rotation_record{}; },
          [](save_atom, const logic::rotation_record&) {},
          [](publish_atom, const logic::rotation_record&) {},
          [](remove_atom, rotate_atom) {},
          note,
          [this](remove_atom, undo_atom, std::uint64_t id) {
            std::erase_if(faults, [&](const auto& each) { return each.id == id; });
          },
          [this](load_atom, undo_atom) { return faults; },
          [](save_atom, const std::string& title, const std::string&, const std::string&) { return title + ".html"; },
          [](actors_atom) { return actor_list{}; }};
}

void drill_world::spawn_engine() {
  ++orders_;
  const auto mine = ++engine_;
  stage_.clear();
  drills_ended_ = drills_begun_;
  journal_ = time.own(time.system().spawn(paws::journal, store_actor{}, std::uint64_t{0}));
  event_sink sink = time.own(time.system().spawn([this, mine](event_sink::pointer) -> event_sink::behavior_type {
    return {[this, mine](const logic::event& what) {
      if (mine == engine_)
        hear_event(what);
    }};
  }));
  caf::anon_send(journal_, subscribe_atom_v, sink, std::uint64_t{0});
  environment_setup setup;
  setup.plan = simulated_plan(rules_);
  setup.around = {journal_, runtime_.actor, caf::actor_cast<asker_actor>(asker_), {time.now(), us_of(time.now())}};
  setup.around.collector = collector_;
  setup.remembered = remembered_;
  setup.store = store_;
  setup.logs = logs_;
  environment_ = time.own(time.system().spawn(paws::environment, std::move(setup)));
  alive_ = true;
  time.own(time.system().spawn([this, mine, watched = environment_](caf::event_based_actor* self) -> caf::behavior {
    self->monitor(watched);
    self->set_down_handler([this, mine](const caf::down_msg&) { alive_ = alive_ && mine != engine_; });
    return {[](tick_atom) {}};
  }));
  time.settle();
}

void drill_world::kill_engine() {
  alive_ = false;
  stage_.clear();
  caf::anon_send_exit(environment_, caf::exit_reason::kill);
  caf::anon_send_exit(journal_, caf::exit_reason::kill);
  time.settle();
}

std::size_t drill_world::command(operator_command what) {
  ++orders_;
  const auto number = ++commands_;
  time.own(time.system().spawn([this, what, number, to = environment_](caf::event_based_actor* self) {
    self->request(to, caf::infinite, what)
        .then(
            [this, number](const command_outcome& outcome) {
              outcomes[number] = outcome;
              answered[number] = time.now();
            },
            [](const caf::error&) {});
  }));
  time.settle();
  return number;
}

void drill_world::lose_reach(bool lost) {
  ++orders_;
  reach_lost_ = lost;
  fake::lose_reach(runtime_, lost);
  time.settle();
}

bool drill_world::advance_until(const std::function<bool()>& done, caf::timespan span) {
  return time.advance_until(
      [&] {
        check_instant();
        return done();
      },
      span);
}

std::optional<logic::environment_view> drill_world::status() {
  if (!alive_)
    return std::nullopt;
  std::optional<logic::environment_view> out;
  auto asker = time.system().spawn([&](caf::event_based_actor* self) {
    self->request(environment_, caf::infinite, status_atom_v)
        .then([&](const logic::environment_view& view) { out = view; }, [](const caf::error&) {});
  });
  time.settle();
  if (!out)
    caf::anon_send_exit(asker, caf::exit_reason::kill), time.settle();
  return out;
}

bool drill_world::advance_until_ready(caf::timespan span) {
  const auto end = time.now() + span;
  while (time.now() < end) {
    if (const auto view = status(); view && view->state == logic::environment_state::ready && view->open_faults.empty())
      return true;
    advance(500ms);
  }
  return false;
}

// -- watching it -------------------------------------------------------------------------------------------------

void drill_world::flaw(const std::string& what) {
  if (flaws.size() < 20)
    flaws.push_back(std::to_string(us_of(time.now()) / 1000) + " ms: " + what);
}

bool drill_world::is_open(const std::string& member) const {
  return std::any_of(faults.begin(), faults.end(), [&](const auto& each) { return each.member == member; });
}

bool drill_world::suffers(const logic::injected_fault& fault) const {
  const auto& world = *runtime_.world;
  switch (fault.kind) {
  case fault_kind::pause: {
    const auto at = world.containers.find(fault.member);
    return at != world.containers.end() && at->second.status == container_status::paused;
  }
  case fault_kind::partition:
    return world.cuts.contains(fault.member);
  default:
    return false;
  }
}

// Faults are taken back from the last one on.
void drill_world::check_order(const std::string& member) {
  const auto mine = std::find_if(faults.begin(), faults.end(), [&](const auto& each) { return each.member == member; });
  if (mine == faults.end())
    return;
  for (const auto& other : faults)
    if (other.id > mine->id && suffers(other))
      flaw(member + " is given back before " + other.member + ", which was broken after it");
}

void drill_world::hear_call(const fake::call& what) {
  if (what.verb == "kill" || what.verb == "cut" || what.verb == "pause" || (what.verb == "stop" && drilling())) {
    if (!is_open(what.name))
      flaw(what.verb + " of " + what.name + ", and no fault of it is noted down");
  } else if (what.verb == "unpause" || what.verb == "heal") {
    check_order(what.name);
  } else if (what.verb == "start" && is_open(what.name)) {
    started_.push_back(what.name);
  }
}

void drill_world::hear_event(const logic::event& what) {
  events.push_back(what);
  if (events.size() > kept_events)
    events.pop_front();
  if (what.kind == kinds::drill_begun) {
    if (++drills_begun_ != drills_ended_ + 1)
      flaw("a drill begins while another one is under way");
    stage_ = "prepares";
  } else if (what.kind == kinds::drill_step) {
    stage_ = what.text;
    if (stage_ == "takes it back") // whom it gives back is started at once, however he ended
      for (const auto& fault : faults)
        ended_us_.erase(fault.member);
  } else if (what.kind == kinds::drill_ended) {
    drills_ended_ = drills_begun_;
    stage_.clear();
  } else if (what.kind == kinds::container_exited) {
    ended_us_[what.subject] = {what.at_us, what.text == "ended for a drill" ? orders_ - 1 : orders_};
  } else if (what.kind == kinds::start_called) {
    check_starts(what);
  } else if (what.kind == kinds::environment_state && what.fields.at("to") == "ready") {
    const bool calm = weather.lost == 0 && weather.slow == 0;
    if (stack.unwell_for() > (calm ? milliseconds{3500} : milliseconds{7000}))
      flaw("the environment is called ready, and for " + std::to_string(stack.unwell_for().count()) +
           " ms not all was well:\n" + stack.describe());
  }
}

// By itself the engine starts nobody again at once, nor again and again.
void drill_world::check_starts(const logic::event& started) {
  if (const auto at = ended_us_.find(started.subject); at != ended_us_.end()) {
    if (at->second.second == orders_ && started.at_us - at->second.first < least_backoff_us)
      flaw(started.subject + " is started again " + std::to_string((started.at_us - at->second.first) / 1000) +
           " ms after it crashed");
    ended_us_.erase(at);
  }
  auto& starts = starts_us_[started.subject];
  starts.push_back(started.at_us);
  while (starts.front() + a_minute_us < started.at_us)
    starts.pop_front();
  if (starts.size() > most_starts + 2 * orders_)
    flaw("a storm: " + started.subject + " was started " + std::to_string(starts.size()) + " times in a minute");
}

void drill_world::check_instant() {
  for (const auto& member : std::exchange(started_, {})) // what had been asked before the fault was, is none of it
    if (stage_ == "watches" && alive_)
      flaw(member + " is started while the drill wants it down");
  if (stack.patroni.two_acknowledged() && rules_.really_synchronous && !rules_.stale_wake)
    flaw("an old leader acknowledged a write after its successor had");
  if (drills_begun_ > drills_ended_ + 1)
    flaw("two drills at once");
}

void drill_world::check_nothing_left() {
  for (const auto& fault : faults)
    flaw(fault.member + ": " + std::string{to_string(fault.kind)} + " is still noted down" +
         (is_started_back(fault) ? " although it runs" : ""));
  for (const auto& [member, info] : runtime_.world->containers)
    if (info.status != container_status::running)
      flaw(member + " is " + std::string{to_string(info.status)} + " in the end");
  for (const auto& [member, peers] : runtime_.world->cuts)
    flaw(member + " is cut off in the end");
  for (const auto& node : stack.patroni.nodes())
    if (node.frozen)
      flaw("the database of " + node.name + " stands still in the end");
  if (engine_ == 1 && runtime_.world->started_while_running > 0) // a dead engine's call may still come to be
    flaw("somebody was started who ran");
}

std::string drill_world::describe() const {
  std::string out;
  for (const auto& each : flaws)
    out += "FLAW " + each + "\n";
  out += "at " + std::to_string(us_of(const_cast<drill_world*>(this)->time.now()) / 1000) + " ms, stage " + stage_ +
         "\n" + stack.describe() + "\n";
  for (const auto& each : events)
    if (each.kind != kinds::cluster_state)
      out += std::to_string(each.at_us / 1000) + " " + each.kind + " " + each.subject + " " + each.text + "\n";
  return out;
}

} // namespace paws::testing
