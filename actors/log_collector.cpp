#include "actors/log_collector.hpp"

#include <algorithm>

namespace paws {

namespace {

constexpr std::uint32_t batch_lines = 20'000;       // of one transaction
constexpr std::chrono::milliseconds pace{250};      // while nobody says much: how old a followed line may be
constexpr std::chrono::milliseconds patience{5000}; // after a failure

} // namespace

void collector_state::init(log_collector_actor::stateful_pointer<collector_state> self, runtime_actor runtime,
                           log_store_actor store) {
  self_ = self;
  runtime_ = std::move(runtime);
  store_ = std::move(store);
  self_->set_down_handler([this](const caf::down_msg& down) {
    std::erase_if(listeners_, [&](const auto& listener) { return listener.address() == down.source; });
  });
  reminded_ = true;
  self_->send(log_collector_actor{self_}, tick_atom_v);
}

void collector_state::collect() {
  if (collecting_)
    return;
  collecting_ = true;
  waiting_.insert(waiting_.end(), next_round_.begin(), next_round_.end());
  next_round_.clear();
  const auto fail = [this](const caf::error&) { rest(patience); };
  if (!loaded_) { // from where the last engine stopped
    self_->request(store_, caf::infinite, load_atom_v)
        .then(
            [this](const log_positions& known) {
              positions_ = known;
              loaded_ = true;
              collecting_ = false;
              collect();
            },
            fail);
    return;
  }
  self_->request(runtime_, caf::infinite, logs_atom_v, positions_, batch_lines)
      .then([this](const log_batch& batch) { take(batch); }, fail);
}

void collector_state::take(const log_batch& batch) {
  if (batch.lines.empty() && batch.positions == positions_ && last_id_ > 0)
    return rest(pace);
  log_rows rows;
  rows.reserve(batch.lines.size());
  for (const auto& line : batch.lines) {
    auto& past = pasts_[line.member];
    past.kept_us = line.at_us > 0 ? line.at_us : past.kept_us;
    auto read = logic::parse_log_line(line.text, past.kept_us, past.streams.at(line.err ? 1 : 0), past.newest_us);
    rows.push_back({0, read.at_us, line.member, read.level, line.err, std::move(read.trace_id), line.text});
  }
  self_->request(store_, caf::infinite, append_atom_v, std::move(rows), batch.positions)
      .then([this, positions = batch.positions,
             more = batch.more](std::uint64_t last_id) { kept(last_id, positions, more); },
            [this](const caf::error&) { rest(patience); }); // not kept: it is asked for again
}

void collector_state::kept(std::uint64_t last_id, const log_positions& positions, bool more) {
  positions_ = positions;
  if (last_id != std::exchange(last_id_, last_id))
    for (const auto& listener : listeners_)
      self_->send(listener, append_atom_v, last_id);
  if (!more)
    return rest(pace);
  collecting_ = false;
  collect();
}

void collector_state::rest(std::chrono::milliseconds wait) {
  collecting_ = false;
  for (auto& promise : std::exchange(waiting_, {}))
    promise.deliver(last_id_);
  if (!next_round_.empty()) // somebody asked while this round was under way
    return collect();
  if (!std::exchange(reminded_, true))
    self_->delayed_send(log_collector_actor{self_}, wait, tick_atom_v);
}

void collector_state::hear_tick() {
  reminded_ = false;
  collect();
}

caf::result<std::uint64_t> collector_state::flush() {
  auto promise = self_->make_response_promise<std::uint64_t>();
  next_round_.push_back(promise);
  collect();
  return promise;
}

void collector_state::add_listener(const log_listener& listener) {
  self_->monitor(listener);
  listeners_.push_back(listener);
  self_->send(listener, append_atom_v, last_id_);
}

log_collector_actor::behavior_type log_collector(log_collector_actor::stateful_pointer<collector_state> self,
                                                 runtime_actor runtime, log_store_actor store) {
  self->state.init(self, std::move(runtime), std::move(store));
  return {
      [self](tick_atom) { self->state.hear_tick(); },
      [self](flush_atom) { return self->state.flush(); },
      [self](subscribe_atom, const log_listener& listener) { self->state.add_listener(listener); },
      [self](actors_atom) { return own_row(self, "log collector", "collector"); },
  };
}

} // namespace paws
