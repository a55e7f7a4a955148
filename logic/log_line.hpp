// What a line of a member's log says: when, how serious, what, and which request it belongs to. One parser per format
// that the shipped daemons write; which one it is shows in the line itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace paws::logic {

enum class log_level : std::uint8_t { trace, debug, info, warning, error, fatal };
std::string_view to_string(log_level what);
/// "warn" and "warning", "err" and "error", "critical" and "fatal" …, in any case; nothing for another word.
std::optional<log_level> to_log_level(std::string_view word);

struct log_line {
  std::int64_t at_us = 0; // wall clock, microseconds since 1970
  log_level level = log_level::info;
  std::string message;  // without what the other fields say
  std::string trace_id; // "" = none
  bool goes_on = false; // it only makes sense behind the line before
};

/// `text` as the member wrote it, `kept_us` when it was received. A time in the line is believed when it is within a
/// minute of that, whatever zone it was written in; else `kept_us` counts. Any bytes are a line.
log_line parse_log_line(std::string_view text, std::int64_t kept_us);

/// What was said before in the same member's stream: a line that goes on with it has its time and its level.
struct log_past {
  log_level level = log_level::info;
  std::int64_t kept_us = 0; // when it was received; 0 = nothing was said yet
  bool trace = false;       // a stack trace is under way
};

/// The same, in its place among the lines around it: an indented line, PostgreSQL's DETAIL, HINT, CONTEXT and
/// STATEMENT, and a stack trace belong to the line before when they come within a second of it. Times never go back
/// behind `newest_us`, the latest of the same member, nor ahead of `kept_us`: a member's lines stay in their order.
log_line parse_log_line(std::string_view text, std::int64_t kept_us, log_past& past, std::int64_t& newest_us);

// One format each; nothing when the line is none of it.

/// etcd and applications: one JSON object, its time in "ts", "time", "timestamp" or "@timestamp".
std::optional<log_line> parse_json_line(std::string_view text);
/// "2026-11-24 12:57:55.975 UTC [8376] LOG:  checkpoint starting"
std::optional<log_line> parse_postgres_line(std::string_view text);
/// "2026-11-24 12:57:55,975 INFO: no action. I am (patroni1), the leader with the lock"
std::optional<log_line> parse_patroni_line(std::string_view text);
/// "8124:M 24 Nov 2026 12:57:52.123 * Ready to accept connections"
std::optional<log_line> parse_redis_line(std::string_view text);
/// "[NOTICE]   (8140) : New worker (8142) forked"; it carries no time
std::optional<log_line> parse_haproxy_line(std::string_view text);

} // namespace paws::logic
