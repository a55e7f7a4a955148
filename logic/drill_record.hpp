// All that was seen of one drill, and what follows from it: evidence, claim and verdict. Nothing is guessed. Pure.
#pragma once

#include "logic/drill_kit.hpp"
#include "logic/drill_plan.hpp"
#include "logic/drill_report.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace paws::logic {

/// Sights in the order in which they came, without those that say the same as the one before.
class sight_list {
public:
  /// False when it is nothing new.
  bool put(drill_sight what);
  const std::vector<drill_sight>& all() const { return all_; }
  /// The last word; nullptr = none.
  const drill_sight* last(std::string_view what, const std::string& who) const;
  /// The first one at or after `from` for which `fits` is true.
  template <class Fits>
  const drill_sight* first(std::string_view what, steady_time from, Fits fits) const {
    const drill_sight* out = nullptr;
    for (const auto& each : all_)
      if (each.what == what && each.at >= from && fits(each) && (out == nullptr || each.at < out->at))
        out = &each;
    return out;
  }

private:
  std::vector<drill_sight> all_;
  std::map<std::pair<std::string, std::string>, std::size_t> last_; // index
};

struct write_end {
  steady_time at{};
  write_fate fate = write_fate::failed;
};

struct drill_record {
  drill_plan plan;
  std::string id, environment, runtime;
  std::int64_t begun_us = 0;
  topology::failover_budget budget;
  topology::patroni_settings patroni; // as the topology says
  topology::redis_settings redis;
  bool postgres = false;    // what is written goes to PostgreSQL: a lost row is a failure, in whatever mode
  bool synchronous = false; // and by its settings it cannot be lost: synchronous mode

  steady_time begun{};
  std::optional<steady_time> injected;  // when the runtime was asked
  std::optional<steady_time> confirmed; // when it said so
  std::optional<steady_time> undone, recovered;
  steady_time ended{};

  bool wrote = false;
  write_ledger ledger;
  std::vector<write_end> writes;
  std::optional<steady_time> acknowledged_elsewhere;  // the first write after the fault that another member took
  bool tells_member = false;                          // acknowledgements say which member gave them
  std::map<std::string, std::set<std::int64_t>> read; // member -> ids
  std::set<std::string> unread;                       // members that could not be read

  sight_list sights;
  std::vector<std::string> notes;
  std::string failed; // why it could not be carried on; "" = it was
};

/// When a write through the route was acknowledged again: by the successor where that can be told, else the first that
/// began after the fault was confirmed.
std::optional<steady_time> written_again(const drill_record& of);

/// The fault has done what it can show: what is expected has been seen.
bool goal_reached(const drill_record& of);

/// How many writes were acknowledged after the fault's end of service; the contract wants 100.
std::size_t acknowledged_after(const drill_record& of);

drill_report conclude(const drill_record& of);

inline constexpr std::size_t writes_wanted = 100;    // before and after: contract of the command line
inline constexpr milliseconds last_before_fault{50}; // likewise

} // namespace paws::logic
