// What a cluster kind offers to drills: how to write through its route and read everything back, what to watch, and
// what the answers show. Pure; the drill actor asks, and knows no kinds.
#pragma once

#include "logic/cluster_view.hpp"
#include "logic/log_query.hpp"
#include "logic/write_ledger.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace paws::logic {

/// Something that somebody said at a moment. Of two about the same `what` and `who`, the one with the greater `order`
/// is the newer, whenever it came; 0 = they come in order.
struct drill_sight {
  steady_time at{};
  std::string what, who, value; // as drill_mark
  std::uint64_t order = 0;
};

// Words of drill_sight::what, by who says it.
inline constexpr std::string_view sight_answers = "answers";       // a member: "true", or "" when it did not
inline constexpr std::string_view sight_leads = "leads";           // a data member takes writes: "true" or "false"
inline constexpr std::string_view sight_timeline = "timeline";     // of a PostgreSQL that takes writes
inline constexpr std::string_view sight_sync = "sync";             // "etcd": the registered synchronous standby
inline constexpr std::string_view sight_leader_key = "leader_key"; // "etcd": who holds it; "" = it is deleted
inline constexpr std::string_view sight_lease = "lease"; // an etcd member: "17/30", whole seconds left and granted
inline constexpr std::string_view sight_settings = "settings"; // "etcd": Patroni's "ttl/loop_wait/retry_timeout"
inline constexpr std::string_view sight_mode = "mode";         // a leader: its synchronous_standby_names; "" = none
inline constexpr std::string_view sight_names = "names";    // a Sentinel or etcd member: whom it names master or leader
inline constexpr std::string_view sight_sentinel = "event"; // a Sentinel's log: "+sdown", "+odown", "+switch-master"

struct drill_kit {
  // The writer. `route` is the question by which the route itself is looked at: whom to ask, and with what. A kind that
  // is not written to has none of these.
  /// Before the first write, one after the other.
  std::vector<ask> (*prepare)(const ask& route, const std::string& run);
  ask (*write)(const ask& route, const std::string& run, std::int64_t id);
  /// What became of a write.
  write_fate (*fate)(const answer& got);
  /// The address of the member that acknowledged it; "" = it does not say.
  std::string (*writer_at)(const answer& got);
  /// All ids that this member has.
  ask (*read)(const cluster_context& context, const std::string& member, const std::string& run);
  std::optional<std::set<std::int64_t>> (*ids)(const answer& got);
  /// Afterwards: what the drill has left behind goes.
  std::vector<ask> (*clean)(const ask& route, const std::string& run);

  // What is watched. `etcd` may be nullptr.
  std::vector<ask> (*watches)(const cluster_context& context, const cluster_context* etcd);
  /// What to ask after `got`, its fast_interval later; and what `got` showed: nothing, when it is not what it must be.
  ask (*again)(const cluster_context& context, const ask& asked, const answer& got);
  std::vector<drill_sight> (*sights)(const cluster_context& context, const ask& asked, const answer& got,
                                     steady_time at);
  /// What members' logs tell: a pattern (RE2) of lines, "" = nothing; and a line as a sight, without its time.
  std::string (*log_pattern)(const cluster_context& context);
  std::optional<drill_sight> (*log_sight)(const log_row& line);

  /// What to run in the member so that the main process of its database, and nothing else, gets this signal ("KILL",
  /// "STOP", "CONT"); nullptr = there is no such thing.
  std::vector<std::string> (*signal)(const cluster_context& context, const std::string& member,
                                     const std::string& word) = nullptr;
};

} // namespace paws::logic
