#include "clusters/kinds.hpp"

#include <array>

namespace paws::clusters {

namespace {

constexpr std::array<const logic::cluster_kind_row*, 3> table{&etcd_kind, &patroni_kind, &redis_sentinel_kind};

} // namespace

std::span<const logic::cluster_kind_row* const> cluster_kinds() {
  return table;
}

const logic::cluster_kind_row& kind_row(topology::cluster_kind kind) {
  switch (kind) {
  case topology::cluster_kind::etcd:
    return etcd_kind;
  case topology::cluster_kind::patroni:
    return patroni_kind;
  case topology::cluster_kind::redis_sentinel:
    break;
  }
  return redis_sentinel_kind;
}

} // namespace paws::clusters
