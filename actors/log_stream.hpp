// One answer from the collected logs as JSON lines: what a search finds now and, when it follows, what comes.
#pragma once

#include "messages/all.hpp"

#include <functional>

namespace paws {

struct log_stream_setup {
  std::uint64_t request = 0; // the HTTP request it answers
  logic::log_query query;
  bool follow = false;
  log_collector_actor collector;
  log_store_actor logs;
  http_server_actor server;
};

/// A listener that also hears that the environment is over (an event without a number).
using log_stream_actor = log_listener::extend<caf::reacts_to<logic::event>>;
using log_stream_pointer = log_stream_actor::stateful_pointer<struct log_stream_state>;

struct log_stream_state {
  void init(log_stream_pointer self, log_stream_setup setup);
  void search();
  void take(const log_page& page);
  /// Sends the next of `left_`, as many as fit one piece, and goes on once the client has taken them.
  void send_left();
  void send_piece(std::string lines);
  /// All that a search found is sent.
  void page_sent();
  /// Does `go` once the client has taken what was sent.
  void when_taken(std::function<void()> go);
  /// There is more, up to `last_id`.
  void hear(std::uint64_t last_id);
  void send(std::string data, bool last);
  void end(const std::string& last_line);

  log_stream_pointer self_ = nullptr;
  log_stream_setup setup_;
  log_rows left_;     // of the last search, still to be sent; some without their texts
  bool full_ = false; // there may be more than the last search found
  bool searching_ = false, subscribed_ = false, head_sent_ = false, over_ = false;
  std::uint64_t known_id_ = 0; // of the last line that is stored

  static constexpr const char* name = "log_stream";
};

/// Ends after the last piece was sent. An exit message (the client is gone) ends it early.
log_stream_actor::behavior_type log_stream(log_stream_pointer self, log_stream_setup setup);

} // namespace paws
