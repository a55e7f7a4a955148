// The log collector asks the runtime again and again what the members said, has each line understood, and hands rows
// and positions to the store together: a line is kept exactly once, whoever dies in between.
#pragma once

#include "messages/all.hpp"

#include <array>
#include <map>
#include <vector>

namespace paws {

struct collector_state {
  void init(log_collector_actor::stateful_pointer<collector_state> self, runtime_actor runtime, log_store_actor store);
  void hear_tick();
  /// Asks once, unless an answer is awaited.
  void collect();
  void take(const log_batch& batch);
  void kept(std::uint64_t last_id, const log_positions& positions, bool more);
  /// One round is over; `wait` until the next.
  void rest(std::chrono::milliseconds wait);
  caf::result<std::uint64_t> flush();
  void add_listener(const log_listener& listener);

  log_collector_actor::stateful_pointer<collector_state> self_ = nullptr;
  runtime_actor runtime_;
  log_store_actor store_;
  log_positions positions_;
  bool loaded_ = false;
  bool collecting_ = false;
  bool reminded_ = false; // a tick is on its way
  std::uint64_t last_id_ = 0;
  struct member_past {
    std::array<logic::log_past, 2> streams;
    std::int64_t kept_us = 0, newest_us = 0; // of its last line: when it was received; the latest time of any
  };
  std::map<std::string, member_past> pasts_;
  std::vector<caf::typed_response_promise<std::uint64_t>> waiting_, next_round_;
  std::vector<log_listener> listeners_;

  static constexpr const char* name = "log_collector";
};

/// Spawn it with a thread of its own where there are threads.
log_collector_actor::behavior_type log_collector(log_collector_actor::stateful_pointer<collector_state> self,
                                                 runtime_actor runtime, log_store_actor store);

} // namespace paws
