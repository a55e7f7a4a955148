#include "runtimes/docker/docker_runtime.hpp"

#include "messages/all.hpp"
#include "runtimes/common/host.hpp"
#include "runtimes/docker/events.hpp"
#include "runtimes/docker/hand.hpp"
#include "runtimes/docker/looker.hpp"
#include "runtimes/docker/names.hpp"
#include "runtimes/docker/reader.hpp"
#include "runtimes/docker/volumes.hpp"

#include <filesystem>
#include <map>
#include <memory>

namespace paws::docker {

namespace {

// Events are heard at once; this is for those that were swallowed: found well within ten seconds.
constexpr std::chrono::seconds relist_interval{4};
// What volumes take is counted by the engine file by file: seldom, and never where commands wait.
constexpr std::chrono::seconds disk_size_lasts{120};

// The one thread that has volumes counted.
using meter_actor = caf::typed_actor<caf::reacts_to<tick_atom>>;

meter_actor::behavior_type meter(meter_actor::pointer, std::shared_ptr<shared_ground> ground) {
  return {[ground](tick_atom) {
    api to{ground->engine};
    auto sizes = understood(ground->engine, [&] { return sizes_of_volumes(to, ground->environment); });
    if (why_not(sizes) == nullptr)
      ground->notes.counted(std::get<0>(std::move(sizes)));
  }};
}

// The runtime, and what its own threads tell it. member(name, action, signal, at_ns): an event. gone: there may have
// been some that nobody heard.
using front_actor =
    runtime_actor::extend<caf::reacts_to<container_event>, caf::reacts_to<append_atom, line_list>,
                          caf::reacts_to<member_atom, std::string, std::string, std::int32_t, std::int64_t>,
                          caf::reacts_to<gone_atom>, caf::reacts_to<tick_atom>>;

struct front_state {
  front_state(front_actor::pointer self) : self_{self} {}

  void init(docker_options options) {
    options_ = std::move(options);
    const auto able = capabilities_of(options_.engine);
    ground_ = std::shared_ptr<shared_ground>( // NOLINT(modernize-make-shared): an aggregate
        new shared_ground{options_.environment, options_.engine, networks{options_.environment, options_.networks},
                          member_notes{options_.environment_dir + "/containers"}, able.memory_limit, able.cpu_limit});
    const front_actor me{self_};
    reader_ = spawn_reader(*self_, options_.engine, options_.environment);
    looker_ = spawn_looker(*self_, ground_, me);
    relister_ = spawn_looker(*self_, ground_, me); // so that nobody who asks waits for it while the engine hangs
    meter_ = self_->spawn<caf::detached + caf::linked>(meter, ground_);
    const auto front = caf::actor_cast<caf::weak_actor_ptr>(me);
    const auto tell = [front](auto... words) {
      if (const auto to = caf::actor_cast<front_actor>(front))
        caf::anon_send(to, std::move(words)...);
    };
    watch_ =
        std::make_unique<event_watch>(options_.engine, options_.environment,
                                      event_watch::listener{[tell](const engine_event& what) {
                                                              tell(member_atom_v, what.member, what.action,
                                                                   static_cast<std::int32_t>(what.signal), what.at_ns);
                                                            },
                                                            [tell] { tell(gone_atom_v); }});
    self_->delayed_send(me, relist_interval, tick_atom_v);
  }

  hand_actor at(const std::string& member) {
    auto& hand = hands_[member];
    if (!hand)
      hand = spawn_hand(*self_, ground_, member, front_actor{self_}, reader_);
    return hand;
  }

  // A name that can be none has no hand.
  template <class T, class... Words>
  caf::result<T> by_hand(const std::string& member, Words... words) {
    if (auto why = refuse_name("a member", member))
      return to_error(*why);
    return self_->delegate(at(member), std::move(words)...);
  }

  caf::result<container_list> adopt(const spec_list& specs) {
    auto promise = self_->make_response_promise<container_list>();
    auto found = std::make_shared<container_list>();
    auto left = std::make_shared<std::size_t>(specs.size());
    if (specs.empty())
      promise.deliver(container_list{});
    for (const auto& spec : specs) {
      auto take = [found, left, promise](const container_info& info) mutable {
        if (!info.name.empty() && info.status != container_status::absent)
          found->push_back(info);
        if (--*left == 0)
          promise.deliver(*found);
      };
      self_->request(at(spec.name), caf::infinite, adopt_atom_v, spec).then(take, [take](const caf::error&) mutable {
        take({});
      });
    }
    return promise;
  }

  // With the size of its volumes as counted last.
  caf::result<container_stats> stats(const std::string& member) {
    if (auto why = refuse_name("a member", member))
      return to_error(*why);
    const auto now = self_->clock().now();
    if (measured_ == caf::actor_clock::time_point{} || now - measured_ >= disk_size_lasts) {
      measured_ = now;
      self_->send(meter_, tick_atom_v);
    }
    auto promise = self_->make_response_promise<container_stats>();
    self_->request(at(member), caf::infinite, stats_atom_v, member)
        .then(
            [this, member, promise](container_stats used) mutable {
              used.disk_bytes = ground_->notes.disk_bytes(member);
              promise.deliver(used);
            },
            [promise](const caf::error& why) mutable { promise.deliver(why); });
    return promise;
  }

