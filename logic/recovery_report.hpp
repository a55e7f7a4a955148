// What a manual recovery has come to, as a value: part of a command's outcome.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace paws::logic {

/// One member's database before and after it was defragmented, in bytes as the daemon counts them (etcd: dbSize).
struct recovery_size {
  std::string member;
  std::int64_t before_bytes = 0, after_bytes = 0;
};

/// `cluster` is "" when the command was no manual recovery.
struct recovery_report {
  std::string cluster;
  std::string leader_before, leader_after; // failover, switchover; "" = nobody led
  std::string member;                      // reinit of one
  std::vector<recovery_size> sizes;        // cleanup of etcd
  std::int64_t disarmed = -1;              // alarms that were taken back; -1 = not asked for
};

} // namespace paws::logic
