#include "net/kept_connection.hpp"

#include <algorithm>
#include <utility>

#include <poll.h>

namespace paws::net {

void kept_connection::submit(logic::ask question, answer_sink sink) {
  auto deadline = std::chrono::steady_clock::now() + question.timeout;
  queue_.push_back({std::move(question), std::move(sink), deadline, false});
  advance();
}

void kept_connection::forget() {
  if (state_ == state::idle)
    end_connection();
  else
    forget_ = state_ != state::closed;
}

void kept_connection::abandon() {
  auto failed = std::move(queue_);
  queue_.clear();
  end_connection();
  timer_.cancel();
}

void kept_connection::opened() {
  state_ = state::idle;
  advance();
}

void kept_connection::finished(logic::answer what, bool keep) {
  ++served_;
  state_ = state::idle;
  if (!keep || forget_ || queue_.front().question.fresh)
    end_connection();
  auto done = std::move(queue_.front());
  queue_.pop_front();
  done.sink.deliver(std::move(what));
  advance();
}

void kept_connection::broke(const std::string& error, bool unasked) {
  bool on_its_way = state_ == state::opening || state_ == state::busy;
  if (on_its_way && unasked) {
    auto& one = queue_.front();
    one.sink.sent(false);
    if (!std::exchange(one.retried, true)) {
      end_connection();
      advance();
      return;
    }
  }
  logic::answer what;
  what.error = error;
  failed(std::move(what));
}

void kept_connection::failed(logic::answer what) {
  bool on_its_way = state_ == state::opening || state_ == state::busy;
  end_connection();
  if (on_its_way) {
    auto one = std::move(queue_.front());
    queue_.pop_front();
    what.ok = false;
    what.error = harmless(what.error, one.question);
    one.sink.deliver(std::move(what));
  }
  advance();
}

bool kept_connection::readable(int fd) {
  pollfd one{fd, POLLIN, 0};
  return poll(&one, 1, 0) > 0;
}

// A loop instead of recursion: a peer that refuses at once fails one question after the other.
void kept_connection::advance() {
  if (advancing_)
    return;
  auto self = shared_from_this(); // a sink may drop the last owner
  advancing_ = true;
  while (!queue_.empty() && (state_ == state::closed || state_ == state::idle)) {
    if (state_ == state::idle && queue_.front().question.fresh && reused())
      end_connection();
    if (state_ == state::closed) {
      state_ = state::opening;
      open(queue_.front().question);
    } else {
      state_ = state::busy;
      queue_.front().sink.sent(true);
      transmit(queue_.front().question);
    }
  }
  advancing_ = false;
  watch_deadlines();
}

void kept_connection::end_connection() {
  state_ = state::closed;
  forget_ = false;
  served_ = 0;
  close();
}

void kept_connection::watch_deadlines() {
  auto when = std::chrono::steady_clock::now() + idle_limit_;
  if (queue_.empty() && state_ == state::closed) {
    timer_.cancel();
    return;
  }
  for (const auto& one : queue_)
    when = std::min(when, one.deadline);
  timer_.expires_at(when);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& cancelled) {
    if (auto self = weak.lock(); self && !cancelled)
      self->on_timer();
  });
}

void kept_connection::on_timer() {
  auto now = std::chrono::steady_clock::now();
  if (timer_.expiry() > now)
    return; // armed anew after this call was queued
  if (queue_.empty()) {
    if (state_ == state::idle)
      end_connection();
    return;
  }
  std::deque<waiting> late;
  // What is on its way cannot be taken back: its connection goes with it.
  if (state_ != state::closed && state_ != state::idle && queue_.front().deadline <= now)
    end_connection();
  for (auto at = queue_.begin(); at != queue_.end();) {
    if (at->deadline > now) {
      ++at;
      continue;
    }
    late.push_back(std::move(*at));
    at = queue_.erase(at);
  }
  for (auto& one : late)
    one.sink.fail(too_late(one.question));
  advance();
}

} // namespace paws::net
