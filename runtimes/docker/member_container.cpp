#include "runtimes/docker/member_container.hpp"

#include "runtimes/docker/exec.hpp"
#include "runtimes/docker/log_frames.hpp"
#include "runtimes/docker/names.hpp"
#include "runtimes/docker/partition.hpp"
#include "runtimes/docker/usage.hpp"
#include "runtimes/docker/volumes.hpp"

#include <arpa/inet.h>
#include <csignal>
#include <deque>

namespace paws::docker {

namespace {

using topology::failure;

// What an engine needs besides the member's own grace: a kill of what is left, its networks, its record.
constexpr std::chrono::seconds stop_extra{30};
constexpr std::chrono::seconds kill_patience{30};
// Events and the engine's own record of the end have clocks of their own threads.
constexpr std::int64_t same_moment_ns = 2'000'000'000;

bool is_ours(const container_state& state, const std::string& environment, const std::string& member) {
  const auto at = [&](std::string_view label) {
    const auto found = state.labels.find(std::string{label});
    return found == state.labels.end() ? std::string{} : found->second;
  };
  return at(environment_label) == environment && at(member_label) == member;
}

} // namespace

outcome<std::optional<container_state>> look_at_container(api& on, const std::string& environment,
                                                          const std::string& member, bool own_connection) {
  if (auto why = refuse_name("a member", member))
    return *why;
  const auto answer = on.call(
      {.path = "/containers/" + container_name(environment, member) + "/json", .own_connection = own_connection});
  if (const auto* why = why_not(answer))
    return *why;
  const auto& found = std::get<reply>(answer);
  if (found.status == 404)
    return std::optional<container_state>{};
  auto state = found.ok() ? read_container(found.json()) : std::nullopt;
  if (!state)
    return on.refused("the container of " + member + " cannot be looked at", found);
  if (!is_ours(*state, environment, member))
    return std::optional<container_state>{};
  return state;
}

container_info noted_info(member_notes& notes, const std::optional<container_state>& state, const std::string& member) {
  if (!state) {
    container_info out;
    out.name = member;
    return out;
  }
  auto out = info_of(*state, member);
  const auto note = notes.of(member);
  out.fresh_data = note.fresh_data;
  out.unsupported = note.unsupported;
  out.stop_requested = out.status == container_status::exited && note.stopped_life == out.id;
  // Also told of one that lost some process to its limit long before it ended in order.
  out.oom_killed = out.oom_killed && !out.stop_requested && (out.exit_signal != 0 || out.exit_code != 0);
  return out;
}

member_container::member_container(std::shared_ptr<shared_ground> ground, std::string name,
                                   std::function<void()> before_removal)
    : ground_{std::move(ground)},
      name_{std::move(name)},
      before_removal_{std::move(before_removal)},
      api_{ground_->engine} {}

std::string member_container::path(const std::string& verb) const {
  return "/containers/" + container_name(ground_->environment, name_) + (verb.empty() ? "" : "/" + verb);
}

failure member_container::failed(const std::string& what) const {
  return {"ERR_RUN_002", name_ + " " + what,
          "look at it: " + ground_->engine.name + " inspect " + container_name(ground_->environment, name_)};
}

outcome<std::optional<container_state>> member_container::look(bool own_connection) {
  auto found = look_at_container(api_, ground_->environment, name_, own_connection);
  if (const auto* state = std::get_if<std::optional<container_state>>(&found))
    pid_ = *state ? (*state)->pid : 0;
  return found;
}

outcome<container_info> member_container::inspect() {
  const auto found = look();
  if (const auto* why = why_not(found))
    return *why;
  const auto& state = std::get<std::optional<container_state>>(found);
  if (state && state->status == container_status::exited && was_asked_to_stop(*state))
    ground_->notes.stop_asked(name_, life_of(*state));
  if (!state || state->status == container_status::exited)
    stop_signal_ns_ = 0;
  return noted_info(ground_->notes, state, name_);
}

void member_container::heard(const engine_event& what) {
  if (what.action == "stop" || (what.action == "kill" && what.signal == spec_.stop_signal))
    // A new connection: an engine that goes down takes its containers with it by the same signals as somebody who wants
    // one stopped; but it no longer listens by then.
    stop_signal_ns_ = why_not(look(true)) == nullptr ? what.at_ns : 0;
}

// From outside. Podman tells of stops only when they ended in a kill; that its containers end by the stop signal has no
// other reason, since its own end does not touch them.
bool member_container::was_asked_to_stop(const container_state& ended) const {
  if (stop_signal_ns_ >= ended.started_ns && stop_signal_ns_ <= ended.finished_ns + same_moment_ns)
    return stop_signal_ns_ != 0;
  return ground_->engine.name == "podman" && ended.exit_signal == spec_.stop_signal;
}

outcome<container_info> member_container::act(const std::string& verb, std::chrono::milliseconds patience,
                                              const char* what) {
  const auto answer = api_.post(path(verb), nullptr, patience);
  if (const auto* why = why_not(answer))
    return *why;
  const auto& said = std::get<reply>(answer);
  if (said.ok() || said.status == 304)
    return inspect();
  if (said.status == 404)
    return failed("does not exist: create it first");
  const auto message = said.message();
  if (message.find("address already in use") != std::string::npos ||
      message.find("port is already allocated") != std::string::npos)
    return failure{"ERR_NET_001", "a port that " + name_ + " publishes is in use: " + message,
                   "end what uses it, or choose another port in the topology"};
  return api_.refused(name_ + " could not be " + what, said);
}

outcome<container_info> member_container::start() {
  const auto found = look();
  if (const auto* why = why_not(found))
    return *why;
  const auto& state = std::get<std::optional<container_state>>(found);
  if (!state)
    return failed("does not exist: create it first");
  if (state->status == container_status::paused)
    return unpause();
  if (state->status == container_status::running)
    return inspect();
  auto out = act("start", work_patience, "started");
  if (const auto* info = std::get_if<container_info>(&out);
      info != nullptr && info->status == container_status::created)
    return failed("could not be started");
  return out;
}

outcome<container_info> member_container::stop() {
  const auto found = look();
  if (const auto* why = why_not(found))
    return *why;
  const auto& state = std::get<std::optional<container_state>>(found);
  if (!state || (state->status != container_status::running && state->status != container_status::paused))
    return inspect();
  ground_->notes.stop_asked(name_, life_of(*state));
  if (state->status == container_status::paused) // what stands still cannot stop in order
    if (auto woken = unpause(); why_not(woken) != nullptr)
      return kill();
  const std::chrono::milliseconds grace{spec_.stop_grace_ms};
  const auto grace_s = (grace.count() + 999) / 1000;
  auto out = act("stop?t=" + std::to_string(grace_s), grace + stop_extra, "stopped");
  const auto* info = std::get_if<container_info>(&out);
  if ((info != nullptr && !lives(*info)) || (info == nullptr && why_not(out)->code == "ERR_RUN_004"))
    return out;
  return kill();
}

// Answers when the engine has seen its end.
outcome<container_info> member_container::settled(std::chrono::milliseconds patience) {
  const auto answer = api_.post(path("wait?condition=not-running"), nullptr, patience);
  if (const auto* why = why_not(answer))
    return *why;
  return inspect();
}

outcome<container_info> member_container::kill() {
  const auto found = look();
  if (const auto* why = why_not(found))
    return *why;
  const auto& state = std::get<std::optional<container_state>>(found);
  if (!state || (state->status != container_status::running && state->status != container_status::paused))
    return inspect();
  const auto answer = api_.post(path("kill?signal=SIGKILL"), nullptr, kill_patience);
  if (const auto* why = why_not(answer))
    return *why;
  auto out = settled(kill_patience);
  if (const auto* info = std::get_if<container_info>(&out); info != nullptr && lives(*info))
    return api_.refused(name_ + " could not be killed", std::get<reply>(answer));
  return out;
}

outcome<container_info> member_container::turn(container_status from, container_status to, const char* verb,
                                               const char* done) {
  const auto found = look();
  if (const auto* why = why_not(found))
    return *why;
  const auto& state = std::get<std::optional<container_state>>(found);
  if (state && state->status == to)
    return inspect();
  if (!state || state->status != from)
    return failed("does not run");
  return act(verb, work_patience, done);
}

outcome<container_info> member_container::pause() {
  return turn(container_status::running, container_status::paused, "pause", "paused");
}

outcome<container_info> member_container::unpause() {
  return turn(container_status::paused, container_status::running, "unpause", "resumed");
}

std::optional<failure> member_container::remove_container(const std::string& id) {
  before_removal_();
  const auto answer = api_.remove("/containers/" + id + "?v=false");
  if (const auto* why = why_not(answer))
    return *why;
  const auto& said = std::get<reply>(answer);
  return said.ok() || said.status == 404 ? std::nullopt
                                         : std::optional{api_.refused(name_ + " could not be removed", said)};
}

outcome<container_info> member_container::remove(bool with_data) {
  const auto found = look();
  if (const auto* why = why_not(found))
    return *why;
  const auto& state = std::get<std::optional<container_state>>(found);
  std::vector<std::string> volumes;
  if (state) {
    if (state->status == container_status::running || state->status == container_status::paused)
      return failed("runs: stop it first");
    if (auto why = remove_container(state->id))
      return *why;
    volumes = state->volumes;
  }
  if (with_data)
    if (auto why = remove_volumes(api_, ground_->environment, name_, volumes))
      return *why;
  if (auto why = ground_->nets.remove_unused(api_))
    return *why;
  ground_->notes.removed(name_);
  return inspect();
}

outcome<line_list> member_container::tail(std::uint32_t lines) {
  const auto answer = api_.get(path("logs?stdout=1&stderr=1&tail=" + std::to_string(lines)));
  if (const auto* why = why_not(answer))
    return *why;
  const auto& said = std::get<reply>(answer);
  if (said.status == 404)
    return line_list{};
  if (!said.ok())
    return api_.refused("the log of " + name_ + " cannot be read", said);
  std::deque<std::string> out;
  line_joiner joiner;
  frame_reader{}.feed(said.body, [&](bool err, std::string_view text) {
    joiner.feed(err, text, [&](engine_line line) { out.push_back(std::move(line.text)); });
  });
  while (out.size() > lines)
    out.pop_front();
  return line_list{out.begin(), out.end()};
}

outcome<exec_result> member_container::exec(const line_list& command) {
  const auto found = look();
  if (const auto* why = why_not(found))
    return *why;
  const auto& state = std::get<std::optional<container_state>>(found);
  if (!state || state->status != container_status::running)
    return failed("does not run: no command can run in it");
  if (command.empty())
    return failed("was given no command");
  return run_inside(api_, state->id, command);
}

outcome<container_info> member_container::cut(const line_list& peers) {
  auto found = inspect();
  const auto* info = std::get_if<container_info>(&found);
  if (info == nullptr)
    return found;
  if (!lives(*info))
    return failed("does not run: its network cannot be cut");
  line_list addresses;
  for (const auto& peer : peers) {
    in_addr ignored{};
    if (::inet_pton(AF_INET, peer.c_str(), &ignored) == 1) {
      addresses.push_back(peer);
      continue;
    }
    const auto other = look_at_container(api_, ground_->environment, peer);
    if (const auto* why = why_not(other))
      return *why;
    const auto& state = std::get<std::optional<container_state>>(other);
    if (!state)
      return failed("cannot be cut from " + peer + ", which does not exist");
    for (const auto& [network, address] : state->addresses)
      if (!address.empty())
        addresses.push_back(address);
  }
  if (!peers.empty() && addresses.empty())
    return *info; // none of them has an address: nothing is to be cut
  if (auto why = cut_off(name_, info->pid, addresses))
    return *why;
  return inspect();
}

outcome<container_info> member_container::heal() {
  auto found = inspect();
  const auto* info = std::get_if<container_info>(&found);
  if (info == nullptr || !lives(*info))
    return found; // its rules went with it
  if (auto why = join_again(name_, info->pid))
    return *why;
  return inspect();
}

container_stats member_container::stats() {
  auto out = pid_ > 0 ? usage_of(pid_) : container_stats{};
  out.memory_limit_bytes = spec_.limits.memory_bytes;
  out.memory_limit_enforced = ground_->memory_limit.empty();
  out.cpu_limit = spec_.limits.cpus;
  out.cpu_limit_enforced = ground_->cpu_limit.empty();
  return out;
}

} // namespace paws::docker
