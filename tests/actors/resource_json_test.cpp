#include "actors/view_json.hpp"

#include <catch2/catch.hpp>

using namespace paws;

TEST_CASE("the resources in JSON: every service with its limits, enforced or not, and their sums") {
  resource_report report;
  report.services = {{"runs", {}, 0.25}, {"stopped", {}, -1}};
  auto& used = report.services[0].used;
  used.processes = 2;
  used.memory_bytes = 100;
  used.memory_limit_bytes = 1000;
  used.cpu_limit = 0.5;
  used.cpu_limit_enforced = false;
  report.services[1].used.cpu_limit = 1.5;
  const auto document = to_json(report);
  const auto& runs = document["services"][0];
  CHECK(runs["running"] == true);
  CHECK(runs["memory_limit_enforced"] == true);
  CHECK(runs["cpu_limit"] == 0.5);
  CHECK(runs["cpu_limit_enforced"] == false);
  CHECK(runs["disk_bytes"].is_null()); // not known yet
  const auto& stopped = document["services"][1];
  CHECK(stopped["running"] == false);
  CHECK(stopped["cpus"].is_null());
  CHECK(stopped["memory_limit_bytes"].is_null());
  CHECK(stopped["memory_limit_enforced"].is_null());
  CHECK(document["total"]["cpu_limit"] == 2.0);
  CHECK(document["total"]["memory_limit_bytes"] == 1000);
}
