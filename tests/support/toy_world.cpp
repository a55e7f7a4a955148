#include "tests/support/toy_world.hpp"

#include <algorithm>

namespace paws::testing {

using namespace logic;

namespace {

// As Redis answers TIME.
std::vector<std::vector<std::string>> seconds_and_rest(std::chrono::nanoseconds wall) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(wall);
  const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(wall - seconds);
  return {{std::to_string(seconds.count())}, {std::to_string(rest.count())}};
}

} // namespace

toy_world::toy_world(const std::vector<toy_part>& parts, saved_state remembered,
                     std::map<std::string, std::string> with_secrets)
    : secrets{std::move(with_secrets)}, parts_{parts}, remembered_{std::move(remembered)} {
  time.own(runtime_.actor);
  asker_ = time.own(time.system().spawn([this](caf::event_based_actor* self) -> caf::behavior {
    return {[this, self](const ask& question) -> caf::result<answer> {
              ++asked[question.name];
              auto promise = self->make_response_promise<answer>();
              if (hung_.contains(question.member))
                return promise; // it will time out
              answer out;
              const auto at = runtime_.world->containers.find(question.member);
              const auto up_us =
                  at == runtime_.world->containers.end()
                      ? 0
                      : std::chrono::duration_cast<std::chrono::microseconds>(self->clock().now().time_since_epoch())
                                .count() -
                            at->second.started_at_us;
              out.ok = runtime_.world->runs(question.member) && up_us >= warm_up.count() * 1000;
              out.error = out.ok ? "" : "connection refused";
              if (out.ok && question.name == "toy.clock")
                out.rows = seconds_and_rest(clocks_now().wall + members_ahead);
              else if (out.ok)
                obey(question, out);
              promise.deliver(std::move(out));
              return promise;
            },
            [](forget_atom, const std::string&) {}};
  }));
  store_ = time.own(time.system().spawn([this](store_actor::pointer) -> store_actor::behavior_type {
    return {
        [](append_atom, const event&) {},
        [this](load_atom) { return remembered_; },
        [this](save_atom, const saved_state& what) { remembered_ = what; },
        [](last_atom) { return std::uint64_t{0}; },
        [](read_atom, std::uint64_t, std::uint32_t) { return event_list{}; },
        [this](rotate_atom, const std::vector<std::string>& names) { return begin_rotation(names); },
        [this](load_atom, rotate_atom) { return pending_; },
        [this](save_atom, const rotation_record& what) { pending_ = what; },
        [this](publish_atom, const rotation_record& what) { secrets = overlaid(secrets, what.after); },
        [this](remove_atom, rotate_atom) { pending_ = {}; },
        [this](append_atom, const logic::injected_fault& what) {
          faults.push_back(what);
          faults.back().id = ++last_fault_;
          return last_fault_;
        },
        [this](remove_atom, undo_atom, std::uint64_t id) {
          std::erase_if(faults, [&](const auto& each) { return each.id == id; });
        },
        [this](load_atom, undo_atom) { return faults; },
        [this](save_atom, const std::string& title, const std::string&, const std::string&) { return title + ".html"; },
        [](actors_atom) { return actor_list{}; }};
  }));
  spawn_engine();
}

toy_world::~toy_world() {
  time.shut_down();
}

void toy_world::spawn_engine() {
  journal_ = time.own(time.system().spawn(paws::journal, store_actor{}, std::uint64_t{events.size()}));
  event_sink sink = time.own(time.system().spawn([this](event_sink::pointer) -> event_sink::behavior_type {
    return {[this](const event& what) { events.push_back(what); }};
  }));
  caf::anon_send(journal_, subscribe_atom_v, sink, std::uint64_t{0});
  time.settle();
  environment_setup setup;
  setup.plan = toy_plan(parts_, secrets);
  setup.rotation.plan_of = [parts = parts_](const std::map<std::string, std::string>& values) {
    return toy_plan(parts, values);
  };
  setup.rotation.secrets = secrets;
  for (const auto& [title, value] : secrets)
    setup.rotation.generated.push_back(title);
  setup.rotation.user_provided = {"GIVEN"};
  setup.rotation.pending = pending_;
  setup.around = {journal_, runtime_.actor, caf::actor_cast<asker_actor>(asker_), {time.now(), 1'000'000}};
  setup.around.time.passed_over_us = std::make_shared<std::atomic<std::int64_t>>(0);
  setup.remembered = remembered_;
  setup.store = store_;
  setup.clocks = {[this] { return clocks_now(); },
                  [this] {
                    auto facts = machine;
                    facts.wall_us = std::chrono::duration_cast<std::chrono::microseconds>(clocks_now().wall).count();
                    if (facts.hardware_us)
                      *facts.hardware_us +=
                          facts.wall_us - std::chrono::duration_cast<std::chrono::microseconds>(set_).count();
                    return facts;
                  },
                  [this](std::int64_t wall_us) {
                    if (!set_refused.empty())
                      return set_refused;
                    set_ += std::chrono::microseconds{wall_us} - clocks_now().wall;
                    return std::string{};
                  }};
  setup.certificates_at = [this](std::int64_t) { return certificate_troubles; };
  environment_ = time.own(time.system().spawn(paws::environment, std::move(setup)));
  alive_ = true;
  time.own(time.system().spawn([this, watched = environment_](caf::event_based_actor* self) -> caf::behavior {
    self->monitor(watched);
    self->set_down_handler([this](const caf::down_msg&) { alive_ = false; });
    return {[](tick_atom) {}};
  }));
  time.settle();
}

