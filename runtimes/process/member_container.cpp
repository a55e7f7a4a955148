#include "runtimes/process/member_container.hpp"

#include "messages/limits.hpp"
#include "runtimes/common/launch.hpp"
#include "runtimes/process/live_keeper.hpp"
#include "runtimes/process/programs.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace paws::process {

namespace {

using topology::failure;

// From the order to run a keeper until its member was executed: forks and an exec, more on a loaded machine.
constexpr std::uint32_t launch_patience_ms = 20'000;
// Until everything of a member is gone after SIGKILL.
constexpr std::uint32_t kill_patience_ms = 30'000;
// What a keeper needs besides the member's own grace: a kill of what is left, the log's last lines, its record.
constexpr std::uint32_t keeper_grace_ms = 35'000;
// A member that ends this soon after its memory limit killed a process of it ended because of that: its own death, seen
// before the keeper had recorded it, or that of a child without which it cannot be.
constexpr std::int64_t kill_to_end_us = 5'000'000;

static_assert(std::chrono::milliseconds{2 * kill_patience_ms + keeper_grace_ms + launch_patience_ms} < runtime_patience,
              "whoever asks for a start waits longer than its leftovers may take");

bool wait_until_gone(const process_id& who, std::uint32_t within_ms) {
  const int fd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(who.pid), 0));
  if (fd < 0 || !is_alive(who)) {
    if (fd >= 0)
      ::close(fd);
    return true;
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds{within_ms};
  int found = 0;
  do {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd entry{fd, POLLIN, 0};
    found = ::poll(&entry, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
  } while (found < 0 && errno == EINTR);
  ::close(fd);
  return found > 0;
}

} // namespace

member_container::member_container(const process_options& options, const std::string& name)
    : options_{options},
      name_{name},
      marker_{options.environment + "/" + name},
      directory_{options.environment_dir + "/members/" + name},
      group_{options.cgroup_root, options.environment, name},
      oom_before_{group_.oom_kills()},
      oom_seen_{oom_before_} {}

failure member_container::failed(const std::string& what) const {
  return {"ERR_RUN_002", name_ + " " + what, "look at its log: " + directory_.log_dir() + "/member.log"};
}

void member_container::adopt(logic::member_spec spec) {
  spec_ = std::move(spec);
  unsupported_ = group_.apply(spec_.limits);
  const auto order = read_order(directory_.keeper_dir());
  oom_seen_ = group_.oom_kills();
  oom_before_ = order ? order->oom_kills_before : oom_seen_;
  // It ended while no engine looked: the kernel kills with SIGKILL.
  if (const auto record = read_record(directory_.keeper_dir());
      record && record->exit_signal == SIGKILL && oom_seen_ > oom_before_)
    oom_rose_at_us_ = record->exited_at_us;
}

outcome<container_info> member_container::create(logic::member_spec spec) {
  if (inspect().status == container_status::running || inspect().status == container_status::paused)
    return failed("runs already: it cannot be created anew");
  spec_ = std::move(spec);
  const auto program = find_program(spec_.command.empty() ? "" : spec_.command[0]);
  if (program.empty())
    return failure{"ERR_SYS_004",
                   (spec_.command.empty() ? std::string{"no program"} : spec_.command[0]) + ", which " + name_ +
                       " runs, is not installed",
                   spec_.package.empty() ? "install it, or correct the command"
                                         : "run: apt-get install " + spec_.package};
  owner of;
  if (auto why = find_owner(spec_.user, of))
    return *why;
  if (auto why = directory_.make(spec_, of, fresh_data_))
    return *why;
  if (auto why = directory_.write_files(spec_, of))
    return *why;
  unsupported_ = group_.apply(spec_.limits);
  if (const auto why = write_order(directory_.keeper_dir(), make_order(program)); !why.empty())
    return failure{"ERR_SYS_003", why, "correct what the message says, then start again"};
  return inspect();
}

outcome<container_info> member_container::write_files(const logic::member_spec& spec) {
  if (!directory_.exists())
    return failed("does not exist: create it first");
  owner of;
  if (auto why = find_owner(spec.user, of))
    return *why;
  if (auto why = directory_.write_files(spec, of))
    return *why;
  return inspect();
}

keeper_order member_container::make_order(const std::string& program) const {
  keeper_order out;
  out.environment = options_.environment;
  out.member = name_;
  out.command = spec_.command;
  out.command[0] = program;
  out.variables = spec_.variables;
  out.variables.try_emplace("PATH", "/usr/local/bin:/usr/bin:/bin");
  out.variables.try_emplace("HOME", spec_.data_dir);
  out.variables.try_emplace("LANG", "C.UTF-8");
  out.working_directory = spec_.working_directory.empty() ? spec_.data_dir : spec_.working_directory;
  out.user = ::geteuid() == 0 ? spec_.user : "";
  out.log_directory = directory_.log_dir();
  out.stop_signal = spec_.stop_signal;
  out.stop_grace_ms = spec_.stop_grace_ms;
  out.cgroup_directories = group_.directories();
  out.oom_kills_before = group_.oom_kills();
  return out;
}

std::optional<process_id> member_container::keeper() const {
  return live_keeper(directory_.keeper_dir());
}

