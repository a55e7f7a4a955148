#include "logic/log_scan.hpp"

#include <catch2/catch.hpp>

using namespace paws::logic;

namespace {

log_row row(std::int64_t at_us, log_level level, const std::string& text) {
  log_row out;
  out.at_us = at_us;
  out.service = "patroni1";
  out.level = level;
  out.text = text;
  return out;
}

} // namespace

TEST_CASE("Errors in the log warn, and the newest is shown") {
  const auto found = scan_log({row(10, log_level::error, "ERROR: first"), row(20, log_level::fatal, "FATAL: second"),
                               row(30, log_level::warning, "WARNING: third")},
                              {});
  CHECK(found.name == "log");
  CHECK(found.status == check_status::warn);
  CHECK(found.value == "2 errors");
  CHECK(found.error == "patroni1: FATAL: second");
}

TEST_CASE("The lines of one error are one error, and its first line says what it is") {
  const auto found = scan_log(
      {row(10, log_level::error, "ERROR: division by zero"), row(10, log_level::error, "STATEMENT: select 1 / 0")}, {});
  CHECK(found.value == "1 error");
  CHECK(found.error == "patroni1: ERROR: division by zero");
}

TEST_CASE("A log without errors passes") {
  for (const auto& rows : {std::vector<log_row>{}, {row(10, log_level::info, "LOG: all is well")}}) {
    const auto found = scan_log(rows, {});
    CHECK(found.status == check_status::pass);
    CHECK(found.value == "no errors");
    CHECK(found.error.empty());
  }
}

TEST_CASE("Errors from before the component became healthy are no news") {
  log_scan by;
  by.since_us = 10;
  CHECK(scan_log({row(9, log_level::error, "x"), row(10, log_level::error, "x")}, by).status == check_status::pass);
  CHECK(scan_log({row(11, log_level::error, "x")}, by).status == check_status::warn);
}

TEST_CASE("Errors while a drill breaks something are planned") {
  log_scan by;
  by.planned = {{100, 200}, {300, 0}};
  for (const std::int64_t at : {100, 200, 300, 9'999})
    CHECK(scan_log({row(at, log_level::error, "x")}, by).status == check_status::pass);
  for (const std::int64_t at : {99, 201, 299})
    CHECK(scan_log({row(at, log_level::error, "x")}, by).status == check_status::warn);
}

TEST_CASE("Lines that the topology wants ignored are ignored") {
  log_scan by;
  by.ignore = {"ERROR 4[0-9]{2}", "(not a pattern"};
  CHECK(scan_log({row(1, log_level::error, "an ERROR 404 again"), row(2, log_level::error, "say (not a pattern here")},
                 by)
            .status == check_status::pass);
  CHECK(scan_log({row(3, log_level::error, "an ERROR 500")}, by).value == "1 error");
}

TEST_CASE("A long line is cut between its characters") {
  const auto found = scan_log({row(1, log_level::error, std::string(199, 'a') + "ä" + std::string(50, 'b'))}, {});
  CHECK(found.error == "patroni1: " + std::string(199, 'a') + "…");
}
