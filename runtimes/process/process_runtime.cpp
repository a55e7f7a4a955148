#include "runtimes/process/process_runtime.hpp"

#include "messages/all.hpp"
#include "runtimes/common/host.hpp"
#include "runtimes/process/disk_size.hpp"
#include "runtimes/process/exit_watch.hpp"
#include "runtimes/process/log_reader.hpp"
#include "runtimes/process/member_container.hpp"

#include <filesystem>
#include <map>
#include <memory>

namespace paws::process {

namespace {

// Exits are heard at once; this is for whatever was not, and for a pause or a continuation from outside, which nobody
// announces: seen within two seconds.
constexpr std::chrono::seconds relist_interval{1};
// What a member's directories take is counted file by file: seldom, and never where commands wait.
constexpr std::chrono::seconds disk_size_lasts{60};

// One member's own thread. gone(pid): its keeper has ended. tick: compare what is with what was told last.
using hand_actor = caf::typed_actor<caf::replies_to<create_atom, logic::member_spec>::with<container_info>,
                                    caf::replies_to<adopt_atom, logic::member_spec>::with<container_info>,
                                    caf::replies_to<files_atom, logic::member_spec>::with<container_info>,
                                    caf::replies_to<start_atom, std::string>::with<container_info>,
                                    caf::replies_to<stop_atom, std::string>::with<container_info>,
                                    caf::replies_to<kill_atom, std::string>::with<container_info>,
                                    caf::replies_to<pause_atom, std::string>::with<container_info>,
                                    caf::replies_to<unpause_atom, std::string>::with<container_info>,
                                    caf::replies_to<remove_atom, std::string, bool>::with<container_info>,
                                    caf::replies_to<inspect_atom, std::string>::with<container_info>,
                                    caf::replies_to<tail_atom, std::string, std::uint32_t>::with<line_list>,
                                    caf::replies_to<exec_atom, std::string, line_list>::with<exec_result>,
                                    caf::replies_to<stats_atom, std::string>::with<container_stats>,
                                    caf::reacts_to<gone_atom, std::uint64_t>, caf::reacts_to<tick_atom>>;

struct hand_state {
  hand_state(hand_actor::pointer self) : self_{self} {}

  void init(const process_options& options, const std::string& member, caf::actor front,
            std::shared_ptr<exit_watch> watch) {
    container_ = std::make_unique<member_container>(options, member);
    front_ = std::move(front);
    watch_ = std::move(watch);
  }

  template <class T>
  caf::result<T> answer(outcome<T> what) {
    if (auto* why = std::get_if<topology::failure>(&what))
      return to_error(*why);
    return std::get<T>(std::move(what));
  }
  caf::result<container_info> changed(outcome<container_info> what) {
    if (const auto* info = std::get_if<container_info>(&what)) {
      follow();
      tell(*info, false);
    }
    return answer(std::move(what));
  }

  // Watches the keeper that lives now, once.
  void follow() {
    const auto keeper = container_->keeper();
    if (!keeper || keeper == followed_)
      return;
    followed_ = keeper;
    const auto hand = caf::actor_cast<caf::weak_actor_ptr>(hand_actor{self_});
    watch_->add(*keeper, [hand, pid = static_cast<std::uint64_t>(keeper->pid)] {
      if (const auto to = caf::actor_cast<hand_actor>(hand))
        caf::anon_send(to, gone_atom_v, pid);
    });
  }

  void tell(const container_info& info, bool from_relist) {
    if (info.status == told_.status && info.id == told_.id)
      return;
    told_ = info;
    self_->send(caf::actor_cast<runtime_listener>(front_), container_event{info, from_relist});
  }

  void look(bool from_relist) {
    const auto info = container_->inspect();
    if (info.status == container_status::running)
      container_->look_at_memory_kills();
    if (info.id != told_.id || info.status != told_.status)
      follow();
    tell(info, from_relist);
  }

  // The keeper ended without anybody having asked here: nothing of its member may stay.
  void keeper_gone() {
    if (container_->inspect().status == container_status::exited)
      container_->kill();
    look(false);
  }

  hand_actor::pointer self_;
  std::unique_ptr<member_container> container_;
  caf::actor front_;
  std::shared_ptr<exit_watch> watch_;
  std::optional<process_id> followed_;
  container_info told_;