logic::clock_reading toy_world::clocks_now() {
  const std::chrono::nanoseconds steady = time.now().time_since_epoch();
  return {steady + slept_, steady, steady + slept_ + set_ + 480'000h}; // in the year 2024
}

// What a member accepts is what it was started with, and what it was told since.
std::set<std::string>& toy_world::accepted(const std::string& member) {
  auto& [life, passwords] = accepted_[member];
  const auto& id = runtime_.world->containers[member].id;
  if (std::exchange(life, id) != id) {
    passwords.clear();
    for (const auto& file : runtime_.world->started_with[member])
      passwords.insert(file.content);
  }
  return passwords;
}

bool toy_world::accepts(const std::string& member, const std::string& password) {
  return runtime_.world->runs(member) && accepted(member).contains(password);
}

void toy_world::obey(const ask& question, answer& out) {
  auto& passwords = accepted(question.member);
  if (!question.password.empty() && !passwords.contains(question.password)) {
    out.ok = false;
    out.error = "wrong password";
    return;
  }
  if (question.command.empty())
    return;
  const auto &verb = question.command.at(0), &value = question.command.at(1);
  obeyed.push_back(question.member + " " + verb);
  if (verb == "ADD")
    passwords.insert(value);
  else if (verb == "ONLY")
    passwords = {value};
  else if (verb == "ALTER")
    data_password = value;
}

rotation_record toy_world::begin_rotation(const std::vector<std::string>& names) {
  pending_ = {};
  pending_.names = names;
  ++rotations_;
  for (const auto& title : names) {
    pending_.before[title] = secrets[title];
    pending_.after[title] = title + "-" + std::to_string(rotations_);
  }
  return pending_;
}

void toy_world::kill_whole(const std::string& cluster) {
  for (const auto& part : parts_)
    if (part.name == cluster)
      for (const auto& member : part.members)
        kill(member);
}

std::string toy_world::describe() {
  const auto view = status();
  std::string out = std::string{to_string(view.state)} + "\n";
  for (const auto& row : view.services) {
    out += row.name + " " + std::string{to_string(row.desired)} + "/" + std::string{to_string(row.actual)} + " " +
           std::string{to_string(runtime().containers[row.name].status)} + " " + row.failure;
    for (const auto& awaited : row.waiting_for)
      out += " <- " + awaited.what + ": " + awaited.why;
    out += "\n";
  }
  const auto from = events.size() > 60 ? events.size() - 60 : 0;
  for (auto i = from; i < events.size(); ++i)
    out += std::to_string(events[i].at_us / 1000) + " " + events[i].kind + " " + events[i].subject + " " +
           events[i].text + "\n";
  return out;
}

void toy_world::restart_engine(bool forgets) {
  caf::anon_send_exit(environment_, caf::exit_reason::kill);
  time.settle();
  if (forgets)
    remembered_ = {};
  spawn_engine();
}

void toy_world::command(const std::string& name, bool keep_on_failure, milliseconds timeout) {
  operator_command what;
  what.name = name;
  what.keep_on_failure = keep_on_failure;
  what.destroy_data = destroy_data;
  what.wait_timeout_ms = timeout.count();
  send(std::move(what));
}

void toy_world::command(const std::string& name, const std::vector<std::string>& services, bool cascade) {
  operator_command what;
  what.name = name;
  what.services = services;
  what.cascade = cascade;
  send(std::move(what));
}

std::map<std::string, std::string> toy_world::lives() const {
  std::map<std::string, std::string> out;
  for (const auto& [name, info] : runtime_.world->containers)
    if (info.status == container_status::running || info.status == container_status::paused)
      out[name] = info.id;
  return out;
}

void toy_world::send(operator_command what) {
  outcome_.reset();
  time.own(time.system().spawn([this, what, id = ++commands_, to = environment_](caf::event_based_actor* self) {
    self->request(to, caf::infinite, what)
        .then(
            [this, id](const command_outcome& outcome) {
              if (id == commands_) // of the latest command only
                outcome_ = outcome;
            },
            [](const caf::error&) {});
  }));
  time.settle();
}

bool toy_world::advance_until_ready(caf::timespan span) {
  return advance_until([this] { return alive_ && status().state == environment_state::ready; }, span);
}

std::optional<command_outcome> toy_world::advance_until_outcome(caf::timespan span) {
  advance_until([this] { return outcome_.has_value(); }, span);
  return outcome_;
}

environment_view toy_world::status() {
  return time.ask_now<environment_view>(environment_, status_atom_v);
}

service_view toy_world::service(const std::string& name) {
  for (const auto& view : status().services)
    if (view.name == name)
      return view;
  throw std::logic_error("no service " + name);
}

health_report toy_world::health() {
  std::optional<health_report> report;
  time.own(time.system().spawn([&, to = environment_](caf::event_based_actor* self) {
    self->request(to, caf::infinite, health_atom_v, line_list{})
        .then([&](const health_report& got) { report = got; }, [](const caf::error&) {});
  }));
  advance_until([&] { return report.has_value(); }, 30s);
  return report.value();
}

std::vector<event> toy_world::events_of(std::string_view kind, const std::string& subject) const {
  std::vector<event> out;
  std::copy_if(events.begin(), events.end(), std::back_inserter(out),
               [&](const event& what) { return what.kind == kind && (subject.empty() || what.subject == subject); });
  return out;
}

bool toy_world::started_before(const std::string& first, const std::string& second) const {
  const auto a = events_of(event_kinds::start_called, first), b = events_of(event_kinds::start_called, second);
  return !a.empty() && !b.empty() && a.front().seq < b.front().seq;
}

} // namespace paws::testing
