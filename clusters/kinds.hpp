// The table of cluster kinds. To add a kind: a file pair and a row; to remove one: delete both.
#pragma once

#include "logic/cluster_view.hpp"

#include <span>

namespace paws::clusters {

extern const logic::cluster_kind_row etcd_kind;           // etcd.cpp
extern const logic::cluster_kind_row patroni_kind;        // patroni.cpp
extern const logic::cluster_kind_row redis_sentinel_kind; // redis_sentinel.cpp

std::span<const logic::cluster_kind_row* const> cluster_kinds();

/// The row of `kind`.
const logic::cluster_kind_row& kind_row(topology::cluster_kind kind);

} // namespace paws::clusters
