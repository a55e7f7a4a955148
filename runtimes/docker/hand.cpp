#include "runtimes/docker/hand.hpp"

namespace paws::docker {

namespace {

constexpr std::chrono::seconds flush_patience{5};

struct hand_state {
  hand_state(hand_actor::pointer self) : self_{self} {}

  void init(std::shared_ptr<shared_ground> ground, const std::string& member, runtime_listener front,
            reader_actor reader) {
    ground_ = std::move(ground);
    front_ = std::move(front);
    auto drain = [this, member, reader] {
      caf::scoped_actor here{self_->home_system()};
      here->request(reader, flush_patience, flush_atom_v, member)
          .receive([](std::uint64_t) {}, [](const caf::error&) {}); // what cannot be read is lost with the container
    };
    container_ = std::make_unique<member_container>(ground_, member, std::move(drain));
  }

  template <class F>
  auto answer(F ask) -> caf::result<std::variant_alternative_t<0, decltype(ask())>> {
    auto what = understood(ground_->engine, ask);
    if (const auto* why = std::get_if<topology::failure>(&what))
      return to_error(*why);
    return std::get<0>(std::move(what));
  }
  template <class F>
  caf::result<container_info> changed(F ask) {
    auto what = understood(ground_->engine, ask);
    if (const auto* why = std::get_if<topology::failure>(&what))
      return to_error(*why);
    tell(std::get<container_info>(what), false);
    return std::get<container_info>(std::move(what));
  }

  void tell(const container_info& info, bool from_relist) {
    if (info.status == told_.status && info.id == told_.id)
      return;
    told_ = info;
    self_->send(front_, container_event{info, from_relist});
  }

  // Nothing is told while the engine does not answer: nothing is known then.
  void look(bool from_relist) {
    const auto now = understood(ground_->engine, [this] { return container_->inspect(); });
    if (const auto* info = std::get_if<container_info>(&now))
      tell(*info, from_relist);
  }

  void heard(const std::string& action, int signal, std::int64_t at_ns) {
    container_->heard({.member = {}, .container = {}, .action = action, .signal = signal, .at_ns = at_ns});
    if (action == "die" || action == "start" || action == "pause" || action == "unpause" || action == "destroy")
      look(false);
  }

  hand_actor::pointer self_;
  std::shared_ptr<shared_ground> ground_;
  std::unique_ptr<member_container> container_;
  runtime_listener front_;
  container_info told_;

  static constexpr const char* name = "container_hand";
};

hand_actor::behavior_type hand(hand_actor::stateful_pointer<hand_state> self, std::shared_ptr<shared_ground> ground,
                               const std::string& member, runtime_listener front, reader_actor reader) {
  auto& st = self->state;
  st.init(std::move(ground), member, std::move(front), std::move(reader));
  const auto on = [&st](auto verb) { return st.changed([&] { return verb(*st.container_); }); };
  return {
      [on](create_atom, const logic::member_spec& spec) { return on([&](auto& of) { return of.create(spec); }); },
      [on](adopt_atom, const logic::member_spec& spec) {
        return on([&](auto& of) {
          of.adopt(spec);
          return of.inspect();
        });
      },
      [on](files_atom, const logic::member_spec& spec) { return on([&](auto& of) { return of.write_files(spec); }); },
      [on](start_atom, const std::string&) { return on([](auto& of) { return of.start(); }); },
      [on](stop_atom, const std::string&) { return on([](auto& of) { return of.stop(); }); },
      [on](kill_atom, const std::string&) { return on([](auto& of) { return of.kill(); }); },
      [on](pause_atom, const std::string&) { return on([](auto& of) { return of.pause(); }); },
      [on](unpause_atom, const std::string&) { return on([](auto& of) { return of.unpause(); }); },
      [on](remove_atom, const std::string&, bool with_data) {
        return on([&](auto& of) { return of.remove(with_data); });
      },
      [&st](tail_atom, const std::string&, std::uint32_t lines) {
        return st.answer([&] { return st.container_->tail(lines); });
      },
      [&st](exec_atom, const std::string&, const line_list& command) {
        return st.answer([&] { return st.container_->exec(command); });
      },
      [&st](stats_atom, const std::string&) { return st.container_->stats(); },
      [on](cut_atom, const std::string&, const line_list& peers) {
        return on([&](auto& of) { return of.cut(peers); });
      },
      [on](heal_atom, const std::string&) { return on([](auto& of) { return of.heal(); }); },
      [&st](member_atom, const std::string& action, std::int32_t signal, std::int64_t at_ns) {
        st.heard(action, signal, at_ns);
      },
      [&st](tick_atom) { st.look(true); },
  };
}

} // namespace

hand_actor spawn_hand(caf::local_actor& parent, std::shared_ptr<shared_ground> ground, const std::string& member,
                      runtime_listener front, reader_actor reader) {
  return parent.spawn<caf::detached + caf::linked>(hand, std::move(ground), member, std::move(front),
                                                   std::move(reader));
}

} // namespace paws::docker
