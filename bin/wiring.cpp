#include "bin/wiring.hpp"

#include "actors/control.hpp"
#include "actors/environment.hpp"
#include "actors/journal.hpp"
#include "actors/log_collector.hpp"
#include "actors/resource_watch.hpp"
#include "actors/view_json.hpp"
#include "bin/applied_topology.hpp"
#include "bin/certificates.hpp"
#include "bin/engine_log.hpp"
#include "bin/engine_metrics.hpp"
#include "bin/machine_clocks.hpp"
#include "bin/paths.hpp"
#include "bin/preparation.hpp"
#include "net/asker.hpp"
#include "net/http_server.hpp"
#include "runtimes/docker/docker_runtime.hpp"
#include "runtimes/process/process_runtime.hpp"
#include "store/lock_file.hpp"
#include "store/log_store_actor.hpp"
#include "store/store_actor.hpp"

#include <caf/all.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <unistd.h>

namespace paws::bin {

namespace {

using topology::failure;
namespace kinds = logic::event_kinds;

// The engine mostly waits; two workers let a slow judgement not delay a start.
constexpr std::size_t workers = 2;
// How long the last answers may take to leave the control socket at the end.
constexpr std::chrono::seconds farewell{1};
// Whoever asks over TCP sends a head and nothing else, and takes no connection from the control socket.
constexpr net::http_server_limits tcp_limits{.body_bytes = 1024, .connections = 32, .inbound_total_bytes = 64 * 1024};

struct caf_config : caf::actor_system_config {
  caf_config() {
    set("scheduler.policy", caf::atom("sharing")); // stealing polls: 5 % of a core at rest
    set("scheduler.max-threads", workers);
    set("logger.verbosity", caf::atom("quiet"));
    add_message_types<caf::id_block::paws>();
  }
};

// The one line about the engine's own start.
class reporter {
public:
  explicit reporter(int fd) : fd_{fd < 0 ? STDOUT_FILENO : fd} {}

  int failed(const failure& why) {
    write(error_document(why));
    return static_cast<int>(topology::find_error(why.code).exits_with);
  }
  void serving(const std::string& socket) { write({{"ok", true}, {"socket", socket}, {"pid", ::getpid()}}); }

private:
  void write(const nlohmann::json& what) {
    const auto line = dump(what) + "\n";
    // Nobody to hear it is no reason to end: the engine serves all the same.
    [[maybe_unused]] const auto sent = ::write(fd_, line.data(), line.size());
    if (fd_ != STDOUT_FILENO)
      ::close(fd_);
  }

  int fd_;
};

sigset_t block_signals() {
  sigset_t waited{};
  ::sigemptyset(&waited);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1})
    ::sigaddset(&waited, signal);
  ::pthread_sigmask(SIG_BLOCK, &waited, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return waited;
}

logic::time_base read_clocks(caf::actor_system& system) {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return {system.clock().now(), std::chrono::duration_cast<std::chrono::microseconds>(wall).count(),
          std::make_shared<std::atomic<std::int64_t>>(0)};
}

// Raises SIGUSR1 in this process when `watched` is over, for the main thread that waits for signals.
void raise_when_over(const caf::actor& watched) {
  watched->attach_functor([](const caf::error&) { ::kill(::getpid(), SIGUSR1); });
}

runtime_actor make_runtime(caf::actor_system& system, const prepared& from, const environment_paths& paths) {
  if (from.runtime.engine)
    return docker::make_docker_runtime(system,
                                       {from.plan.environment, paths.directory, *from.runtime.engine, from.networks});
  return process::make_process_runtime(
      system, {from.plan.environment, paths.directory, beside_program("paws-keeper"), "/sys/fs/cgroup"});
}

// Everything that lives while the engine serves.
struct engine {
  engine(const prepared& from, const environment_paths& paths) : around{}, loop{} {
    store =
        store::make_store(system, {paths.journal, paths.state, paths.rotation,
                                   from.document.root + "/" + from.document.secrets.file, paths.undo, paths.drills});
    logs = store::make_log_store(system, paths.directory + "/logs");
    runtime = make_runtime(system, from, paths);
    asker = net::make_asker(system, loop);
    server = net::make_http_server(system, loop);
    around.runtime = runtime;
    around.asker = asker;
    around.time = read_clocks(system);
  }

