// What each cluster kind can do by hand.
#pragma once

#include "logic/recovery_kit.hpp"

#include <string>

namespace paws::clusters {

namespace patroni {
extern const logic::recovery_kit recovery; // patroni_recovery.cpp
}

namespace redis {
extern const logic::recovery_kit recovery; // redis_sentinel_recovery.cpp
}

namespace etcd {
extern const logic::recovery_kit recovery; // etcd_recovery.cpp
}

/// ERR_REC_001: refused; nothing was done.
topology::failure not_safe(std::string message, std::string remedy);
/// ERR_REC_002: something was done, and it has not come to its end.
topology::failure not_done(std::string message, std::string remedy);

/// The member `name` of `view`; nullptr when it has none.
const logic::member_view* find_member(const logic::cluster_view& view, const std::string& name);
/// "patroni1 (leader), patroni2 (sync_standby), patroni3 (does not run)"
std::string nodes_of(const logic::cluster_view& view);
/// What a daemon has answered in plain words, cut to one short line; or why it has not.
std::string words_of(const logic::answer& got);

} // namespace paws::clusters
