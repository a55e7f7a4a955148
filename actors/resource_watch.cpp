#include "actors/resource_watch.hpp"

#include <algorithm>
#include <utility>

namespace paws {

namespace {

using namespace std::chrono_literals;

constexpr auto pace = 30s;
constexpr auto patience = 1500ms; // for one answer, and so for a whole look: a member may be busy with a command
constexpr auto fresh_for_asking = 1s;
constexpr auto fresh_for_health = 5s;

} // namespace

void watch_state::init(resource_watch_actor::stateful_pointer<watch_state> self, std::vector<std::string> services,
                       surroundings around) {
  self_ = self;
  services_ = std::move(services);
  std::sort(services_.begin(), services_.end());
  around_ = std::move(around);
  own_look();
}

caf::result<resource_report> watch_state::report(std::chrono::seconds fresh) {
  if (looked_at_ != logic::steady_time{} && self_->clock().now() - looked_at_ < fresh)
    return last_;
  auto promise = self_->make_response_promise<resource_report>();
  asking_.push_back(promise);
  look();
  return promise;
}

void watch_state::own_look() {
  own_ = true;
  look();
  self_->delayed_send(resource_watch_actor{self_}, pace, tick_atom_v);
}

void watch_state::look() {
  if (awaited_ > 0)
    return;
  awaited_ = services_.size() + 1;
  seen_ = {};
  unheard_.clear();
  self_->request(around_.runtime, patience, resources_atom_v)
      .then(
          [this](const host_stats& host) {
            seen_.host = host;
            looked();
          },
          [this](const caf::error&) { looked(); });
  for (std::size_t i = 0; i < services_.size(); ++i) {
    seen_.services.push_back({services_[i], {}, -1});
    self_->request(around_.runtime, patience, stats_atom_v, services_[i])
        .then(
            [this, i](const container_stats& used) {
              seen_.services[i].used = used;
              looked();
            },
            [this, i](const caf::error&) {
              if (i < last_.services.size())
                seen_.services[i] = last_.services[i];
              unheard_.insert(services_[i]);
              looked();
            });
  }
}

void watch_state::looked() {
  if (--awaited_ > 0)
    return;
  looked_at_ = self_->clock().now();
  for (const auto& news : judge_.judge(seen_, looked_at_, std::exchange(own_, false), unheard_))
    tell(self_, around_, news.kind, news.subject, news.text, news.fields);
  last_ = std::move(seen_);
  for (auto& promise : std::exchange(asking_, {}))
    promise.deliver(last_);
}

resource_watch_actor::behavior_type resource_watch(resource_watch_actor::stateful_pointer<watch_state> self,
                                                   std::vector<std::string> services, surroundings around) {
  self->state.init(self, std::move(services), std::move(around));
  return {
      [self](tick_atom) { self->state.own_look(); },
      [self](status_atom) { return self->state.report(fresh_for_health); },
      [self](resources_atom) { return self->state.report(fresh_for_asking); },
      [self](actors_atom) { return own_row(self, "resource watch", "watch"); },
  };
}

} // namespace paws
