// Reads what containers said, over connections that stay open: what is already known is never read again. Blocking;
// used from one thread.
#pragma once

#include "messages/all.hpp"
#include "runtimes/docker/engine.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace paws::docker {

/// How far a container's log was handed out: all lines before `since_s`, and `handed` of those from then on, the last
/// of them of `last_ns`. Engines give lines from a time on, some with whole seconds only; lines of the same time and
/// those that two streams swapped are told apart by their number.
/// As text: "<container> <since_s> <handed> <last_ns>".
struct log_position {
  std::string container; // the first 12 digits of its id
  std::int64_t since_s = 0;
  std::uint64_t handed = 0;
  std::int64_t last_ns = 0;
};
log_position read_log_position(const std::string& text); // container "": it is none
std::string to_string(const log_position& position);

class log_streams {
public:
  log_streams(engine on, std::string environment);
  ~log_streams();
  log_streams(const log_streams&) = delete;
  log_streams& operator=(const log_streams&) = delete;

  /// What is known of a member's container now.
  void know(const container_info& info);
  log_batch read(const log_positions& from, std::uint32_t most_lines);
  /// Reads all that an ended container said, before it is removed.
  void drain(const std::string& member);

private:
  struct source;
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  source& at(const std::string& member);
  void begin_at(source& of, const std::string& position);
  void open_if_due(source& of);
  void close(source& of);
  /// True when something came.
  bool perform();
  void receive();
  void hand_out(source& of, std::uint32_t most, log_batch& out);

  engine on_;
  std::string environment_;
  void* multi_ = nullptr; // CURLM*
  std::map<std::string, std::unique_ptr<source>> sources_;
};

} // namespace paws::docker
