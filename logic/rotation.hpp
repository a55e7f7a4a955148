// A change of passwords while everything runs, as data: what is to be done, in stages, and how far it has come. Where
// two values can be valid at once, the new one is added, every client is switched, and the old one is removed last;
// where there is one only, it is changed in the same moment in which clients can read the new one.
#pragma once

#include "logic/ask.hpp"
#include "logic/member_spec.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace paws::logic {

/// One after another; within one, members are dealt with beside each other.
enum class rotation_stage : std::uint8_t {
  add,     // the new value is valid beside the old one
  publish, // the secrets file holds the new values
  change,  // what knows one value only is given the new one
  settle,  // and has passed it on to its replicas
  renew,   // the engine's own questions, and what it would start members with
  files,   // files of members
  link,    // what replicas log in with, once nothing else of theirs waits for what they would miss
  reload,  // what reads them, and what connects with a password, is told
  restart, // services that read a secret when they start
  verify,  // the new value is accepted everywhere, and all is healthy
  retire,  // the old value is removed
  prove    // all is healthy without it
};
inline constexpr std::size_t rotation_stage_count = 12;
std::string_view to_string(rotation_stage what);

enum class rotation_work : std::uint8_t {
  ask,     // `tries`, one after the other until one is answered with success
  publish, // write the secrets file
  note,    // in the record, that data knows the new values
  renew,   // swap the values in the engine's own actors
  files,   // write `spec`'s files
  restart, // the member, and wait until it is ready
  health   // a fresh report says healthy
};

/// One thing to do; doing it again does no harm. Carries credentials: never printed or journalled.
struct rotation_step {
  rotation_stage stage = rotation_stage::add;
  rotation_work work = rotation_work::ask;
  std::string where;   // member, service or cluster; "" = the environment
  std::string lane;    // steps of one stage with the same lane go one after the other; "" = `where`
  std::string secrets; // "REDIS_PASSWORD": names, separated by commas
  std::string text;    // what is true afterwards: "redis2 accepts the new value as well"
  std::vector<ask> tries;
  std::string fine; // an answer with these words says that it was done before; "" = none does
  member_spec spec;

  const std::string& lane_name() const { return lane.empty() ? where : lane; }
};

/// What a rotation must remember to be completed by another engine. Written before anything is changed.
struct rotation_record {
  std::vector<std::string> names; // empty = there is none
  std::map<std::string, std::string> before, after;
  std::vector<std::string> restarted; // services that have read the new values already
  bool altered = false;               // data knows the new values: whatever is started from now on is given them
  std::int64_t begun_at_us = 0;       // wall clock
};

/// True when `got` says that `question` was carried out: any answer of PostgreSQL and Redis that is no error, HTTP 2xx
/// or one with the words `fine`.
bool succeeded(const ask& question, const answer& got, const std::string& fine = {});

/// Why it was not, in one sentence without credentials.
std::string why_not(const ask& question, const answer& got);

/// `secrets` with what `changes` says instead.
std::map<std::string, std::string> overlaid(std::map<std::string, std::string> secrets,
                                            const std::map<std::string, std::string>& changes);

/// "A, B"
std::string joined(const std::vector<std::string>& names);

} // namespace paws::logic
