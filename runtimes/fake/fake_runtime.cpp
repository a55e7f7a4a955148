#include "runtimes/fake/fake_runtime.hpp"

#include "messages/all.hpp"

#include <algorithm>
#include <optional>

namespace paws::fake {

namespace {

constexpr milliseconds relist_interval{1000}; // as the process runtime

struct state {
  caf::event_based_actor* self = nullptr;
  std::shared_ptr<world> sim;
  std::vector<runtime_listener> listeners;
  std::vector<reach_listener> reach_listeners;
  std::map<std::uint64_t, std::function<void()>> later;
  std::uint64_t next_id = 1;

  std::int64_t now_us() const {
    return std::chrono::duration_cast<std::chrono::microseconds>(self->clock().now().time_since_epoch()).count();
  }

  void after(milliseconds delay, std::function<void()> what) {
    later.emplace(next_id, std::move(what));
    self->delayed_send(self, delay, tick_atom_v, next_id++);
  }

  void record(std::string verb, const std::string& name) {
    sim->calls.push_back({std::move(verb), name, self->clock().now()});
    if (sim->on_call)
      sim->on_call(sim->calls.back());
  }

  container_info& at(const std::string& name) {
    auto& info = sim->containers[name];
    info.name = name;
    return info;
  }

  void tell(const container_info& info) {
    if (sim->swallow_events || sim->unreachable)
      return;
    for (const auto& listener : listeners)
      self->send(listener, container_event{info, false});
  }

  // Events can be lost; what is true is told again and again.
  void relist() {
    if (!sim->unreachable)
      tell_all();
    after(relist_interval, [this] { relist(); });
  }

  void tell_all() {
    for (const auto& [name, info] : sim->containers)
      for (const auto& listener : listeners)
        self->send(listener, container_event{info, true});
  }

  caf::error out_of_reach() const {
    return to_error({"ERR_RUN_004", "the simulated engine cannot be reached", "wait for it"});
  }

  // What was asked for is done; whether anybody hears of it is another matter.
  template <class Promise>
  void answer(Promise& promise, const container_info& info) const {
    if (sim->unreachable)
      promise.deliver(out_of_reach());
    else
      promise.deliver(info);
  }

  void set_reach(bool lost) {
    if (sim->unreachable == lost)
      return;
    sim->unreachable = lost;
    for (const auto& listener : reach_listeners)
      self->send(listener, reach_atom_v, std::string{lost ? "the simulated engine cannot be reached" : ""});
    if (!lost)
      tell_all();
  }