  static constexpr const char* name = "member_hand";
};

hand_actor::behavior_type hand(hand_actor::stateful_pointer<hand_state> self, const process_options& options,
                               const std::string& member, caf::actor front, std::shared_ptr<exit_watch> watch) {
  auto& st = self->state;
  st.init(options, member, std::move(front), std::move(watch));
  return {
      [&st](create_atom, const logic::member_spec& spec) { return st.changed(st.container_->create(spec)); },
      [&st](files_atom, const logic::member_spec& spec) { return st.changed(st.container_->write_files(spec)); },
      [&st](adopt_atom, const logic::member_spec& spec) {
        st.container_->adopt(spec);
        return st.changed(st.container_->inspect());
      },
      [&st](start_atom, const std::string&) { return st.changed(st.container_->start()); },
      [&st](stop_atom, const std::string&) { return st.changed(st.container_->stop()); },
      [&st](kill_atom, const std::string&) { return st.changed(st.container_->kill()); },
      [&st](pause_atom, const std::string&) { return st.changed(st.container_->pause()); },
      [&st](unpause_atom, const std::string&) { return st.changed(st.container_->unpause()); },
      [&st](remove_atom, const std::string&, bool with_data) { return st.changed(st.container_->remove(with_data)); },
      [&st](inspect_atom, const std::string&) { return st.changed(st.container_->inspect()); },
      [&st](tail_atom, const std::string&, std::uint32_t lines) { return st.answer(st.container_->tail(lines)); },
      [&st](exec_atom, const std::string&, const line_list& command) {
        return st.answer(st.container_->exec(command));
      },
      [&st](stats_atom, const std::string&) { return st.container_->stats(); },
      [&st](gone_atom, std::uint64_t) { st.keeper_gone(); },
      [&st](tick_atom) { st.look(true); },
  };
}

// The one thread that reads what members said.
using reader_actor = caf::typed_actor<caf::replies_to<logs_atom, log_positions, std::uint32_t>::with<log_batch>>;

reader_actor::behavior_type reader(reader_actor::pointer, const std::string& members_dir) {
  return {[files = std::make_shared<log_reader>(members_dir)](logs_atom, const log_positions& from,
                                                              std::uint32_t most) { return files->read(from, most); }};
}

// The one thread that counts what members' directories take.
using meter_actor = caf::typed_actor<caf::replies_to<stats_atom, std::string>::with<std::uint64_t>>;

meter_actor::behavior_type meter(meter_actor::pointer, const std::string& members_dir) {
  return {[members_dir](stats_atom, const std::string& member) { return size_below(members_dir + "/" + member); }};
}

// The runtime, and what its hands tell it.
using front_actor = runtime_actor::extend<caf::reacts_to<container_event>, caf::reacts_to<tick_atom>>;

struct disk_size {
  std::uint64_t bytes = 0;
  caf::actor_clock::time_point at{}; // the clock's beginning: not yet
  bool asked = false;
};

struct front_state {
  front_state(front_actor::pointer self) : self_{self} {}

  const hand_actor& at(const std::string& member) {
    auto& found = hands_[member];
    if (!found)
      found =
          self_->spawn<caf::detached + caf::linked>(hand, options_, member, caf::actor_cast<caf::actor>(self_), watch_);
    return found;
  }

  caf::result<container_list> collect(const std::vector<std::pair<hand_actor, logic::member_spec>>& asked, bool adopt) {
    auto promise = self_->make_response_promise<container_list>();
    auto found = std::make_shared<container_list>();
    auto left = std::make_shared<std::size_t>(asked.size());
    if (asked.empty())
      promise.deliver(container_list{});
    for (const auto& [to, spec] : asked) {
      auto take = [found, left, promise](const container_info& info) mutable {
        if (!info.name.empty() && info.status != container_status::absent)
          found->push_back(info);
        if (--*left == 0)
          promise.deliver(*found);
      };
      auto skip = [take](const caf::error&) mutable { take({}); };
      if (adopt)
        self_->request(to, caf::infinite, adopt_atom_v, spec).then(take, skip);
      else
        self_->request(to, caf::infinite, inspect_atom_v, spec.name).then(take, skip);
    }
    return promise;
  }

  caf::result<container_list> list() {
    std::vector<std::pair<hand_actor, logic::member_spec>> asked;
    std::error_code failed;
    const std::filesystem::path members = options_.environment_dir + "/members";
    for (std::filesystem::directory_iterator each{members, failed}, end; !failed && each != end;
         each.increment(failed)) {
      logic::member_spec spec;
      spec.name = each->path().filename().string();
      asked.emplace_back(at(spec.name), spec);
    }
    return collect(asked, false);
  }

  caf::result<container_list> adopt(const spec_list& specs) {
    std::vector<std::pair<hand_actor, logic::member_spec>> asked;
    for (const auto& spec : specs)
      asked.emplace_back(at(spec.name), spec);
    return collect(asked, true);
  }

  // With the size of its directories as counted last.
  caf::result<container_stats> stats(const std::string& member) {
    measure(member);
    auto promise = self_->make_response_promise<container_stats>();
    self_->request(at(member), caf::infinite, stats_atom_v, member)
        .then(
            [this, member, promise](container_stats used) mutable {
              used.disk_bytes = sizes_[member].bytes;
              promise.deliver(used);
            },
            [promise](const caf::error& why) mutable { promise.deliver(why); });
    return promise;
  }

