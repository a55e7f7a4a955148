// What a container engine tells of its containers by itself: read from a connection that stays open, by a thread of
// its own, and begun anew whenever it breaks.
#pragma once

#include "runtimes/docker/engine.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace paws::docker {

struct engine_event {
  std::string member;
  std::string container;  // its id
  std::string action;     // die, kill, start, pause, unpause, stop, oom, destroy; Podman's words are Docker's here
  int signal = 0;         // of a kill; 0 = not said
  std::int64_t at_ns = 0; // wall clock
};

/// One line of the stream; nullopt for what is none, or of no member of `environment`.
std::optional<engine_event> read_event(std::string_view line, const std::string& environment);

/// Cuts a stream into lines; what is longer than a line can be is left out.
class line_cutter {
public:
  void feed(std::string_view bytes, const std::function<void(std::string_view line)>& take);

private:
  std::string held_;
  bool overlong_ = false;
};

/// Signals that an engine sends before it answers anybody are its own doing, not somebody's wish: an engine that comes
/// back after a crash ends what it finds running. They are not told.
class event_watch {
public:
  struct listener {
    std::function<void(const engine_event&)> event;
    std::function<void()> connected; // again: what was missed has to be looked for
  };
  /// Called from the watch's own thread, until the destructor has returned.
  event_watch(engine on, std::string environment, listener tell);
  ~event_watch();
  event_watch(const event_watch&) = delete;
  event_watch& operator=(const event_watch&) = delete;

private:
  struct connection;
  void run(const std::stop_token& ending);
  void follow(const std::stop_token& ending);

  engine on_;
  std::string environment_;
  listener tell_;
  std::int64_t seen_ns_ = 0;   // the time of the last event
  std::int64_t broken_ns_ = 0; // when the last connection that was answered ended; 0 = there was none
  std::int64_t served_ns_ = 0; // before that the engine answered nobody for a while; 0 = it always did
  void* multi_ = nullptr;      // CURLM*
  std::jthread thread_;
};

} // namespace paws::docker