  void end(const std::string& name, int exit_code, int signal, bool requested) {
    auto& info = at(name);
    if (info.status != container_status::running && info.status != container_status::paused)
      return;
    info.status = container_status::exited;
    info.exit_code = signal != 0 ? -1 : exit_code;
    info.exit_signal = signal;
    info.stop_requested = requested;
    info.exited_at_us = now_us();
    info.pid = 0;
    sim->cuts.erase(name);
    tell(info);
  }
};

using promise = caf::typed_response_promise<container_info>;

caf::result<container_info> create(state& st, const logic::member_spec& spec) {
  st.record("create", spec.name);
  if (st.sim->unreachable)
    return st.out_of_reach();
  const auto script = st.sim->scripts[spec.name];
  if (!script.create_fails.code.empty())
    return to_error(script.create_fails);
  auto& info = st.at(spec.name);
  if (info.status == container_status::running || info.status == container_status::paused)
    return to_error({"ERR_RUN_002", spec.name + " runs already", "stop it first"});
  auto answer = st.self->make_response_promise<container_info>();
  st.after(script.create_delay, [&st, spec, answer]() mutable {
    auto& made = st.at(spec.name);
    made.status = made.status == container_status::exited ? container_status::exited : container_status::created;
    made.fresh_data = !st.sim->data.contains(spec.name);
    st.sim->specs[spec.name] = spec;
    st.answer(answer, made);
  });
  return answer;
}

caf::result<container_info> start(state& st, const std::string& name) {
  st.record("start", name);
  if (st.sim->unreachable)
    return st.out_of_reach();
  const auto script = st.sim->scripts[name];
  if (!st.sim->specs.contains(name))
    return to_error({"ERR_RUN_002", name + " does not exist", "create it first"});
  if (!script.start_fails.code.empty())
    return to_error(script.start_fails);
  auto answer = st.self->make_response_promise<container_info>();
  if (script.start_hangs)
    return answer;
  st.after(script.start_delay, [&st, name, script, answer]() mutable {
    auto& info = st.at(name);
    if (info.status == container_status::running) {
      ++st.sim->started_while_running;
      st.answer(answer, info);
      return;
    }
    info.status = container_status::running;
    info.id = name + "-" + std::to_string(st.next_id);
    info.pid = static_cast<std::int64_t>(1000 + st.next_id);
    info.started_at_us = st.now_us();
    info.exit_code = -1;
    info.exit_signal = 0;
    info.stop_requested = false;
    st.sim->data.insert(name);
    st.sim->started_with[name] = st.sim->specs[name].files;
    st.answer(answer, info);
    st.tell(info);
    if (script.exits_with >= 0)
      st.after(script.exits_after, [&st, name, id = info.id, script] {
        if (st.at(name).id == id)
          st.end(name, script.exits_with, 0, false);
      });
  });
  return answer;
}

caf::result<container_info> write_files(state& st, const logic::member_spec& spec) {
  st.record("files", spec.name);
  if (st.sim->unreachable)
    return st.out_of_reach();
  const auto& info = st.at(spec.name);
  if (info.status == container_status::absent)
    return to_error({"ERR_RUN_002", spec.name + " does not exist", "create it first"});
  st.sim->specs[spec.name].files = spec.files;
  return info;
}

caf::result<container_info> stop(state& st, const std::string& name, bool forced) {
  st.record(forced ? "kill" : "stop", name);
  if (st.sim->unreachable)
    return st.out_of_reach();
  auto answer = st.self->make_response_promise<container_info>();
  if (auto& info = st.at(name); lives(info) && !forced)
    info.stop_requested = true; // from now on the record says so; of a kill nobody leaves a record
  // Of this life: one that begins before the answer was not meant.
  st.after(forced ? milliseconds{1} : st.sim->scripts[name].stop_delay,
           [&st, name, forced, id = st.at(name).id, answer]() mutable {
             if (st.at(name).id == id)
               st.end(name, 0, forced ? 9 : 0, !forced);
             st.answer(answer, st.at(name));
           });
  return answer;
}

caf::result<container_info> pause_now(state& st, const std::string& name, bool on) {
  auto& info = st.at(name);
  const auto from = on ? container_status::running : container_status::paused;
  const auto to = on ? container_status::paused : container_status::running;
  if (info.status == from) {
    info.status = to;
    st.tell(info);
  }
  if (info.status != to)
    return to_error({"ERR_RUN_002", name + " does not run", "start it first"});
  return info;
}

caf::result<container_info> pause(state& st, const std::string& name, bool on) {
  st.record(on ? "pause" : "unpause", name);
  if (st.sim->unreachable)
    return st.out_of_reach();
  const auto script = st.sim->scripts[name];
  if (const auto& why = on ? script.pause_fails : script.unpause_fails; !why.code.empty())
    return to_error(why);
  if (on && script.pause_ignored)
    return st.at(name);
  if (script.pause_delay.count() == 0)
    return pause_now(st, name, on);
  auto answer = st.self->make_response_promise<container_info>();
  st.after(script.pause_delay, [&st, name, on, answer]() mutable {
    pause_now(st, name, on);
    st.answer(answer, st.at(name));
  });
  return answer;
}

caf::result<container_info> remove(state& st, const std::string& name, bool with_data) {
  st.record("remove", name);
  if (st.sim->unreachable)
    return st.out_of_reach();
  if (const auto& why = st.sim->scripts[name].remove_fails; !why.code.empty())
    return to_error(why);
  const auto& info = st.at(name);
  if (info.status == container_status::running || info.status == container_status::paused)
    return to_error({"ERR_RUN_002", name + " runs", "stop it first"});
  st.sim->containers[name] = {};
  st.sim->specs.erase(name);
  if (with_data)
    st.sim->data.erase(name);
  return st.at(name);
}

container_list all(const state& st) {
  container_list out;
  for (const auto& [name, info] : st.sim->containers)
    if (info.status != container_status::absent)
      out.push_back(info);
  return out;
}

// What members said behind `from`: a position is a count of lines.
log_batch said(const state& st, const log_positions& from, std::uint32_t most) {
  log_batch out;
  out.positions = from;
  for (const auto& [name, lines] : st.sim->logs) {
    const auto known = from.find(name);
    std::size_t at = known == from.end() ? 0 : std::stoul(known->second);
    for (; at < lines.size() && out.lines.size() < most; ++at)
      out.lines.push_back({name, st.now_us(), false, lines[at]});
    out.more = out.more || at < lines.size();
    out.positions[name] = std::to_string(at);
  }
  return out;
}

caf::error cannot(const char* what) {
  return to_error({"ERR_RUN_003", what, "use another runtime"});
}

// peers: nothing = they are connected again.
caf::result<container_info> connect(state& st, const std::string& name, std::optional<line_list> peers) {
  st.record(peers ? "cut" : "heal", name);
  if (st.sim->unreachable)
    return st.out_of_reach();
  if (!st.sim->networked)
    return cannot("a simulated runtime has no network");
  auto answer = st.self->make_response_promise<container_info>();
  st.after(st.sim->scripts[name].pause_delay, [&st, name, peers = std::move(peers), answer]() mutable {
    if (!peers)
      st.sim->cuts.erase(name);
    else if (lives(st.at(name)))
      st.sim->cuts[name] = *peers;
    st.answer(answer, st.at(name));
  });
  return answer;
}

caf::result<exec_result> run_program(state& st, const std::string& name, const line_list& command) {
  st.record("exec", name);
  if (st.sim->unreachable)
    return st.out_of_reach();
  if (!st.sim->run_program)
    return cannot("a simulated member runs no programs");
  auto answer = st.self->make_response_promise<exec_result>();
  st.after(st.sim->scripts[name].pause_delay,
           [&st, name, command, answer]() mutable { answer.deliver(st.sim->run_program(name, command)); });
  return answer;
}

runtime_capabilities can(const world& sim) {
  runtime_capabilities out;
  out.name = "fake";
  out.memory_limit = out.cpu_limit = "nothing real runs";
  out.networks = out.images = "a simulated runtime has no network and no images";
  out.partition = sim.networked ? "" : out.networks;
  return out;
}

} // namespace

bool world::runs(const std::string& name) const {
  const auto at = containers.find(name);
  return at != containers.end() && at->second.status == container_status::running;
}

std::size_t world::count(const std::string& verb, const std::string& name) const {
  return static_cast<std::size_t>(
      std::count_if(calls.begin(), calls.end(), [&](const call& c) { return c.verb == verb && c.name == name; }));
}

fake_runtime make_fake_runtime(caf::actor_system& system) {
  fake_runtime out;
  out.world = std::make_shared<world>();
  auto body = [sim = out.world](caf::stateful_actor<state>* self) -> caf::behavior {
    auto& st = self->state;
    st.self = self;
    st.sim = sim;
    return {
        [&st](capabilities_atom) { return can(*st.sim); },
        [&st](create_atom, const logic::member_spec& spec) { return create(st, spec); },
        [&st](files_atom, const logic::member_spec& spec) { return write_files(st, spec); },
        [&st](start_atom, const std::string& name) { return start(st, name); },
        [&st](stop_atom, const std::string& name) { return stop(st, name, false); },
        [&st](kill_atom, const std::string& name) { return stop(st, name, true); },
        [&st](kill_atom, const std::string& name, int signal, int exit_code) {
          st.end(name, exit_code, signal, false);
        },
        [&st](stop_atom, const std::string& name, bool requested) { st.end(name, 0, 0, requested); },
        [&st](pause_atom, const std::string& name) { return pause(st, name, true); },
        [&st](unpause_atom, const std::string& name) { return pause(st, name, false); },
        [&st](pause_atom, const std::string& name, bool on) { pause_now(st, name, on); },
        [&st](remove_atom, const std::string& name, bool with_data) { return remove(st, name, with_data); },
        [&st](inspect_atom, const std::string& name) -> caf::result<container_info> {
          if (st.sim->unreachable)
            return st.out_of_reach();
          return st.at(name);
        },
        [&st](list_atom) -> caf::result<container_list> {
          if (st.sim->unreachable)
            return st.out_of_reach();
          return all(st);
        },
        [&st](adopt_atom, const spec_list& specs) -> caf::result<container_list> {
          if (st.sim->unreachable)
            return st.out_of_reach();
          for (const auto& spec : specs)
            if (st.sim->containers.contains(spec.name))
              st.sim->specs.try_emplace(spec.name, spec);
          return all(st);
        },
        [&st](subscribe_atom, const runtime_listener& listener) {
          if (st.listeners.empty())
            st.after(relist_interval, [&st] { st.relist(); });
          st.listeners.push_back(listener);
        },
        [&st](subscribe_atom, const reach_listener& listener) { st.reach_listeners.push_back(listener); },
        [&st](reach_atom, bool lost) { st.set_reach(lost); },
        [&st](tail_atom, const std::string& name, std::uint32_t lines) {
          auto out_lines = st.sim->logs[name];
          if (out_lines.size() > lines)
            out_lines.erase(out_lines.begin(), out_lines.end() - lines);
          return out_lines;
        },
        [&st](logs_atom, const log_positions& from, std::uint32_t most) { return said(st, from, most); },
        [&st](exec_atom, const std::string& name, const line_list& command) { return run_program(st, name, command); },
        [&st](stats_atom, const std::string& name) { return st.sim->stats[name]; },
        [&st](resources_atom) { return st.sim->host; },
        [self](actors_atom) { return own_row(self, "runtime", "runtime", "fake"); },
        [&st](cut_atom, const std::string& name, const line_list& peers) { return connect(st, name, peers); },
        [&st](heal_atom, const std::string& name) { return connect(st, name, std::nullopt); },
        [&st](tick_atom, std::uint64_t id) {
          auto node = st.later.extract(id);
          if (!node.empty())
            node.mapped()();
        },
    };
  };
  out.actor = caf::actor_cast<runtime_actor>(system.spawn(body));
  return out;
}

void crash(const fake_runtime& runtime, const std::string& name, int signal, int exit_code) {
  caf::anon_send(caf::actor_cast<caf::actor>(runtime.actor), kill_atom_v, name, signal, exit_code);
}

void stop_outside(const fake_runtime& runtime, const std::string& name) {
  caf::anon_send(caf::actor_cast<caf::actor>(runtime.actor), stop_atom_v, name, true);
}

void lose_reach(const fake_runtime& runtime, bool lost) {
  caf::anon_send(caf::actor_cast<caf::actor>(runtime.actor), reach_atom_v, lost);
}

void freeze(const fake_runtime& runtime, const std::string& name, bool on) {
  caf::anon_send(caf::actor_cast<caf::actor>(runtime.actor), pause_atom_v, name, on);
}

} // namespace paws::fake
