#include "actors/journal.hpp"

#include "messages/all.hpp"

#include <algorithm>

namespace paws {

void journal_state::init(journal_actor::stateful_pointer<journal_state> self, store_actor store,
                         std::uint64_t last_seq) {
  self_ = self;
  store_ = std::move(store);
  last_seq_ = last_seq;
  self->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(sinks_, [&](const event_sink& sink) { return sink.address() == down.source; });
  });
}

void journal_state::append(logic::event what) {
  what.seq = ++last_seq_;
  if (!recent_.empty())
    what.at_us = std::max(what.at_us, recent_.back().at_us);
  if (store_)
    self_->send(store_, append_atom_v, what);
  for (const auto& sink : sinks_)
    self_->send(sink, what);
  recent_.push_back(std::move(what));
  if (recent_.size() > most_kept)
    recent_.pop_front();
}

void journal_state::subscribe(const event_sink& sink, std::uint64_t since) {
  // What is no longer in memory is left to read(); a subscriber from the beginning of an old journal starts there.
  for (const auto& what : recent_)
    if (what.seq > since)
      self_->send(sink, what);
  self_->monitor(sink);
  sinks_.push_back(sink);
}

void journal_state::unsubscribe(const event_sink& sink) {
  self_->demonitor(sink.address());
  std::erase(sinks_, sink);
}

caf::result<event_list> journal_state::read(std::uint64_t since, std::uint32_t limit) {
  const bool in_memory = !recent_.empty() && recent_.front().seq <= since + 1;
  if (!in_memory && store_)
    return self_->delegate(store_, read_atom_v, since, limit);
  event_list out;
  for (const auto& what : recent_)
    if (what.seq > since && out.size() < limit)
      out.push_back(what);
  return out;
}

journal_actor::behavior_type journal(journal_actor::stateful_pointer<journal_state> self, store_actor store,
                                     std::uint64_t last_seq) {
  self->state.init(self, std::move(store), last_seq);
  return {
      [self](const logic::event& what) { self->state.append(what); },
      [self](subscribe_atom, const event_sink& sink, std::uint64_t since) { self->state.subscribe(sink, since); },
      [self](unsubscribe_atom, const event_sink& sink) { self->state.unsubscribe(sink); },
      [self](read_atom, std::uint64_t since, std::uint32_t limit) { return self->state.read(since, limit); },
      [self](actors_atom) { return own_row(self, "journal", "journal"); },
  };
}

} // namespace paws