  void tell(const container_event& what) {
    self_->send(reader_, what);
    for (const auto& listener : listeners_)
      self_->send(listener, what);
  }

  // The next look comes after this one's end: an engine that hangs is not asked again and again.
  void relist() {
    const auto next = [this] { self_->delayed_send(front_actor{self_}, relist_interval, tick_atom_v); };
    self_->request(relister_, caf::infinite, tick_atom_v)
        .then(
            [this, next](const std::string& why_not) {
              hear_reach(why_not);
              next();
            },
            [next](const caf::error&) { next(); });
  }

  void look_anew() {
    self_->request(relister_, caf::infinite, gone_atom_v)
        .then([this](const std::string& why_not) { hear_reach(why_not); }, [](const caf::error&) {});
  }

  void hear_reach(const std::string& why_not) {
    if (why_not.empty() == unreachable_.empty())
      return;
    unreachable_ = why_not;
    for (const auto& listener : reach_listeners_)
      self_->send(listener, reach_atom_v, unreachable_);
  }

  void add_listener(const reach_listener& listener) {
    self_->monitor(listener);
    reach_listeners_.push_back(listener);
    if (!unreachable_.empty())
      self_->send(listener, reach_atom_v, unreachable_);
  }

  front_actor::pointer self_;
  docker_options options_;
  std::shared_ptr<shared_ground> ground_;
  std::map<std::string, hand_actor> hands_;
  reader_actor reader_;
  looker_actor looker_, relister_;
  meter_actor meter_;
  caf::actor_clock::time_point measured_{};
  std::vector<runtime_listener> listeners_;
  std::vector<reach_listener> reach_listeners_;
  std::string unreachable_;            // why; "" = all is well
  std::unique_ptr<event_watch> watch_; // last: its thread ends first

  static constexpr const char* name = "docker_runtime";
};

front_actor::behavior_type front(front_actor::stateful_pointer<front_state> self, docker_options options) {
  auto& st = self->state;
  st.init(std::move(options));
  self->set_down_handler([&st](const caf::down_msg& down) {
    const auto is_gone = [&](const auto& listener) { return listener.address() == down.source; };
    std::erase_if(st.listeners_, is_gone);
    std::erase_if(st.reach_listeners_, is_gone);
  });
  using info = container_info;
  using text = std::string;
  return {
      [&st](resources_atom) { return common::host_now(st.options_.environment_dir, "/sys/fs/cgroup"); },
      [self](actors_atom) { return own_row(self, "runtime", "runtime", self->state.options_.engine.name); },
      [self](capabilities_atom a) { return self->delegate(self->state.looker_, a); },
      [&st](create_atom a, const logic::member_spec& spec) { return st.by_hand<info>(spec.name, a, spec); },
      [&st](files_atom a, const logic::member_spec& spec) { return st.by_hand<info>(spec.name, a, spec); },
      [&st](start_atom a, const text& member) { return st.by_hand<info>(member, a, member); },
      [&st](stop_atom a, const text& member) { return st.by_hand<info>(member, a, member); },
      [&st](kill_atom a, const text& member) { return st.by_hand<info>(member, a, member); },
      [&st](pause_atom a, const text& member) { return st.by_hand<info>(member, a, member); },
      [&st](unpause_atom a, const text& member) { return st.by_hand<info>(member, a, member); },
      [&st](remove_atom a, const text& member, bool with_data) {
        return st.by_hand<info>(member, a, member, with_data);
      },
      [self](inspect_atom a, const text& member) { return self->delegate(self->state.looker_, a, member); },
      [self](list_atom a) { return self->delegate(self->state.looker_, a); },
      [&st](adopt_atom, const spec_list& specs) { return st.adopt(specs); },
      [self](subscribe_atom, const runtime_listener& listener) {
        self->monitor(listener);
        self->state.listeners_.push_back(listener);
      },
      [&st](subscribe_atom, const reach_listener& listener) { st.add_listener(listener); },
      [&st](tail_atom a, const text& member, std::uint32_t lines) {
        return st.by_hand<line_list>(member, a, member, lines);
      },
      [self](logs_atom a, const log_positions& from, std::uint32_t most) {
        return self->delegate(self->state.reader_, a, from, most);
      },
      [&st](exec_atom a, const text& member, const line_list& command) {
        return st.by_hand<exec_result>(member, a, member, command);
      },
      [&st](stats_atom, const text& member) { return st.stats(member); },
      [&st](cut_atom a, const text& member, const line_list& peers) {
        return st.by_hand<info>(member, a, member, peers);
      },
      [&st](heal_atom a, const text& member) { return st.by_hand<info>(member, a, member); },
      [&st](const container_event& what) { st.tell(what); },
      [&st](append_atom, const line_list& members) {
        for (const auto& member : members)
          st.self_->send(st.at(member), tick_atom_v);
      },
      [&st](member_atom a, const text& member, const text& action, std::int32_t signal, std::int64_t at_ns) {
        st.self_->send(st.at(member), a, action, signal, at_ns);
      },
      [&st](gone_atom) { st.look_anew(); },
      [&st](tick_atom) { st.relist(); },
  };
}

} // namespace

runtime_actor make_docker_runtime(caf::actor_system& system, docker_options options) {
  return system.spawn(front, std::move(options));
}

} // namespace paws::docker
