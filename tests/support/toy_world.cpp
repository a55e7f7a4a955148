#include "tests/support/toy_world.hpp"

#include <algorithm>

namespace paws::testing {

namespace {

using namespace logic;

std::vector<member_spec> no_render(const cluster_context&) {
  return {};
}

std::vector<topology::dependency> no_inner(const cluster_context&, const std::string&) {
  return {};
}

std::vector<ask> toy_asks(const cluster_context&, const std::string& member) {
  ask out;
  out.name = "toy.status";
  out.member = member;
  out.fast_interval = milliseconds{100};
  out.steady_interval = milliseconds{1000};
  out.timeout = milliseconds{2000};
  return {out};
}

facts toy_interpret(const ask&, const answer& answer) {
  return {{"healthy", "true"}, {"text", answer.text}};
}

cluster_view toy_judge(const cluster_context& context, const observation_table& seen, steady_time) {
  cluster_view out;
  std::size_t well = 0;
  for (const auto& name : context.cluster.members) {
    const auto* found = seen.find(name, "toy.status");
    const bool healthy = found != nullptr && found->ok;
    member_view member{name, "follower", healthy, healthy ? "up" : "down", healthy ? "" : "does not answer", -1};
    // One of whom nothing is known, as when it stands still, has not lost its leadership.
    if (name == context.remembered_leader ? healthy || found == nullptr : healthy && out.leader.empty())
      out.leader = name;
    if (!healthy)
      out.awaited.push_back(name + " does not answer");
    well += healthy ? 1U : 0U;
    out.members.push_back(member);
  }
  for (auto& member : out.members)
    if (member.name == out.leader)
      member.role = "leader";
  const auto all = context.cluster.members.size();
  out.quorum = well > all / 2;
  out.ready = out.replicating = well == all;
  out.status = out.ready    ? component_status::healthy
               : out.quorum ? component_status::degraded
                            : component_status::unhealthy;
  out.summary = std::to_string(well) + "/" + std::to_string(all) + " healthy";
  out.checks = {{"members", out.ready ? check_status::pass : check_status::fail, out.summary, 0,
                 out.quorum ? "" : "[ETCD] ERR_ETCD_001: no majority | look at the members"}};
  return out;
}

start_advice toy_advise(const cluster_context&, const observation_table&, const std::string&) {
  return {};
}

constexpr cluster_kind_row toy_kind{"toy",    "etcd_formation", no_render, no_inner,
                                    toy_asks, toy_interpret,    toy_judge, toy_advise};

service_plan toy_service(const std::string& name, const toy_part& part) {
  service_plan out;
  out.spec.name = name;
  out.spec.address = name;
  out.cluster = part.members.empty() ? "" : part.name;
  out.depends_on = part.depends_on;
  out.goal = part.goal;
  out.interpret = toy_interpret;
  if (part.goal == topology::goal::running)
    out.asks = toy_asks({}, name);
  return out;
}

} // namespace

environment_plan toy_plan(const std::vector<toy_part>& parts) {
  environment_plan plan;
  plan.environment = "toy";
  plan.runtime = "fake";
  for (const auto& part : parts) {
    plan.order.push_back(part.name);
    if (part.members.empty()) {
      plan.services.push_back(toy_service(part.name, part));
      continue;
    }
    cluster_plan cluster;
    cluster.kind = &toy_kind;
    cluster.context.cluster.name = part.name;
    cluster.context.cluster.members = part.members;
    cluster.members = part.members;
    for (const auto& member : part.members)
      plan.services.push_back(toy_service(member, part));
    plan.clusters.push_back(std::move(cluster));
  }
  return plan;
}

std::vector<toy_part> toy_stack() {
  using topology::condition;
  return {{"etcd", {"etcd1", "etcd2", "etcd3"}, {}, {}},
          {"patroni", {"patroni1", "patroni2", "patroni3"}, {{"etcd", condition::quorum}}, {}},
          {"redis", {"redis1", "redis2", "redis3"}, {}, {}},
          {"backend", {}, {{"patroni", condition::ready}, {"redis", condition::ready}}, {}}};
}

toy_world::toy_world(const std::vector<toy_part>& parts, saved_state remembered)
    : parts_{parts}, remembered_{std::move(remembered)} {
  time.own(runtime_.actor);
  asker_ = time.own(time.system().spawn([this](caf::event_based_actor* self) -> caf::behavior {
    return {[this, self](const ask& question) -> caf::result<answer> {
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
              promise.deliver(std::move(out));
              return promise;
            },
            [](forget_atom, const std::string&) {}};
  }));
  store_ = time.own(time.system().spawn([this](store_actor::pointer) -> store_actor::behavior_type {
    return {[](append_atom, const event&) {},
            [this](load_atom) { return remembered_; },
            [this](save_atom, const saved_state& what) { remembered_ = what; },
            [](last_atom) { return std::uint64_t{0}; },
            [](read_atom, std::uint64_t, std::uint32_t) { return event_list{}; },
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
  setup.plan = toy_plan(parts_);
  setup.around = {journal_, runtime_.actor, caf::actor_cast<asker_actor>(asker_), {time.now(), 1'000'000}};
  setup.remembered = remembered_;
  setup.store = store_;
  environment_ = time.own(time.system().spawn(paws::environment, std::move(setup)));
  alive_ = true;
  time.own(time.system().spawn([this, watched = environment_](caf::event_based_actor* self) -> caf::behavior {
    self->monitor(watched);
    self->set_down_handler([this](const caf::down_msg&) { alive_ = false; });
    return {[](tick_atom) {}};
  }));
  time.settle();
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