  caf_config config;
  caf::actor_system system{config};
  store_actor store;
  log_store_actor logs;
  log_collector_actor collector;
  metrics_actor metrics;
  engine_log_actor log;
  resource_watch_actor resources;
  runtime_actor runtime;
  asker_actor asker;
  http_server_actor server;
  journal_actor journal;
  environment_actor environment;
  http_handler_actor control;
  struct tcp_listener {
    http_server_actor server;
    http_handler_actor control;
  };
  std::vector<tcp_listener> over_tcp; // none unless the topology says so
  surroundings around;
  net::io_thread loop; // ends before the system does
};

std::optional<failure> begin(engine& on, prepared from, const environment_paths& paths, const engine_options& options) {
  caf::scoped_actor self{on.system};
  std::optional<failure> failed;
  environment_setup setup;
  const auto note = [&](const caf::error& why) { failed = to_failure(why); };
  std::uint64_t last_seq = 0;
  self->request(on.store, caf::infinite, load_atom_v)
      .receive([&](const saved_state& state) { setup.remembered = state; }, note);
  if (failed)
    return failed;
  self->request(on.store, caf::infinite, load_atom_v, rotate_atom_v)
      .receive([&](const logic::rotation_record& begun) { setup.rotation.pending = begun; }, note);
  if (failed)
    return failed;
  self->request(on.store, caf::infinite, last_atom_v).receive([&](std::uint64_t seq) { last_seq = seq; }, note);
  if (failed)
    return failed;
  if (options.starts)
    if (auto why = note_applied(paths, from.document, from.profiles, setup.remembered.desired))
      return why;
  on.journal = on.system.spawn(journal, on.store, last_seq);
  on.around.journal = on.journal;
  on.log = spawn_engine_log(on.system, on.journal, last_seq, {options.log_level, options.log_format, paths.engine_log});
  std::vector<std::string> services;
  for (const auto& service : from.plan.services)
    services.push_back(service.spec.name);
  on.metrics = spawn_engine_metrics(on.system, from.plan.environment, services);
  on.around.metrics = on.metrics;
  self->send(on.journal, subscribe_atom_v, event_sink{on.metrics}, last_seq);
  for (auto& cluster : from.plan.clusters)
    if (const auto at = setup.remembered.leaders.find(cluster.context.cluster.name);
        at != setup.remembered.leaders.end())
      cluster.context.remembered_leader = at->second;
  setup.remembered.environment = from.plan.environment;
  setup.remembered.topology_file = from.document.file;
  setup.remembered.runtime = from.plan.runtime;
  const auto runtime = sentence_of(from.runtime);
  setup.remembered.profiles = from.profiles;
  const auto endpoints = options.starts ? tcp_endpoints(from) : std::vector<std::string>{};
  on.collector = on.system.spawn<caf::detached>(log_collector, on.runtime, on.logs);
  on.around.collector = on.collector;
  on.resources = on.system.spawn(resource_watch, std::move(services), on.around);
  setup.rotation.secrets = from.secrets;
  setup.rotation.generated = from.document.secrets.generate;
  setup.rotation.user_provided = from.document.secrets.user_provided;
  setup.rotation.plan_of = from.plan_of;
  setup.plan = std::move(from.plan);
  setup.clocks = real_clocks();
  setup.certificates_at = [clusters = setup.plan.clusters](std::int64_t wall_us) {
    std::vector<std::string> out;
    for (const auto& cluster : clusters) // what the same authority signed stands in the first that has it
      if (out.empty())
        out = invalid_certificates(cluster.context.certificates, store::wall_time{std::chrono::microseconds{wall_us}});
    return out;
  };
  setup.around = on.around;
  setup.store = on.store;
  setup.logs = on.logs;
  setup.engine_pid = ::getpid();
  setup.engine_version = PAWS_VERSION;
  setup.temporary = !options.starts;
  self->send(
      on.journal,
      logic::event{0,
                   0,
                   std::string{kinds::engine_started},
                   setup.plan.environment,
                   "engine " PAWS_VERSION " runs as pid " + std::to_string(::getpid()) + ", " + runtime,
                   {{"pid", std::to_string(::getpid())}, {"version", PAWS_VERSION}, {"runtime", setup.plan.runtime}}});
  if (const auto& moved = setup.remembered.set_aside; !moved.empty())
    self->send(on.journal, logic::event{0,
                                        0,
                                        std::string{kinds::state_damaged},
                                        setup.plan.environment,
                                        "the saved state was damaged; what runs was found without it",
                                        {{"moved_to", moved}}});
  on.environment = on.system.spawn(environment, std::move(setup));
  const auto control_of = [&](const http_server_actor& server) {
    return make_control(on.system, {on.environment,
                                    on.journal,
                                    server,
                                    on.collector,
                                    on.logs,
                                    on.metrics,
                                    on.resources,
                                    {on.journal, on.store, on.runtime, on.asker, on.server, on.log, on.metrics,
                                     on.resources, on.collector, on.logs}});
  };
  on.control = control_of(on.server);
  self->request(on.server, caf::infinite, serve_atom_v, paths.socket, on.control)
      .receive([](const std::string&) {}, note);
  for (const auto& endpoint : endpoints) {
    if (failed)
      break;
    const auto server = net::make_http_server(on.system, on.loop, tcp_limits);
    on.over_tcp.push_back({server, control_of(server)});
    self->request(server, caf::infinite, serve_atom_v, endpoint, on.over_tcp.back().control)
        .receive([](const std::string&) {}, note);
  }
  return failed;
}

// What runs keeps running; the answers that were given still leave.
void end(engine& on) {
  caf::scoped_actor self{on.system};
  const auto finish = [&](const auto& actor) {
    if (!actor)
      return;
    // By an ordinary message: it comes after everything that was sent before.
    self->send(caf::actor_cast<caf::actor>(actor), caf::exit_msg{self->address(), caf::exit_reason::user_shutdown});
    self->wait_for(caf::actor_cast<caf::actor>(actor));
  };
  if (on.environment)
    caf::anon_send_exit(on.environment, caf::exit_reason::user_shutdown);
  if (on.control)
    self->wait_for(caf::actor_cast<caf::actor>(on.control));
  for (const auto& each : on.over_tcp) {
    self->wait_for(caf::actor_cast<caf::actor>(each.control));
    self->request(each.server, farewell, stop_atom_v).receive([](bool) {}, [](const caf::error&) {});
    finish(each.server);
  }
  self->request(on.server, farewell, stop_atom_v).receive([](bool) {}, [](const caf::error&) {});
  finish(on.server);
  finish(on.asker);
  finish(on.metrics);
  finish(on.resources);
  finish(on.journal);
  finish(on.log); // after the journal's last event
  finish(on.store);
  finish(on.collector);
  finish(on.logs);
  finish(on.runtime);
}

} // namespace

