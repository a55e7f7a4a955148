#include "actors/resource_watch.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace paws {

namespace {

constexpr std::chrono::seconds pace{30};
constexpr std::chrono::seconds patience{5}; // for one member's figures
constexpr std::array thresholds{95, 85};    // percent (requirements, FR-019)
// Held back in a fifth of its periods, a member is slow because of its limit.
constexpr double much_throttled = 20;
constexpr std::uint64_t least_periods = 50; // fewer say nothing: a start is bursty

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string mib(std::uint64_t bytes) {
  return std::to_string(bytes / (1024 * 1024)) + " MiB";
}

} // namespace

void watch_state::init(resource_watch_actor::stateful_pointer<watch_state> self, std::vector<std::string> services,
                       surroundings around) {
  self_ = self;
  services_ = std::move(services);
  around_ = std::move(around);
  self_->delayed_send(resource_watch_actor{self_}, pace, tick_atom_v);
}

caf::result<resource_report> watch_state::look() {
  auto promise = self_->make_response_promise<resource_report>();
  auto report = std::make_shared<resource_report>();
  auto left = std::make_shared<std::size_t>(services_.size() + 1);
  auto count = [this, report, left, promise]() mutable {
    if (--*left > 0)
      return;
    std::sort(report->services.begin(), report->services.end(),
              [](const auto& a, const auto& b) { return a.service < b.service; });
    judge(*report);
    promise.deliver(*report);
  };
  self_->request(around_.runtime, patience, resources_atom_v)
      .then(
          [report, count](const host_stats& host) mutable {
            report->host = host;
            count();
          },
          [count](const caf::error&) mutable { count(); });
  for (const auto& service : services_)
    self_->request(around_.runtime, patience, stats_atom_v, service)
        .then(
            [report, count, service](const container_stats& used) mutable {
              report->services.push_back({service, used, -1});
              count();
            },
            [count](const caf::error&) mutable { count(); }); // it does not run
  return promise;
}

void watch_state::judge(resource_report& report) {
  const auto now = self_->clock().now();
  const auto passed_us =
      static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(now - looked_at_).count());
  for (auto& row : report.services) {
    const auto before = std::find_if(last_.services.begin(), last_.services.end(),
                                     [&](const auto& other) { return other.service == row.service; });
    if (before != last_.services.end() && passed_us > 0 && row.used.cpu_usec >= before->used.cpu_usec) {
      row.cpus = static_cast<double>(row.used.cpu_usec - before->used.cpu_usec) / passed_us;
      const auto periods = row.used.periods - std::min(row.used.periods, before->used.periods);
      const auto held =
          row.used.throttled_periods - std::min(row.used.throttled_periods, before->used.throttled_periods);
      if (periods >= least_periods && percent(held, periods) >= much_throttled)
        report.warnings.push_back(row.service + " is held back by its processor limit in " +
                                  std::to_string(std::lround(percent(held, periods))) +
                                  " % of the time; raise resources: cpus");
    }
    if (row.used.memory_limit_bytes > 0)
      note(row.service + " memory", percent(row.used.memory_bytes, row.used.memory_limit_bytes),
           row.service + " uses " + mib(row.used.memory_bytes) + " of its memory limit of " +
               mib(row.used.memory_limit_bytes),
           report);
  }
  const auto& host = report.host;
  note("disk", percent(host.disk_bytes - std::min(host.disk_bytes, host.disk_available_bytes), host.disk_bytes),
       "the disk has " + mib(host.disk_available_bytes) + " left", report);
  note("memory",
       percent(host.memory_bytes - std::min(host.memory_bytes, host.memory_available_bytes), host.memory_bytes),
       "the machine has " + mib(host.memory_available_bytes) + " of memory left", report);
  last_ = report;
  looked_at_ = now;
}

void watch_state::note(const std::string& resource, double percent, const std::string& sentence,
                       resource_report& report) {
  const auto* reached = std::find_if(thresholds.begin(), thresholds.end(), [&](int each) { return percent >= each; });
  const int level = reached == thresholds.end() ? 0 : *reached;
  if (level > 0)
    report.warnings.push_back(sentence + " (" + std::to_string(std::lround(percent)) + " %)");
  const int before = std::exchange(told_[resource], level);
  if (level == before)
    return;
  tell(self_, around_, level > before ? logic::event_kinds::resource_low : logic::event_kinds::resource_ok, resource,
       sentence, {{"resource", resource}, {"percent", std::to_string(std::lround(percent))}});
}

resource_watch_actor::behavior_type resource_watch(resource_watch_actor::stateful_pointer<watch_state> self,
                                                   std::vector<std::string> services, surroundings around) {
  self->state.init(self, std::move(services), std::move(around));
  return {
      [self](tick_atom) {
        self->request(resource_watch_actor{self}, caf::infinite, resources_atom_v)
            .then([](const resource_report&) {}, [](const caf::error&) {});
        self->delayed_send(resource_watch_actor{self}, pace, tick_atom_v);
      },
      [self](status_atom) { return self->state.last_; },
      [self](resources_atom) { return self->state.look(); },
      [self](actors_atom) { return own_row(self, "resource watch", "watch"); },
  };
}

} // namespace paws
