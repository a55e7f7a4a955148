// Answers of Redis 7.0.15, as they came.
#pragma once

#include <string>
#include <vector>

namespace paws::testing {

inline const std::string info_of_master = "# Persistence\r\nloading:0\r\nasync_loading:0\r\naof_enabled:1\r\n\r\n"
                                          "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
                                          "min_slaves_good_slaves:2\r\n"
                                          "slave0:ip=127.36.105.32,port=6379,state=online,offset=446,lag=0\r\n"
                                          "slave1:ip=127.36.105.33,port=6379,state=wait_bgsave,offset=0,lag=1\r\n"
                                          "master_failover_state:no-failover\r\n"
                                          "master_replid:b4c828d96d7f0fd538d20174bd079c67a9415c79\r\n"
                                          "master_repl_offset:446\r\nsecond_repl_offset:-1\r\n"
                                          "repl_backlog_active:1\r\n\r\n# Keyspace\r\n"
                                          "db0:keys=1,expires=0,avg_ttl=0\r\n";

inline const std::string info_of_lost_replica =
    "# Persistence\r\nloading:0\r\n\r\n# Replication\r\nrole:slave\r\nmaster_host:127.36.105.31\r\n"
    "master_port:6379\r\nmaster_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\nmaster_sync_in_progress:0\r\n"
    "slave_read_repl_offset:50\r\nslave_repl_offset:50\r\nmaster_link_down_since_seconds:6\r\nslave_priority:100\r\n"
    "connected_slaves:0\r\nmaster_repl_offset:50\r\n\r\n# Keyspace\r\n";

/// SENTINEL MASTER: one row per element.
inline std::vector<std::vector<std::string>> master_rows(const std::string& flags) {
  std::vector<std::vector<std::string>> out;
  for (const auto* cell : {"name",
                           "mymaster",
                           "ip",
                           "127.36.105.31",
                           "port",
                           "6379",
                           "runid",
                           "68d90da703b0e6e82eb38f3085aa4e8935133728",
                           "flags",
                           "",
                           "link-pending-commands",
                           "2",
                           "link-refcount",
                           "1",
                           "failover-state",
                           "wait_start",
                           "last-ping-sent",
                           "5129",
                           "last-ok-ping-reply",
                           "6203",
                           "down-after-milliseconds",
                           "5000",
                           "info-refresh",
                           "6203",
                           "role-reported",
                           "master",
                           "config-epoch",
                           "7",
                           "num-slaves",
                           "2",
                           "num-other-sentinels",
                           "2",
                           "quorum",
                           "2",
                           "failover-timeout",
                           "10000",
                           "parallel-syncs",
                           "1"})
    out.push_back({cell});
  out[9] = {flags};
  return out;
}

/// SENTINEL REPLICAS or SENTINEL SENTINELS: one row per replica or Sentinel.
inline std::vector<std::vector<std::string>> link_rows(const std::vector<std::string>& flags) {
  std::vector<std::vector<std::string>> out;
  for (const auto& one : flags)
    out.push_back({"name", "127.36.105.33:6379", "ip", "127.36.105.33", "port", "6379", "runid",
                   "f957b4c865e7f9d10afd2643240bbd111d300be7", "flags", one, "link-pending-commands", "0",
                   "last-ok-ping-reply", "17", "info-refresh", "17", "role-reported", "slave"});
  return out;
}

} // namespace paws::testing
