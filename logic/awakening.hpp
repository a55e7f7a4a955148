// What becomes of an environment after its machine slept or its engine stood still: how long each part may take to
// recover by itself, how each ended, and the sentences that tell it.
#pragma once

#include "logic/clock_gap.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace paws::logic {

/// How long verdicts do not count after an awakening: the first answers were asked for before it, sockets are torn
/// down, and whoever leads is being found out. etcd elects within 2 s by default, a steady probe comes round within
/// another 2 s.
inline constexpr milliseconds wake_grace{5'000};

/// What a service that stands alone is given to recover by itself: pools of connections give up on a broken one after
/// so long (HikariCP's connectionTimeout, 30 s, is the longest default among those that the applications use).
inline constexpr milliseconds plain_recovery{30'000};

/// What silence means to a kind of cluster, by its own settings.
struct silence_limits {
  std::string lease;                     // what its leader keeps, in the daemons' own word: "ttl"
  milliseconds lease_time{};             // a leader that was silent for longer may lose its lead
  milliseconds notice{};                 // until its daemons notice, once they run again, that the lease is over
  milliseconds recovery{plain_recovery}; // a member recovers by itself within this, or is started anew
};

enum class wake_end : std::uint8_t {
  well,          // it was well all along
  recovered,     // by itself
  restarted,     // it was started anew, and is well
  not_recovered, // neither helped
  left_alone     // it is not meant to run now, or somebody else is at it
};
std::string_view to_string(wake_end what);

struct wake_row {
  std::string service;
  wake_end end = wake_end::well;
  milliseconds after{}; // since the awakening
  std::string why;      // what was wrong; "" when it was well
};

/// One recovery, from the first gap to the health check at its end.
struct wake_report {
  std::vector<clock_gap> gaps; // none: somebody asked for it
  std::int64_t duration_ms = -1;
  std::vector<wake_row> services;
  std::vector<std::string> leaders; // who leads instead of whom, and why that is no error
  std::vector<std::string> notes;   // what else is worth knowing
  std::string status;               // of the health check at the end: healthy, degraded, unhealthy
};

/// "45 s", "1.2 s", "350 ms", "2 h 5 min"; of the absolute value.
std::string span_of(milliseconds length);
/// "the machine slept for 45 s"
std::string sentence_of(const clock_gap& what);
/// "etcd1: recovered by itself after 1.2 s"; "" for one that was well or is left alone.
std::string sentence_of(const wake_row& what);
/// "patroni: leader moved patroni1 -> patroni3 while the machine slept for 45 s, longer than ttl 30 s: expected".
/// `gaps`: of this recovery; the longest stillness counts.
std::string leader_sentence(const std::string& cluster, const std::string& from, const std::string& to,
                            const std::vector<clock_gap>& gaps, const silence_limits& limits);
/// How long it was silent at most: the longest sleep or freeze among `gaps`.
milliseconds longest_silence(const std::vector<clock_gap>& gaps);
/// "3 services recovered by themselves, etcd2 was restarted: healthy"
std::string summary_of(const wake_report& what);

} // namespace paws::logic