int run_engine(const engine_options& options) {
  const auto waited = block_signals(); // before any thread exists
  reporter report{options.report_fd};
  auto made = prepare(options);
  if (auto* why = std::get_if<failure>(&made))
    return report.failed(*why);
  auto& from = std::get<prepared>(made);
  const auto paths = paths_of(from.document.root, from.plan.environment);
  auto lock = store::lock_file::acquire(paths.lock);
  if (auto* why = std::get_if<failure>(&lock))
    return report.failed(*why);
  if (auto why = std::get<store::lock_file>(lock).write_pid())
    return report.failed(*why);
  engine on{from, paths};
  if (auto why = begin(on, std::move(from), paths, options)) {
    end(on);
    return report.failed(*why);
  }
  raise_when_over(caf::actor_cast<caf::actor>(on.control));
  report.serving(paths.socket);
  // SIGTERM and SIGINT detach: the members are no business of whoever ends the engine.
  int signal = 0;
  do
    ::sigwait(&waited, &signal);
  while (signal == SIGHUP); // a terminal that went away
  if (signal != SIGUSR1)
    caf::anon_send(on.journal, logic::event{0,
                                            0,
                                            std::string{kinds::engine_stopping},
                                            "engine",
                                            "the engine ends because of a signal; members keep running",
                                            {}});
  end(on);
  return 0;
}

} // namespace paws::bin
