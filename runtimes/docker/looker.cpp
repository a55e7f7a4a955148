#include "runtimes/docker/looker.hpp"

#include "runtimes/docker/names.hpp"

#include <map>

namespace paws::docker {

namespace {

struct looker_state {
  looker_state(looker_actor::pointer self) : self_{self} {}

  void init(std::shared_ptr<shared_ground> ground, change_listener front) {
    ground_ = std::move(ground);
    front_ = std::move(front);
    api_ = std::make_unique<api>(ground_->engine);
  }

  template <class F>
  auto answer(F ask) -> caf::result<std::variant_alternative_t<0, decltype(ask())>> {
    auto what = understood(ground_->engine, ask);
    if (const auto* why = std::get_if<topology::failure>(&what))
      return to_error(*why);
    return std::get<0>(std::move(what));
  }

  // Member -> what the engine's list says of its container; every word of it that changes with its state.
  outcome<std::map<std::string, std::string>> members() {
    const auto got = api_->get("/containers/json?all=1&" + label_filter(ground_->environment));
    if (const auto* why = why_not(got))
      return *why;
    const auto all = std::get<reply>(got).json();
    if (!all.is_array())
      return api_->refused("the containers cannot be listed", std::get<reply>(got));
    std::map<std::string, std::string> out;
    for (const auto& each : all) {
      const auto labels = each.value("Labels", nlohmann::json::object());
      const auto member = labels.is_object() ? labels.value(std::string{member_label}, "") : "";
      if (is_name(member))
        out[member] = each.value("Id", "") + " " + each.value("State", "");
    }
    return out;
  }

  outcome<container_info> inspect(const std::string& member) {
    const auto found = look_at_container(*api_, ground_->environment, member);
    if (const auto* why = why_not(found))
      return *why;
    return noted_info(ground_->notes, std::get<std::optional<container_state>>(found), member);
  }

  outcome<container_list> list() {
    const auto all = members();
    if (const auto* why = why_not(all))
      return *why;
    container_list out;
    for (const auto& [member, state] : std::get<0>(all)) {
      auto found = inspect(member);
      if (const auto* why = why_not(found))
        return *why;
      if (auto& info = std::get<container_info>(found); info.status != container_status::absent)
        out.push_back(std::move(info));
    }
    return out;
  }

  // Why the engine cannot be reached; "" = it can.
  std::string relist() {
    const auto all = understood(ground_->engine, [this] { return members(); });
    if (const auto* why = why_not(all))
      return why->code == "ERR_RUN_004" ? why->message : "";
    line_list different;
    for (const auto& [member, state] : std::get<0>(all))
      if (const auto before = seen_.find(member); before == seen_.end() || before->second != state)
        different.push_back(member);
    for (const auto& [member, state] : seen_)
      if (!std::get<0>(all).contains(member))
        different.push_back(member);
    seen_ = std::get<0>(all);
    if (!different.empty())
      self_->send(front_, append_atom_v, different);
    return "";
  }

  looker_actor::pointer self_;
  std::shared_ptr<shared_ground> ground_;
  change_listener front_;
  std::unique_ptr<api> api_;
  std::map<std::string, std::string> seen_;

  static constexpr const char* name = "container_looker";
};

looker_actor::behavior_type looker(looker_actor::stateful_pointer<looker_state> self,
                                   std::shared_ptr<shared_ground> ground, change_listener front) {
  auto& st = self->state;
  st.init(std::move(ground), std::move(front));
  return {[&st](inspect_atom, const std::string& member) { return st.answer([&] { return st.inspect(member); }); },
          [&st](list_atom) { return st.answer([&] { return st.list(); }); },
          [&st](capabilities_atom) { return capabilities_of(st.ground_->engine); },
          [&st](tick_atom) { return st.relist(); },
          [&st](gone_atom) {
            st.seen_.clear(); // events were missed
            return st.relist();
          }};
}

} // namespace

looker_actor spawn_looker(caf::local_actor& parent, std::shared_ptr<shared_ground> ground, change_listener front) {
  return parent.spawn<caf::detached + caf::linked>(looker, std::move(ground), std::move(front));
}

} // namespace paws::docker