  void measure(const std::string& member) {
    auto& size = sizes_[member];
    const auto now = self_->clock().now();
    if (size.asked || (size.at != caf::actor_clock::time_point{} && now - size.at < disk_size_lasts))
      return;
    size.asked = true;
    self_->request(meter_, caf::infinite, stats_atom_v, member)
        .then(
            [this, member](std::uint64_t bytes) {
              sizes_[member] = {bytes, self_->clock().now(), false};
            },
            [this, member](const caf::error&) { sizes_[member].asked = false; });
  }

  void tell(const container_event& what) {
    for (const auto& listener : listeners_)
      self_->send(listener, what);
  }

  void relist() {
    for (const auto& [member, to] : hands_)
      self_->send(to, tick_atom_v);
    self_->delayed_send(front_actor{self_}, relist_interval, tick_atom_v);
  }

  front_actor::pointer self_;
  process_options options_;
  std::shared_ptr<exit_watch> watch_ = std::make_shared<exit_watch>();
  std::map<std::string, hand_actor> hands_;
  reader_actor reader_;
  meter_actor meter_;
  std::map<std::string, disk_size> sizes_;
  std::vector<runtime_listener> listeners_;

  static constexpr const char* name = "process_runtime";
};

caf::error unsupported() {
  return to_error({"ERR_RUN_003", "the process runtime cannot cut a member's network: all members share this machine's",
                   "use a container runtime for partitions, or the faults kill and pause"});
}

front_actor::behavior_type front(front_actor::stateful_pointer<front_state> self, process_options options) {
  auto& st = self->state;
  st.options_ = std::move(options);
  self->set_down_handler([&st](const caf::down_msg& down) {
    std::erase_if(st.listeners_, [&](const auto& listener) { return listener.address() == down.source; });
  });
  self->delayed_send(front_actor{self}, relist_interval, tick_atom_v);
  st.reader_ = self->spawn<caf::detached + caf::linked>(reader, st.options_.environment_dir + "/members");
  st.meter_ = self->spawn<caf::detached + caf::linked>(meter, st.options_.environment_dir + "/members");
  const auto to = [self](const std::string& member) { return self->state.at(member); };
  return {
      [&st](resources_atom) { return common::host_now(st.options_.environment_dir, st.options_.cgroup_root); },
      [self](actors_atom) { return own_row(self, "runtime", "runtime", "process"); },
      [&st](capabilities_atom) { return process_capabilities(st.options_.cgroup_root); },
      [self, to](create_atom a, const logic::member_spec& spec) { return self->delegate(to(spec.name), a, spec); },
      [self, to](files_atom a, const logic::member_spec& spec) { return self->delegate(to(spec.name), a, spec); },
      [self, to](start_atom a, const std::string& member) { return self->delegate(to(member), a, member); },
      [self, to](stop_atom a, const std::string& member) { return self->delegate(to(member), a, member); },
      [self, to](kill_atom a, const std::string& member) { return self->delegate(to(member), a, member); },
      [self, to](pause_atom a, const std::string& member) { return self->delegate(to(member), a, member); },
      [self, to](unpause_atom a, const std::string& member) { return self->delegate(to(member), a, member); },
      [self, to](remove_atom a, const std::string& member, bool with_data) {
        return self->delegate(to(member), a, member, with_data);
      },
      [self, to](inspect_atom a, const std::string& member) { return self->delegate(to(member), a, member); },
      [&st](list_atom) { return st.list(); },
      [&st](adopt_atom, const spec_list& specs) { return st.adopt(specs); },
      [](subscribe_atom, const reach_listener&) {}, // the machine itself is always there
      [self](subscribe_atom, const runtime_listener& listener) {
        self->monitor(listener);
        self->state.listeners_.push_back(listener);
      },
      [self, to](tail_atom a, const std::string& member, std::uint32_t lines) {
        return self->delegate(to(member), a, member, lines);
      },
      [self](logs_atom a, const log_positions& from, std::uint32_t most) {
        return self->delegate(self->state.reader_, a, from, most);
      },
      [self, to](exec_atom a, const std::string& member, const line_list& command) {
        return self->delegate(to(member), a, member, command);
      },
      [&st](stats_atom, const std::string& member) { return st.stats(member); },
      [](cut_atom, const std::string&, const line_list&) -> caf::result<container_info> { return unsupported(); },
      [](heal_atom, const std::string&) -> caf::result<container_info> { return unsupported(); },
      [&st](const container_event& what) { st.tell(what); },
      [&st](tick_atom) { st.relist(); },
  };
}

} // namespace

runtime_capabilities process_capabilities(const std::string& cgroup_root) {
  runtime_capabilities out;
  out.name = "process";
  out.memory_limit = why_not_enforced(cgroup_root, "memory");
  out.cpu_limit = why_not_enforced(cgroup_root, "cpu");
  out.partition = "all members share this machine's network";
  out.networks = "members have loopback addresses of their own, no networks";
  out.images = "members are this machine's programs";
  return out;
}

runtime_actor make_process_runtime(caf::actor_system& system, process_options options) {
  return system.spawn(front, std::move(options));
}

} // namespace paws::process
