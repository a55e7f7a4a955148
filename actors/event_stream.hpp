// One streamed answer of the control API: journal events as JSON lines, for a reader that follows them or for the
// time that a command runs.
#pragma once

#include "messages/all.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace paws {

/// Since "only what comes from now on".
inline constexpr std::uint64_t from_now_on = std::numeric_limits<std::uint64_t>::max();

/// What a stream is about.
struct stream_setup {
  std::uint64_t request = 0; // the HTTP request it answers
  std::uint64_t since = from_now_on;
  std::optional<operator_command> command; // carried out while streaming; its outcome is the last line
  environment_actor environment;
  journal_actor journal;
  http_server_actor server;
};

using stream_pointer = event_sink::stateful_pointer<struct stream_state>;

struct stream_state {
  void init(stream_pointer self, stream_setup setup);
  /// Sends what lies between `since` and now, page by page, then follows.
  void catch_up();
  /// Goes on with the next page once the client has taken the last one.
  void catch_up_when_taken();
  void follow();
  void run_command();
  void finish_with(command_outcome outcome);
  /// Asks the journal once more: what it heard before the outcome comes before its answer.
  void finish_after_journal(const std::string& line);
  /// Nothing more will come.
  void environment_ended();
  command_outcome ended_midway() const;
  void hear(const logic::event& what);
  void send(std::string data, bool last);
  void end(const std::string& last_line);

  stream_pointer self_ = nullptr;
  stream_setup setup_;
  std::uint64_t last_seq_ = 0;
  bool finishing_ = false; // the last line is known
  bool over_ = false;

  static constexpr const char* name = "stream";
};

/// Ends after the last piece was sent. An event without a number says that the environment has ended. An exit message
/// (the environment ended, the client is gone) ends it early, with an empty last piece.
event_sink::behavior_type event_stream(stream_pointer self, stream_setup setup);

} // namespace paws
