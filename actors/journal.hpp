// The journal: numbers every event, keeps the recent ones, hands them to the store and to whoever subscribed.
#pragma once

#include "messages/journal.hpp"

#include <deque>

namespace paws {

struct journal_state {
  static constexpr std::size_t most_kept = 20'000; // events in memory, about 6 MB; older ones are read from the store

  void init(journal_actor::stateful_pointer<journal_state> self, store_actor store, std::uint64_t last_seq);
  void append(logic::event what);
  void subscribe(const event_sink& sink, std::uint64_t since);
  void unsubscribe(const event_sink& sink);
  caf::result<event_list> read(std::uint64_t since, std::uint32_t limit);

  journal_actor::stateful_pointer<journal_state> self_ = nullptr;
  store_actor store_;
  std::uint64_t last_seq_ = 0;
  std::deque<logic::event> recent_;
  std::vector<event_sink> sinks_;

  static constexpr const char* name = "journal";
};

/// `store` may be invalid (nothing is kept on disk then); numbering goes on after `last_seq`.
journal_actor::behavior_type journal(journal_actor::stateful_pointer<journal_state> self, store_actor store,
                                     std::uint64_t last_seq);

} // namespace paws
