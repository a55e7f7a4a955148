// How the environment carries out commands: it changes what services should be and watches what becomes of it.
#include "actors/environment_recovery.hpp"
#include "actors/environment_wake.hpp"
#include "logic/cause.hpp"
#include "logic/log_excerpt.hpp"

#include <algorithm>

namespace paws {

using logic::desired_state;

namespace {

constexpr std::uint32_t shown_log_lines = 12; // of the culprit, when a start or a restart fails
constexpr std::uint32_t searched_log_lines = 200;

command_outcome refusal(const operator_command& what, topology::exit_code code, topology::failure why) {
  command_outcome out;
  out.name = what.name;
  out.code = code;
  out.what = std::move(why);
  return out;
}

// Takes everything down: the engine ends with its environment.
bool ends_all(const operator_command& what) {
  return what.services.empty() && (what.name == "stop" || what.name == "down" || what.name == "reset");
}

// What ends all may come in between.
bool is_interruptible(environment_activity what) {
  using enum environment_activity;
  return what == starting || what == validating || what == collecting || what == rotating || what == recovering;
}

// Carried out beside others: see environment_jobs.cpp.
bool is_job(const operator_command& what) {
  return what.name == "restart" || (what.name == "stop" && !what.services.empty());
}

// What nothing else may be done beside, but what ends all.
bool is_lonely(const environment_job& job) {
  return job.what.name == "reinit";
}

} // namespace

caf::result<command_outcome> environment_state_data::command(const operator_command& what) {
  auto promise = self_->make_response_promise<command_outcome>(); // from here on it is the only answer
  if ((doing_ == activity::adopting && unreachable_.empty()) || doing_ == activity::clearing || recovery_.finishing)
    queued_.emplace_back(what, promise);
  else
    admit(what, promise);
  return promise;
}

// Whether `what` fits what is under way. Nothing: it does.
std::optional<topology::failure> environment_state_data::refuses(const operator_command& what) const {
  static const std::set<std::string> verbs{"start",    "stop",       "down",   "reset",      "pause",
                                           "resume",   "restart",    "rotate", "drill",      "undo",
                                           "failover", "switchover", "reinit", "defragment", "resume-after-sleep",
                                           "time-sync"};
  if (!verbs.contains(what.name))
    return topology::failure{"ERR_CLI_001", "unknown command " + what.name, "run: paws-engine ctl --help"};
  if (const auto unknown = logic::unknown_name(setup_.plan, what.services); !unknown.empty()) {
    std::string list;
    for (const auto& each : logic::all_names(setup_.plan))
      list += " " + each;
    return topology::failure{"ERR_CLI_001", "nothing here is called " + unknown, "choose from:" + list};
  }
  if (what.name == "restart" && what.services.empty())
    return topology::failure{"ERR_CLI_001", "restart needs the name of a service",
                             "run: paws-engine ctl restart SERVICE"};
  if (is_job(what) &&
      std::any_of(wishes_.begin(), wishes_.end(), [](const auto& row) { return row.second == desired_state::paused; }))
    return topology::failure{"ERR_ENG_004", "cannot " + what.name + " now: everything stands still",
                             "run: paws-engine ctl resume"};
  if (what.name == "time-sync")
    return waking::refuses(*this, what);
  if (!unreachable_.empty())
    return topology::failure{"ERR_RUN_004", "cannot " + what.name + " now: runtime unreachable: " + unreachable_,
                             "look at the container engine: paws-engine doctor"};
  if (what.name == "resume-after-sleep")
    return waking::refuses(*this, what);
  const bool starting = is_interruptible(doing_);
  // What a start in progress lets pass; and a start brings what a resume or a restart waits for.
  const bool passes = (what.name == "restart" && doing_ != activity::collecting && doing_ != activity::rotating &&
                       doing_ != activity::recovering) ||
                      ends_all(what) || (what.name == "start" && current_.name == "resume");
  const bool lonely = std::any_of(jobs_.begin(), jobs_.end(), is_lonely);
  const bool beside_jobs = (is_job(what) && !lonely) || ends_all(what) ||
                           (what.name == "start" && std::all_of(jobs_.begin(), jobs_.end(), [](const job& each) {
                              return each.what.name == "restart";
                            }));
  if (what.name == "undo" && doing_ == activity::drilling)
    return std::nullopt; // it ends it
  const bool joins = doing_ != activity::idle && what.name != "drill" && current_.name == what.name &&
                     current_.services == what.services && current_.secrets == what.secrets &&
                     current_.target == what.target && current_.force == what.force;
  const auto busy = doing_ != activity::idle && !(starting && passes) && !joins ? current_.name
                    : !jobs_.empty() && !beside_jobs && !joins                  ? jobs_.front().what.name
                                                                                : std::string{};
  if (busy.empty())
    return what.name == "rotate" && !joins ? refuses_rotation(what)
           : what.name == "drill"          ? refuses_drill(what)
           : is_recovery(what) && !joins   ? refuses_recovery(*this, what)
                                           : std::nullopt;
  return topology::failure{"ERR_ENG_004", "cannot " + what.name + " now: " + busy + " is in progress",
                           "wait until it ends, then try again"};
}

void environment_state_data::admit(const operator_command& what, outcome_promise promise) {
  if (what.name == "stop" && what.interrupted)
    return interrupt_start(what, std::move(promise));
  if (auto why = refuses(what)) {
    tell(self_, setup_.around, logic::event_kinds::command_refused, what.name, topology::to_string(*why),
         traced({{"code", why->code}}, what));
    const auto code = topology::find_error(why->code).exits_with;
    promise.deliver(refusal(what, code, std::move(*why)));
    return;
  }
  if (is_job(what) || is_wiping(*this, what))
    return begin_job(what, promise);
  if (what.name == "undo")
    return undo(std::move(promise));
  if (what.name == "resume-after-sleep")
    return waking::resume_by_hand(*this, what, promise);
  if (what.name == "time-sync")
    return waking::compare_clocks(*this, what, std::move(promise));
  const bool starting = is_interruptible(doing_);
  const bool supersedes = ends_all(what) || (what.name == "start" && current_.name == "resume");
  if (doing_ != activity::idle && !(starting && supersedes)) {
    promises_.push_back(promise); // the same again: it waits with the others
    tell_joined(what, current_);
    if (what.name == "start")
      ask_again(what);
    return;
  }
  if (starting) // the start ends here; whoever waits for it is told
    finish(refusal(
        current_, topology::exit_code::interrupted,
        {"ERR_SYS_005", "the " + current_.name + " was interrupted by " + what.name, "start again: make local-start"}));
  promises_.push_back(promise);
  begin(what);
  evaluate();
}

void environment_state_data::begin(const operator_command& what) {
  current_ = what;
  outcome_ = {};
  tell(self_, setup_.around, logic::event_kinds::command_begun, what.name, what.name + " of " + setup_.plan.environment,
       traced({}, what));
  if (what.name == "start")
    return begin_start(what);
  if (what.name == "pause")
    return begin_pause(what);
  if (what.name == "resume")
    return begin_resume(what);
  if (what.name == "rotate")
    return begin_rotation(what);
  if (what.name == "drill")
    return begin_drill(what);
  if (is_recovery(what))
    return begin_recovery(*this, what);
  begin_stop(what);
}

void environment_state_data::tell_joined(const operator_command& what, const operator_command& under_way) {
  tell(self_, setup_.around, logic::event_kinds::command_joined, what.name,
       what.name + " is under way already: it is waited for", traced({{"joins", under_way.trace_id}}, what));
}

void environment_state_data::wish(const std::string& service, desired_state wanted, const std::string& trace_id,
                                  bool destroy_data) {
  wishes_[service] = wanted;
  self_->send(services_.at(service), desire_atom_v, wanted, destroy_data, trace_id);
}

void environment_state_data::evaluate() {
  evaluate_jobs();
  waking::see_to(*this);
  switch (doing_) {
  case activity::adopting:
  case activity::recording:
  case activity::validating:
  case activity::collecting:
    return;
  case activity::idle:
  case activity::rotating:
  case activity::drilling:
  case activity::recovering:
    if (state_ == logic::environment_state::ready && waking::holds(*this))
      return;
    return set_state(judge());
  case activity::starting:
    return evaluate_start();
  case activity::thawing:
    return evaluate_thaw();
  case activity::rolling_back:
  case activity::stopping:
  case activity::clearing:
    return evaluate_stop();
  case activity::pausing:
  case activity::unpausing:
    return evaluate_pause();
  }
}

void environment_state_data::tell_end(const operator_command& what, const command_outcome& outcome) {
  auto fields = traced({{"outcome", outcome.what.code.empty() ? "success" : outcome.what.code},
                        {"exit_code", std::to_string(static_cast<int>(outcome.code))}},
                       what);
  tell(self_, setup_.around, logic::event_kinds::command_ended, what.name,
       outcome.what.code.empty() ? what.name + " done" : topology::to_string(outcome.what), std::move(fields));
}

void environment_state_data::finish(command_outcome outcome) {
  end_rotator();
  end_recovery(*this);
  // Nothing left to supervise and nothing more to do: the engine ends with its environment.
  const bool over = current_.name == "start" ? !outcome.what.code.empty() && all_idle() : nothing_left();
  outcome.name = current_.name;
  outcome.engine_ends = doing_ == activity::idle && over;
  tell_end(current_, outcome);
  ++tick_; // the deadline of this command means nothing any more
  for (auto& waiting : std::exchange(promises_, {}))
    waiting.deliver(outcome);
  if (outcome.engine_ends)
    self_->quit();
}

command_outcome environment_state_data::not_in_time(const operator_command& what, const std::string& culprit) const {
  const auto lacking = logic::not_ready(setup_.plan, wished_views(), cluster_views_, route_views_);
  std::string message = "not ready in time";
  for (std::size_t i = 0; i < lacking.size() && i < 3; ++i)
    message += (i == 0 ? ": " : "; ") + lacking[i];
  std::string remedy = "give it more time with --wait-timeout, or look at: " + setup_.plan.log_hint(culprit);
  if (const auto cause = logic::first_cause(setup_.plan, wished_views(), cluster_views_); !cause.empty()) {
    const auto end = std::min(cause.find(" | "), cause.size());
    message += "; the cause: " + cause.substr(0, end);
    remedy += end < cause.size() ? ", or " + cause.substr(end + 3) : "";
  }
  auto out = refusal(what, topology::exit_code::network, {"ERR_ENG_002", message, remedy});
  out.culprit = culprit;
  return out;
}

topology::failure environment_state_data::failure_of(const std::string& service) const {
  const auto& view = service_views_.at(service);
  return {view.failure_code.empty() ? "ERR_ENG_003" : view.failure_code, service + " failed: " + view.failure,
          view.failure_remedy.empty() ? "look at its log: " + setup_.plan.log_hint(service) : view.failure_remedy};
}

void environment_state_data::with_log_of(const std::string& service, const std::function<void(line_list)>& then) {
  self_->request(setup_.around.runtime, std::chrono::seconds(2), tail_atom_v, service, searched_log_lines)
      .then([then](const line_list& lines) { then(logic::log_excerpt(lines, shown_log_lines)); },
            [then](const caf::error&) { then({}); });
}

void environment_state_data::hear_tick(std::uint64_t tick) {
  if (tick == 0)
    return evaluate();
  if (tick == adopt_tick)
    return adopt();
  if ((tick & job_tick) != 0)
    return hear_job_deadline(tick & ~job_tick);
  if ((tick & wake_tick) != 0)
    return waking::hear_tick(*this, tick & ~wake_tick);
  // A deadline that went by while the engine itself stood still does not count.
  waking::when_awake(*this, [this, tick] { hear_deadline(tick); });
}

void environment_state_data::hear_deadline(std::uint64_t tick) {
  if (tick != tick_ || (doing_ != activity::starting && doing_ != activity::validating))
    return;
  std::string culprit;
  for (const auto& service : setup_.plan.services)
    if (culprit.empty() && logic::is_wanted(wished_views().at(service.spec.name)) &&
        !logic::is_well(service_views_.at(service.spec.name)))
      culprit = service.spec.name;
  const auto late = not_in_time(current_, culprit);
  start_failed(late.code, late.what, culprit);
}

} // namespace paws
