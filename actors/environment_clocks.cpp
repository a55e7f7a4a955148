// All clocks that the environment lives by, compared: this machine's with its hardware's, and with its members'.
#include "actors/environment_wake.hpp"

#include "messages/error.hpp"

#include <algorithm>

namespace paws::waking {

using logic::clock_row;

namespace {

using state = environment_state_data;

constexpr std::chrono::seconds watch_patience{5}; // it reads a device file
// A member that does not answer within this has no row; its answer would be uncertain by half of it anyway.
constexpr std::chrono::seconds member_patience{4};

struct comparison {
  operator_command what;
  outcome_promise promise;
  logic::clock_report report;
  std::size_t left = 1; // answers awaited; one is the asking itself
};
using shared_comparison = std::shared_ptr<comparison>;

// "hardware (rtc0) is 3.2 s behind this machine's wall clock"
std::string difference_of(const clock_row& row) {
  return row.clock + " (" + row.source + ") is " + logic::span_of(row.ahead) +
         (row.ahead < logic::milliseconds{} ? " behind" : " ahead of") + " this machine's wall clock";
}

// A container has its kernel's clock: where that is another machine's, somebody there must set it.
void say_how_to_set_members(const state& of, logic::clock_report& report) {
  if (report.shared)
    return;
  for (const auto& row : report.clocks)
    for (const auto& service : of.setup_.plan.services)
      if (service.spec.name == row.clock && logic::out_of_step(row) && !service.spec.image.empty()) {
        report.commands.push_back(of.setup_.plan.runtime + " run --rm --privileged --entrypoint date " +
                                  service.spec.image + " --set=@$(date +%s)");
        return; // all containers of one engine have one clock
      }
}

void finish(state& of, comparison& with) {
  auto& report = with.report;
  std::stable_sort(report.clocks.begin(), report.clocks.end(), [](const auto& a, const auto& b) {
    return std::make_pair(a.clock != "hardware", a.clock) < std::make_pair(b.clock != "hardware", b.clock);
  });
  say_how_to_set_members(of, report);
  command_outcome out;
  out.name = with.what.name;
  const bool in_step = logic::in_step(report);
  if (!in_step) {
    const auto worst = std::max_element(report.clocks.begin(), report.clocks.end(), [](const auto& a, const auto& b) {
      return std::chrono::abs(a.ahead) < std::chrono::abs(b.ahead);
    });
    out.what = {"ERR_CLOCK_001", difference_of(*worst),
                report.commands.empty() ? "set the one that is wrong" : "run: " + report.commands.front()};
    out.code = topology::find_error(out.what.code).exits_with;
  }
  std::map<std::string, std::string> fields{{"in_step", in_step ? "true" : "false"}};
  if (report.set_by)
    fields["set_by_ms"] = std::to_string(report.set_by->count());
  tell(of.self_, of.setup_.around, logic::event_kinds::clocks_compared, of.setup_.plan.environment,
       report.set_by ? "the wall clock was set from the hardware's, by " + logic::span_of(*report.set_by)
       : in_step     ? "all clocks are in step"
                     : out.what.message,
       traced(std::move(fields), with.what));
  out.clocks = std::move(report);
  of.tell_end(with.what, out);
  with.promise.deliver(std::move(out));
}

void arrived(state& of, const shared_comparison& with) {
  if (--with->left == 0)
    finish(of, *with);
}

void add_unknown(comparison& with, const std::string& member, const std::string& source, const std::string& why) {
  with.report.clocks.push_back({member, source, {}, {}, why.empty() ? "no answer" : why});
}

void add(state& of, comparison& with, const std::string& member, const std::string& source,
         std::optional<std::int64_t> said_us, std::int64_t before_us, const std::string& why) {
  if (said_us)
    with.report.clocks.push_back(logic::member_row(member, source, *said_us, before_us, wall_us(of)));
  else
    add_unknown(with, member, source, why);
}

void ask_container(state& of, const shared_comparison& with, const std::string& member) {
  ++with->left;
  of.self_->request(of.setup_.around.runtime, member_patience, exec_atom_v, member, line_list{"date", "-u", "+%s.%N"})
      .then(
          [&of, with, member, before = wall_us(of)](const exec_result& got) {
            add(of, *with, member, "date", got.exit_code == 0 ? logic::seconds_to_us(got.output) : std::nullopt, before,
                "`date` in it ended with exit code " + std::to_string(got.exit_code));
            arrived(of, with);
          },
          [&of, with, member](const caf::error& why) {
            add_unknown(*with, member, "date", to_failure(why).message);
            arrived(of, with);
          });
}

void ask_daemon(state& of, const shared_comparison& with, const std::string& member, const logic::ask& question) {
  ++with->left;
  const std::string source = question.channel == logic::channel::postgres ? "PostgreSQL"
                             : question.channel == logic::channel::redis  ? "Redis"
                                                                          : "HTTP";
  of.self_->request(of.setup_.around.asker, member_patience, question)
      .then(
          [&of, with, member, source, before = wall_us(of)](const logic::answer& got) {
            add(of, *with, member, source, logic::daemon_clock(got), before,
                got.ok ? "answers something that is no time" : got.error);
            arrived(of, with);
          },
          [&of, with, member, source](const caf::error& why) {
            add_unknown(*with, member, source, to_failure(why).message);
            arrived(of, with);
          });
}

void ask_members(state& of, const shared_comparison& with) {
  with->report.shared = of.setup_.plan.runtime == "process";
  for (const auto& service : of.setup_.plan.services) {
    const auto& view = of.service_views_.at(service.spec.name);
    if (logic::is_idle(view.actual) || view.actual == logic::actual_state::paused)
      continue;
    if (!with->report.shared)
      ask_container(of, with, service.spec.name);
    for (const auto& cluster : of.setup_.plan.clusters)
      if (cluster.context.cluster.name == service.cluster && cluster.kind->clock_ask != nullptr)
        if (const auto question = cluster.kind->clock_ask(cluster.context, service.spec.name))
          ask_daemon(of, with, service.spec.name, *question);
  }
  if (with->report.shared)
    with->report.notes.emplace_back("members of the process runtime read this machine's own clock");
  arrived(of, with);
}

} // namespace

std::int64_t wall_us(const environment_state_data& of) {
  if (!of.setup_.clocks.read)
    return now_us(of.self_, of.setup_.around);
  return std::chrono::duration_cast<std::chrono::microseconds>(of.setup_.clocks.read().wall).count();
}

void compare_clocks(state& of, const operator_command& what, outcome_promise promise) {
  tell(of.self_, of.setup_.around, logic::event_kinds::command_begun, what.name,
       what.name + " of " + of.setup_.plan.environment, traced({}, what));
  auto with = std::make_shared<comparison>(comparison{what, std::move(promise), {}, 1});
  if (!of.clocks_)
    return ask_members(of, with);
  of.self_->request(of.clocks_, watch_patience, clocks_atom_v, true)
      .then(
          [&of, with](const logic::clock_report& machine) {
            with->report = machine;
            ask_members(of, with);
          },
          [&of, with](const caf::error& why) {
            add_unknown(*with, "hardware", "rtc0", to_failure(why).message);
            ask_members(of, with);
          });
}

} // namespace paws::waking
