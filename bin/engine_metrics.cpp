#include "bin/engine_metrics.hpp"

#include "logic/environment_view.hpp"
#include "logic/metric_facts.hpp"
#include "messages/all.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <map>
#include <utility>

namespace paws::bin {

namespace {

namespace kinds = logic::event_kinds;
using labels = std::map<std::string, std::string>;

constexpr double us_per_s = 1e6;
constexpr int actual_states = 10;
// Seconds: a local answer takes about a millisecond, the longest time-out is five seconds.
const prometheus::Histogram::BucketBoundaries probe_buckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                            0.1,   0.25,   0.5,   1,    2.5,   5};

std::string field(const logic::event& what, const std::string& name) {
  const auto at = what.fields.find(name);
  return at == what.fields.end() ? "" : at->second;
}

class metrics {
public:
  metrics(const std::string& environment, const std::vector<std::string>& services)
      : common_{{"environment", environment}} {
    family<prometheus::Gauge>("paws_build_info", "Version of the engine").Add({{"version", PAWS_VERSION}}).Set(1);
    for (const auto& service : services) { // as they are before anything is heard of them
      set_state(service, to_string(logic::actual_state::absent));
      restarts_.Add({{"service", service}});
    }
  }

  void hear(const logic::event& what) {
    events_.Add({{"kind", what.kind}}).Increment();
    if (what.kind == kinds::service_state) {
      if (const auto to = field(what, "to"); !to.empty())
        set_state(what.subject, to);
    } else if (what.kind == kinds::restart_scheduled) {
      restarts_.Add({{"service", what.subject}}).Increment();
    } else if (what.kind == kinds::phase_ended) {
      phases_.Add({{"phase", what.subject}}).Set(std::atof(field(what, "duration_ms").c_str()) / 1000);
    } else if (what.kind == kinds::cluster_state) {
      for (const auto* condition : {"quorum", "replicating", "ready"})
        clusters_.Add({{"cluster", what.subject}, {"condition", condition}}).Set(field(what, condition) == "true");
    } else if (what.kind == kinds::leader_changed) {
      leaders_.Add({{"cluster", what.subject}}).Increment();
    } else if (what.kind == kinds::command_ended) {
      commands_.Add({{"command", what.subject}, {"outcome", field(what, "outcome")}}).Increment();
    }
  }

  void hear(const logic::observation& seen) {
    const labels of{{"member", seen.member}, {"probe", seen.name}};
    latency_.Add(of, probe_buckets).Observe(static_cast<double>(seen.duration_us) / us_per_s);
    if (!seen.ok)
      failures_.Add(of).Increment();
    tell_component(seen);
  }

  std::string read(const actor_list& actors) {
    std::map<std::string, prometheus::Gauge*> now;
    for (const auto& row : actors) {
      auto& gauge = mailboxes_.Add({{"actor", row.path}});
      gauge.Set(static_cast<double>(row.mailbox));
      now[row.path] = &gauge;
    }
    for (const auto& [path, gauge] : std::exchange(told_mailboxes_, now))
      if (!now.contains(path)) // who is gone, or does not answer, has no depth
        mailboxes_.Remove(gauge);
    return prometheus::TextSerializer{}.Serialize(registry_.Collect());
  }

private:
  // What an answer said last is what holds; of who does not answer nothing is known.
  void tell_component(const logic::observation& seen) {
    std::map<std::pair<std::string, std::string>, prometheus::Gauge*> now;
    for (const auto& [fact, value] : seen.known) {
      if (!fact.starts_with(logic::metric_prefix))
        continue;
      const auto name = fact.substr(logic::metric_prefix.size());
      const auto at = name.find('@'); // whom it is about
      const auto title = name.substr(0, at);
      const auto member = at == std::string::npos ? seen.member : name.substr(at + 1);
      auto& known = components_[title];
      if (known == nullptr)
        known = &family<prometheus::Gauge>(title.c_str(), "As the component says, which does not export it itself");
      auto& gauge = known->Add({{"member", member}});
      gauge.Set(std::atof(value.c_str()));
      now[{title, member}] = &gauge;
    }
    auto& told = told_components_[{seen.member, seen.name}];
    for (const auto& [key, gauge] : told)
      if (!now.contains(key))
        components_.at(key.first)->Remove(gauge);
    told = std::move(now);
  }

  void set_state(const std::string& service, std::string_view state) {
    for (int i = 0; i < actual_states; ++i) {
      const auto word = to_string(static_cast<logic::actual_state>(i));
      states_.Add({{"service", service}, {"state", std::string{word}}}).Set(word == state ? 1 : 0);
    }
  }

  template <class T>
  prometheus::Family<T>& family(const char* name, const char* help) {
    prometheus::detail::Builder<T> builder;
    return builder.Name(name).Help(help).Labels(common_).Register(registry_);
  }

  labels common_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& events_ =
      family<prometheus::Counter>("paws_events_total", "Events of the journal by kind");
  prometheus::Family<prometheus::Gauge>& states_ =
      family<prometheus::Gauge>("paws_service_state", "1 for the state that a service is in");
  prometheus::Family<prometheus::Counter>& restarts_ =
      family<prometheus::Counter>("paws_service_restarts_total", "Restarts after an end that nobody asked for");
  prometheus::Family<prometheus::Gauge>& clusters_ =
      family<prometheus::Gauge>("paws_cluster_condition", "1 while the condition holds");
  prometheus::Family<prometheus::Counter>& leaders_ =
      family<prometheus::Counter>("paws_leader_changes_total", "Changes of a cluster's leader");
  prometheus::Family<prometheus::Gauge>& phases_ =
      family<prometheus::Gauge>("paws_phase_duration_seconds", "How long a start phase took, last time");
  prometheus::Family<prometheus::Counter>& commands_ =
      family<prometheus::Counter>("paws_commands_total", "Commands by how they ended");
  prometheus::Family<prometheus::Histogram>& latency_ =
      family<prometheus::Histogram>("paws_probe_duration_seconds", "How long a probe's answer took");
  prometheus::Family<prometheus::Counter>& failures_ =
      family<prometheus::Counter>("paws_probe_failures_total", "Probes without a good answer");
  prometheus::Family<prometheus::Gauge>& mailboxes_ =
      family<prometheus::Gauge>("paws_mailbox_messages", "Messages that wait for an actor");
  std::map<std::string, prometheus::Gauge*> told_mailboxes_; // by actor
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> components_;
  // By who was asked, and what.
  std::map<std::pair<std::string, std::string>, std::map<std::pair<std::string, std::string>, prometheus::Gauge*>>
      told_components_;
};

} // namespace

metrics_actor spawn_engine_metrics(caf::actor_system& system, const std::string& environment,
                                   const std::vector<std::string>& services) {
  return system.spawn([environment, services](metrics_actor::pointer self) -> metrics_actor::behavior_type {
    auto kept = std::make_shared<metrics>(environment, services);
    return {[kept](const logic::event& what) { kept->hear(what); },
            [kept](const logic::observation& seen) { kept->hear(seen); },
            [kept](read_atom, const actor_list& actors) { return kept->read(actors); },
            [self](actors_atom) { return own_row(self, "metrics", "metrics"); }};
  });
}

} // namespace paws::bin
