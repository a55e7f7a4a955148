// The JSON of the contract, both ways: what is written is read back the same, and whatever else is read does no harm.
#include "actors/view_json.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace paws;
using nlohmann::json;

namespace {

logic::environment_view sample() {
  logic::environment_view out;
  out.environment = "paws360";
  out.runtime = "process";
  out.state = logic::environment_state::degraded;
  out.since_us = 1'764'253'935'123'000;
  out.engine_pid = 42;
  out.engine_uptime_ms = 99;
  out.engine_version = "1.2.3";
  logic::service_view patroni;
  patroni.name = "patroni1";
  patroni.cluster = "patroni";
  patroni.desired = logic::desired_state::removed;
  patroni.actual = logic::actual_state::completed;
  patroni.role = "leader";
  patroni.address = "127.36.0.21";
  patroni.ports = {{"postgres", 5432}, {"api", 8008}};
  patroni.container_id = "abc";
  patroni.pid = 4242;
  patroni.restarts = 3;
  patroni.since_us = 1'764'253'935'000'000;
  patroni.waiting_for = {{"etcd", "no quorum", 1'764'253'934'000'000}};
  patroni.unsupported = {"memory_limit: not writable"};
  patroni.failure = "gave up";
  patroni.failure_code = "ERR_ENG_003";
  patroni.adopted = true;
  out.services = {patroni, {}};
  out.routes = {{"patroni-leader", "127.0.0.1", 5432, "patroni1", "ready", "why"}};
  out.phases = {{"etcd_formation", 1'764'253'935'000'000, 400, 45'000}, {"redis_setup", 0, -1, 30'000}};
  out.start_total_ms = 6100;
  out.open_faults = {"f1"};
  return out;
}

} // namespace

TEST_CASE("a status document has the contract's fields and reads back as it was") {
  const auto written = to_json(sample());
  for (const auto* field : {"environment", "runtime", "state", "since", "engine", "services", "routes", "phases",
                            "start_total_ms", "open_faults"})
    CHECK(written.contains(field));
  const auto& service = written["services"][0];
  for (const auto* field : {"name", "cluster", "desired", "actual", "role", "address", "ports", "container_id", "pid",
                            "restarts", "since", "waiting_for", "unsupported"})
    CHECK(service.contains(field));
  CHECK(written["state"] == "degraded");
  CHECK(service["ports"]["api"] == 8008);
  CHECK(service["since"] == "2025-11-27T14:32:15.000Z");
  CHECK(written["services"][1]["pid"].is_null());
  CHECK(written["services"][1]["container_id"].is_null());
  CHECK(written["phases"][0]["within_target"] == true);
  CHECK(written["phases"][1]["duration_ms"].is_null());
  CHECK(written["phases"][1]["within_target"].is_null());
  CHECK(to_json(environment_from_json(json::parse(dump(written)))) == written);
}

TEST_CASE("every state has a word, and each word its state") {
  for (int i = 0; i <= static_cast<int>(logic::actual_state::completed); ++i)
    for (int j = 0; j <= static_cast<int>(logic::desired_state::removed); ++j) {
      logic::environment_view view;
      view.services.resize(1);
      view.services[0].actual = static_cast<logic::actual_state>(i);
      view.services[0].desired = static_cast<logic::desired_state>(j);
      const auto back = environment_from_json(to_json(view));
      CHECK(back.services.at(0).actual == view.services[0].actual);
      CHECK(back.services.at(0).desired == view.services[0].desired);
    }
  for (int i = 0; i <= static_cast<int>(logic::environment_state::stopped); ++i) {
    logic::environment_view view;
    view.state = static_cast<logic::environment_state>(i);
    CHECK(environment_from_json(to_json(view)).state == view.state);
  }
}

TEST_CASE("a health document has the contract's fields and reads back as it was") {
  logic::health_report report{"degraded", 1, 2, 85, 1'764'253'935'123'000, {}, {"disk"}};
  for (int i = 0; i <= static_cast<int>(logic::component_status::paused); ++i) {
    logic::component_report component{"etcd", static_cast<logic::component_status>(i), "3/3", 12, {}};
    for (int j = 0; j <= static_cast<int>(logic::check_status::skip); ++j)
      component.checks.push_back({"quorum", static_cast<logic::check_status>(j), "1 leader", 4, j == 2 ? "no" : ""});
    report.components.push_back(component);
  }
  const auto written = to_json(report);
  for (const auto* field : {"status", "passed", "total", "duration_ms", "components"})
    CHECK(written.contains(field));
  for (const auto* field : {"name", "status", "value", "duration_ms", "error"})
    CHECK(written["components"][0]["checks"][0].contains(field));
  CHECK(written["components"][0]["checks"][0]["error"].is_null());
  CHECK(to_json(health_from_json(json::parse(dump(written)))) == written);
}

TEST_CASE("events, outcomes, failures and actors read back as they were") {
  const logic::event event{7, 1'764'253'935'123'456, "start_called", "etcd1", "start", {{"after", "x"}}};
  CHECK(to_json(event)["at"] == "2025-11-27T14:32:15.123Z");
  CHECK(to_json(event_from_json(to_json(event))) == to_json(event));
  command_outcome outcome;
  outcome.name = "start";
  outcome.code = topology::exit_code::network;
  outcome.what = {"ERR_ENG_002", "not ready", "look"};
  outcome.log = {"a", "b"};
  outcome.culprit = "etcd1";
  outcome.already = true;
  CHECK(to_json(outcome_from_json({{"result", to_json(outcome)}})) == to_json(outcome));
  CHECK(to_json(outcome_from_json(to_json(outcome))) == to_json(outcome));
  const auto document = error_document(outcome.what);
  CHECK(document["error"]["component"] == "ENGINE");
  CHECK(to_json(failure_from_json(document)) == document["error"]);
  CHECK(to_json(actors_from_json(to_json(actor_list{{"a/b", "probe", "steady", 2}}))) ==
        to_json(actor_list{{"a/b", "probe", "steady", 2}}));
}

TEST_CASE("whatever an engine of another version sends does no harm") {
  const auto fields = to_json(sample());
  const json wrong[] = {nullptr,
                        true,
                        -1,
                        1.5,
                        "word",
                        json::array(),
                        json::array({nullptr, 1, "x"}),
                        json::object(),
                        "\xff",
                        1e300,
                        std::numeric_limits<std::uint64_t>::max(),
                        std::numeric_limits<std::int64_t>::min()};
  for (const auto& value : wrong) {
    CHECK_NOTHROW(environment_from_json(value));
    CHECK_NOTHROW(health_from_json(value));
    CHECK_NOTHROW(event_from_json(value));
    CHECK_NOTHROW(failure_from_json(value));
    CHECK_NOTHROW(outcome_from_json(value));
    CHECK_NOTHROW(actors_from_json(value));
    for (const auto& [name, unused] : fields.items()) {
      auto document = fields;
      document[name] = value;
      CHECK_NOTHROW(environment_from_json(document));
    }
    for (const auto& [name, unused] : fields["services"][0].items()) {
      auto document = fields;
      document["services"][0][name] = value;
      const auto read = environment_from_json(document);
      CHECK(read.services.size() == 2);
    }
  }
  auto document = fields;
  document["services"][0]["ports"] = {{"postgres", 70000}, {"api", "x"}, {"good", 1}};
  document["services"][0]["restarts"] = std::numeric_limits<std::uint64_t>::max();
  document["services"][0]["actual"] = "levitating";
  const auto read = environment_from_json(json::parse(dump(document))).services[0]; // as it comes over the socket
  CHECK(read.ports == std::map<std::string, std::uint16_t>{{"good", 1}});
  CHECK(read.restarts == 0);
  CHECK(read.actual == logic::actual_state::absent);
}

TEST_CASE("what an inspection counts or measures is a number, null when it is not known") {
  logic::inspection::table table{"members", {"id", "revision", "db_size_bytes", "replay_lag_ms", "mem_ratio"}, {}};
  table.rows = {{"123", "77", "20480", "3", "1.5"}, {"", "", "unknown", "not 1", "nan"}};
  const auto rows = to_json(inspection_list{{"etcd", "etcd", {table}}})[0]["tables"][0]["rows"];
  CHECK(rows[0] ==
        json{{"id", "123"}, {"revision", 77}, {"db_size_bytes", 20480}, {"replay_lag_ms", 3}, {"mem_ratio", 1.5}});
  CHECK(rows[1]["id"] == "");
  for (const auto* column : {"revision", "db_size_bytes", "replay_lag_ms", "mem_ratio"})
    CHECK(rows[1][column].is_null());
}

TEST_CASE("times are RFC 3339 in UTC with milliseconds, and nothing else is a time") {
  CHECK(to_rfc3339(0) == "1970-01-01T00:00:00.000Z");
  CHECK(to_rfc3339(1'764'253'935'123'999) == "2025-11-27T14:32:15.123Z");
  CHECK(to_rfc3339(-1) == "1969-12-31T23:59:59.999Z");
  for (const auto at_us : {1'000'000LL, 1'764'253'935'123'000LL, 4'102'444'800'000'000LL})
    CHECK(from_rfc3339(to_rfc3339(at_us)) == at_us);
  for (const auto* bad : {"", "now", "2025-11-27", "2025-11-27T14:32:15Z", "2025-11-27T14:32:15.123",
                          "2025-11-27T14:32:15.123Z ", "2025-11-27T14:32:15.123+01:00"})
    CHECK(from_rfc3339(bad) == 0);
}

TEST_CASE("bytes that are no UTF-8 are replaced, never thrown at") {
  logic::event event;
  event.text = "caf\xe9 \xff\xfe";
  const auto text = dump(to_json(event));
  CHECK(json::parse(text)["text"].get<std::string>().starts_with("caf"));
}
