#include "actors/route.hpp"

#include "logic/cause.hpp"

#include "actors/probe.hpp"

#include <algorithm>

namespace paws {

void route_state::init(route_pointer self, logic::route_plan plan, surroundings around, environment_actor environment,
                       const milestone_source& carrier) {
  self_ = self;
  plan_ = std::move(plan);
  around_ = std::move(around);
  environment_ = std::move(environment);
  changed_us_ = now_us(self_, around_);
  judge();
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(listeners_, [&](const auto& listener) { return listener.address() == down.source; });
  });
  self_->send(carrier, subscribe_atom_v, milestone_listener{route_actor{self_}});
}

void route_state::add_listener(const milestone_listener& listener) {
  self_->monitor(listener);
  listeners_.push_back(listener);
  self_->send(listener, own_milestones());
}

void route_state::hear_carrier(const milestones& what) {
  if (what.started == carried_)
    return;
  carried_ = what.started;
  carrier_why_ = what.why;
  ++generation_;
  end_probes();
  seen_.forget(plan_.route.name);
  begin_probes();
  judge();
}

void route_state::end_probes() {
  for (const auto& child : std::exchange(probes_, {})) {
    self_->unlink_from(child);
    self_->send_exit(child, caf::exit_reason::user_shutdown);
  }
}

void route_state::begin_probes() {
  if (carried_)
    for (const auto& ask : plan_.asks)
      probes_.push_back(self_->spawn<caf::linked>(
          probe, around_,
          probe_setup{ask, generation_, plan_.interpret, observer_actor{route_actor{self_}}, plan_.route.name}));
}

void route_state::renew(const renewal& what) {
  plan_.asks = what.asks;
  end_probes();
  begin_probes();
  if (view_.state == "ready")
    for (const auto& child : probes_)
      self_->send(child, pace_atom_v, false);
}

void route_state::hear_observation(const logic::observation& what) {
  if (what.generation != generation_ || !carried_)
    return;
  seen_.put(what);
  judge();
}

void route_state::judge() {
  auto next = plan_.judge(seen_);
  if (!carried_) {
    next.state = "unready";
    next.target.clear();
    next.why = plan_.service + (carrier_why_ == "is paused" ? " is paused" : " does not run");
  }
  const bool ready = next.state == "ready", was_ready = view_.state == "ready";
  const bool changed = next.state != view_.state || next.target != view_.target || next.why != view_.why;
  view_ = std::move(next);
  if (!changed)
    return;
  changed_us_ = now_us(self_, around_);
  self_->send(environment_, view_);
  if (ready != was_ready)
    tell(self_, around_, logic::event_kinds::route_state, plan_.route.name,
         ready ? "leads to " + view_.target : "does not lead anywhere: " + view_.why,
         {{"state", view_.state}, {"target", view_.target}});
  for (const auto& child : probes_)
    self_->send(child, pace_atom_v, !ready);
  const auto mine = own_milestones();
  for (const auto& listener : listeners_)
    self_->send(listener, mine);
}

milestones route_state::own_milestones() const {
  milestones out;
  out.name = plan_.route.name;
  out.started = carried_;
  out.ready = view_.state == "ready";
  out.why = view_.why;
  out.since_us = changed_us_;
  return out;
}

logic::component_report route_state::report(std::int64_t duration_ms) const {
  const bool ready = view_.state == "ready";
  logic::component_report out;
  out.name = plan_.route.name;
  out.status = ready ? logic::component_status::healthy : logic::component_status::unhealthy;
  out.summary = ready ? "leads to " + view_.target : view_.why;
  out.duration_ms = duration_ms;
  out.checks.push_back({"route " + plan_.route.name, ready ? logic::check_status::pass : logic::check_status::fail,
                        ready ? view_.address + ":" + std::to_string(view_.port) + " leads to " + view_.target : "",
                        duration_ms, logic::flaw_of(view_)});
  return out;
}

caf::result<logic::component_report> route_state::check_health() {
  if (probes_.empty())
    return report(0);
  auto promise = self_->make_response_promise<logic::component_report>();
  const auto begun = self_->clock().now();
  auto left = std::make_shared<std::size_t>(probes_.size());
  for (const auto& child : probes_) {
    auto count = [this, left, promise, begun]() mutable {
      if (--*left == 0)
        promise.deliver(report(std::chrono::duration_cast<logic::milliseconds>(self_->clock().now() - begun).count()));
    };
    self_->request(child, std::chrono::seconds(7), now_atom_v)
        .then(
            [this, count](const logic::observation& seen) mutable {
              hear_observation(seen);
              count();
            },
            [count](const caf::error&) mutable { count(); });
  }
  return promise;
}

caf::result<actor_list> route_state::list_actors() {
  auto promise = self_->make_response_promise<actor_list>();
  gather_rows(self_, {probes_.begin(), probes_.end()}, probe_patience,
              [promise, mine = own_row(self_, plan_.route.name, "route", view_.state)](actor_list rows) mutable {
                rows.insert(rows.begin(), mine.begin(), mine.end());
                promise.deliver(std::move(rows));
              });
  return promise;
}

route_actor::behavior_type route(route_pointer self, logic::route_plan plan, surroundings around,
                                 environment_actor environment, const milestone_source& carrier) {
  self->state.init(self, std::move(plan), std::move(around), std::move(environment), carrier);
  auto& state = self->state;
  return {
      [&state](subscribe_atom, const milestone_listener& listener) { state.add_listener(listener); },
      [&state](const logic::observation& what) { state.hear_observation(what); },
      [&state](const milestones& what) { state.hear_carrier(what); },
      [&state](const renewal& what) { state.renew(what); },
      [&state](health_atom) { return state.check_health(); },
      [&state](actors_atom) { return state.list_actors(); },
  };
}

} // namespace paws
