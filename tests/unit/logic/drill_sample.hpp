// A report as an engine writes one, and the drawing's own grammar.
#pragma once

#include "logic/drill_report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace paws::logic::testing {

/// A killed leader, whose whole failover took `total_ms`.
inline drill_report sample_drill(std::int64_t total_ms = 28'800) {
  using ms = milliseconds;
  drill_report out;
  out.id = "20261128T113005-patroni-leader-1";
  out.environment = "paws360";
  out.runtime = "docker";
  out.drill = "patroni-leader";
  out.fault = "kill";
  out.victim = "patroni1";
  out.successor = "patroni2";
  out.passed = true;
  out.begun_us = 1'795'865'405'123'456;
  out.phases = {{"detection", ms{total_ms * 8 / 10}, ms{30'000}},
                {"lease_expiry", ms{total_ms / 100}, ms{10'000}},
                {"election", ms{total_ms / 20}, ms{15'000}},
                {"promotion", ms{total_ms / 20}, ms{100}},
                {"stabilization", ms{total_ms * 9 / 100}, ms{5'000}}};
  out.first_failed_probe = ms{120};
  out.total = ms{total_ms};
  out.resync = ms{3'100};
  out.target = ms{60'000};
  out.wrote = true;
  out.writer = {900, 880, 2, 18, 0, 0, total_ms + 50};
  out.zero_loss = loss_claim::proven;
  out.recovered = true;
  out.notes = {"the slot of patroni1 was kept"};
  const auto end = total_ms * 12 / 10;
  const auto at = [&](int percent) { return total_ms * percent / 100; };
  out.marks = {{-2'000, "answers", "patroni1", "true"},    {-2'000, "answers", "patroni2", "true"},
               {-2'000, "answers", "patroni3", "true"},    {-2'000, "leads", "patroni1", "true"},
               {-2'000, "leads", "patroni2", "false"},     {-2'000, "leads", "patroni3", "false"},
               {-2'000, "leader_key", "etcd", "patroni1"}, {at(1), "answers", "patroni1", ""},
               {at(81), "leader_key", "etcd", ""},         {at(86), "leader_key", "etcd", "patroni2"},
               {at(91), "leads", "patroni2", "true"},      {at(105), "undone", "patroni1", "kill"},
               {at(110), "answers", "patroni1", "true"},   {at(110), "leads", "patroni1", "false"}};
  for (std::int64_t tenth = -2'000; tenth < end; tenth += 100) {
    const bool down = tenth >= 0 && tenth < total_ms;
    out.rates.push_back({tenth, down ? 0U : 10U, down && tenth % 1'500 == 0 ? 1U : 0U, tenth == 0 ? 2U : 0U});
  }
  return out;
}

/// What is wrong with `text` as XML, to the first thing; "" = it is one well-formed element.
std::string wrong_xml(const std::string& text);

} // namespace paws::logic::testing
