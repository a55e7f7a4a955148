// The metrics actor: what it hears becomes text for Prometheus.
#include "bin/engine_metrics.hpp"
#include "tests/support/virtual_time.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using namespace paws;
using paws::testing::virtual_time;
namespace kinds = logic::event_kinds;

namespace {

// The value of the line that begins with `name` and has each of `labels`; "" when there is none.
std::string value_of(const std::string& text, const std::string& name, const std::vector<std::string>& labels) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    bool fits = line.starts_with(name + "{");
    for (const auto& label : labels)
      fits = fits && line.find(label) != std::string::npos;
    if (fits)
      return line.substr(line.rfind(' ') + 1);
  }
  return "";
}

struct fixture {
  virtual_time time;
  metrics_actor metrics = time.own(bin::spawn_engine_metrics(time.system(), "paws360", {"etcd1", "backend"}));

  void hear(std::string_view kind, const std::string& subject, std::map<std::string, std::string> fields = {}) {
    caf::anon_send(metrics, logic::event{1, 1, std::string{kind}, subject, "", std::move(fields)});
  }
  std::string read(const actor_list& rows = {}) { return time.ask_now<std::string>(metrics, read_atom_v, rows); }
};

} // namespace

TEST_CASE("every service has a state and a counter of restarts before anything happened") {
  fixture f;
  const auto text = f.read();
  for (const auto* service : {"service=\"etcd1\"", "service=\"backend\""}) {
    CHECK(value_of(text, "paws_service_state", {service, "state=\"absent\""}) == "1");
    CHECK(value_of(text, "paws_service_state", {service, "state=\"ready\""}) == "0");
    CHECK(value_of(text, "paws_service_restarts_total", {service}) == "0");
  }
}

TEST_CASE("events become states, counters and durations") {
  fixture f;
  f.hear(kinds::service_state, "etcd1", {{"from", "starting"}, {"to", "ready"}});
  f.hear(kinds::restart_scheduled, "etcd1");
  f.hear(kinds::restart_scheduled, "etcd1");
  f.hear(kinds::phase_ended, "etcd_formation", {{"duration_ms", "400"}});
  f.hear(kinds::command_ended, "start", {{"outcome", "success"}});
  f.hear(kinds::leader_changed, "etcd");
  f.hear(kinds::cluster_state, "etcd", {{"quorum", "true"}, {"ready", "false"}});
  const auto text = f.read();
  CHECK(value_of(text, "paws_service_state", {"etcd1", "\"ready\""}) == "1");
  CHECK(value_of(text, "paws_service_state", {"etcd1", "\"absent\""}) == "0");
  CHECK(value_of(text, "paws_service_restarts_total", {"etcd1"}) == "2");
  CHECK(value_of(text, "paws_service_restarts_total", {"backend"}) == "0");
  CHECK(value_of(text, "paws_phase_duration_seconds", {"etcd_formation"}) == "0.4");
  CHECK(value_of(text, "paws_events_total", {"restart_scheduled"}) == "2");
  CHECK(value_of(text, "paws_commands_total", {"start", "success"}) == "1");
  CHECK(value_of(text, "paws_leader_changes_total", {"etcd"}) == "1");
  CHECK(value_of(text, "paws_cluster_condition", {"etcd", "quorum"}) == "1");
  CHECK(value_of(text, "paws_cluster_condition", {"etcd", "\"ready\""}) == "0");
}

TEST_CASE("observations become histograms, and failures are counted beside them") {
  fixture f;
  logic::observation seen;
  seen.member = "etcd1";
  seen.name = "etcd.status";
  seen.ok = true;
  seen.duration_us = 1'500;
  caf::anon_send(f.metrics, seen);
  seen.ok = false;
  seen.duration_us = 2'000'000;
  caf::anon_send(f.metrics, seen);
  const auto text = f.read();
  CHECK(value_of(text, "paws_probe_duration_seconds_count", {"etcd1", "etcd.status"}) == "2");
  CHECK(value_of(text, "paws_probe_duration_seconds_bucket", {"etcd1", "le=\"0.001\""}) == "0");
  CHECK(value_of(text, "paws_probe_duration_seconds_bucket", {"etcd1", "le=\"0.0025\""}) == "1");
  CHECK(value_of(text, "paws_probe_duration_seconds_bucket", {"etcd1", "le=\"+Inf\""}) == "2");
  CHECK(value_of(text, "paws_probe_failures_total", {"etcd1"}) == "1");
}

TEST_CASE("what a component does not export is told under its name, as long as the component answers") {
  fixture f;
  logic::observation seen;
  seen.member = "patroni1";
  seen.name = "patroni.sql";
  seen.ok = true;
  seen.known = {{"metric.patroni_postgres_streaming", "0"},
                {"metric.patroni_replication_lag@patroni2", "0.25"},
                {"patroni2.lag_ms", "250"}};
  caf::anon_send(f.metrics, seen);
  auto text = f.read();
  CHECK(value_of(text, "patroni_postgres_streaming", {"member=\"patroni1\""}) == "0");
  CHECK(value_of(text, "patroni_replication_lag", {"member=\"patroni2\""}) == "0.25");
  CHECK(text.find("lag_ms") == std::string::npos);
  seen.known.erase("metric.patroni_replication_lag@patroni2");
  caf::anon_send(f.metrics, seen);
  text = f.read();
  CHECK(value_of(text, "patroni_replication_lag", {"patroni2"}).empty());
  CHECK(value_of(text, "patroni_postgres_streaming", {"patroni1"}) == "0");
  seen.ok = false;
  seen.known.clear();
  caf::anon_send(f.metrics, seen);
  CHECK(value_of(f.read(), "patroni_postgres_streaming", {"patroni1"}).empty());
}

TEST_CASE("mailboxes are those of now: who has gone is not shown any more") {
  fixture f;
  auto text = f.read({{"etcd/etcd1", "service", "ready", 3}, {"etcd/etcd1/etcd.status", "probe", "fast", 1}});
  CHECK(value_of(text, "paws_mailbox_messages", {"actor=\"etcd/etcd1\""}) == "3");
  CHECK(value_of(text, "paws_mailbox_messages", {"actor=\"etcd/etcd1/etcd.status\""}) == "1");
  text = f.read({{"etcd/etcd1", "service", "exited", 0}});
  CHECK(value_of(text, "paws_mailbox_messages", {"actor=\"etcd/etcd1\""}) == "0");
  CHECK(value_of(text, "paws_mailbox_messages", {"actor=\"etcd/etcd1/etcd.status\""}).empty());
  text = f.read({{"etcd/etcd1/etcd.status", "probe", "fast", 2}});
  CHECK(value_of(text, "paws_mailbox_messages", {"actor=\"etcd/etcd1/etcd.status\""}) == "2");
}