std::optional<process_id> member_container::main_process(const keeper_record& record) const {
  const process_id who{record.main_pid, record.main_started};
  return record.boot_id == this_boot() && who.pid > 0 && is_alive(who) ? std::optional{who} : std::nullopt;
}

container_info member_container::inspect() const {
  container_info out;
  out.name = name_;
  out.fresh_data = fresh_data_;
  out.unsupported = unsupported_;
  if (!directory_.exists())
    return out;
  out.status = container_status::created;
  const auto record = read_record(directory_.keeper_dir());
  if (!record)
    return out;
  out.id = std::to_string(record->keeper_pid) + "-" + std::to_string(record->keeper_started);
  out.started_at_us = record->started_at_us;
  out.exited_at_us = record->exited_at_us;
  out.exit_code = record->exit_code;
  out.exit_signal = record->exit_signal;
  out.stop_requested = record->stop_requested;
  const process_id keeper_id{record->keeper_pid, record->keeper_started};
  if (record->phase != keeper_phase::exited && record->boot_id == this_boot() && is_alive(keeper_id)) {
    out.pid = record->keeper_pid;
    out.status = is_paused(*record) ? container_status::paused : container_status::running;
    return out;
  }
  out.status = container_status::exited;
  if (record->phase != keeper_phase::exited) { // the keeper itself was killed: nobody saw how it ended
    out.exit_code = -1;
    out.exit_signal = SIGKILL;
  }
  out.oom_killed = group_.oom_kills() > oom_seen_ ||
                   (out.exited_at_us > 0 && oom_rose_at_us_ > 0 && out.exited_at_us - oom_rose_at_us_ < kill_to_end_us);
  return out;
}

void member_container::look_at_memory_kills() {
  const auto kills = group_.oom_kills();
  if (kills > oom_seen_)
    oom_rose_at_us_ =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count();
  oom_seen_ = kills;
}

outcome<container_info> member_container::start() {
  if (!directory_.exists())
    return failed("does not exist: create it first");
  const auto now = inspect();
  if (now.status == container_status::running)
    return now;
  if (now.status == container_status::paused)
    return unpause();
  if (!end_all())
    return failed("could not be started: processes of its last life do not end");
  return spawn_keeper();
}

outcome<container_info> member_container::spawn_keeper() {
  oom_before_ = oom_seen_ = group_.oom_kills();
  oom_rose_at_us_ = 0;
  if (auto order = read_order(directory_.keeper_dir()); order && order->oom_kills_before != oom_before_) {
    order->oom_kills_before = oom_before_; // a later engine wants to know as well
    if (const auto why = write_order(directory_.keeper_dir(), *order); !why.empty())
      return failure{"ERR_SYS_003", why, "correct what the message says, then start again"};
  }
  const std::vector<std::string> environment{std::string{marker_variable} + "=" + marker_,
                                             "PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"};
  const auto heard =
      common::launch_and_hear({options_.keeper_path, directory_.keeper_dir(), "3"}, environment, launch_patience_ms);
  const auto said = nlohmann::json::parse(heard, nullptr, false);
  if (!said.is_object())
    return failed("could not be started: " + options_.keeper_path + " did not say what became of it");
  if (said.contains("error"))
    return failed("could not be started: " + said.value("error", std::string{"no reason given"}));
  return inspect();
}

bool member_container::end_all() {
  const auto record = read_record(directory_.keeper_dir());
  const auto alive = keeper();
  if (group_.is_frozen()) {
    for (const auto& who : members_of(alive ? alive->pid : 0, marker_))
      signal_process(who, SIGKILL); // acts when it thaws
    group_.freeze(false);
  }
  if (alive && is_stopped(*alive))
    signal_process(*alive, SIGCONT); // it has a record to write
  if (!kill_tree(alive ? alive->pid : 0, marker_, kill_patience_ms))
    return false;
  if (record)
    if (const auto main = main_process(*record))
      signal_process(*main, SIGKILL);
  if (!alive)
    return true;
  // With nothing below it the keeper records what it saw, and ends by itself.
  if (wait_until_gone(*alive, keeper_grace_ms))
    return true;
  signal_process(*alive, SIGKILL);
  return wait_until_gone(*alive, kill_patience_ms);
}

outcome<container_info> member_container::stop() {
  const auto alive = keeper();
  if (!alive) {
    if (!end_all())
      return failed("could not be stopped: processes of its last life do not end");
    return inspect();
  }
  signal_process(*alive, SIGTERM);
  thaw(); // what stands still cannot stop in order
  if (!wait_until_gone(*alive, spec_.stop_grace_ms + keeper_grace_ms))
    return kill();
  if (!end_all())
    return failed("could not be stopped: processes of it do not end");
  return inspect();
}

outcome<container_info> member_container::kill() {
  if (!end_all())
    return failed("could not be killed: processes of it do not end");
  return inspect();
}

outcome<container_info> member_container::remove(bool with_data) {
  const auto now = inspect();
  if (now.status == container_status::running || now.status == container_status::paused)
    return failed("runs: stop it first");
  if (!end_all())
    return failed("could not be removed: processes of it do not end");
  group_.remove();
  if (auto why = directory_.remove(with_data))
    return *why;
  return inspect();
}

} // namespace paws::process
