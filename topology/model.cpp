#include "topology/model.hpp"

namespace paws::topology {

std::string_view to_string(cluster_kind kind) {
  switch (kind) {
  case cluster_kind::etcd:
    return "etcd";
  case cluster_kind::patroni:
    return "patroni";
  case cluster_kind::redis_sentinel:
    return "redis-sentinel";
  }
  return "?";
}

std::string_view to_string(condition what) {
  switch (what) {
  case condition::started:
    return "started";
  case condition::replicating:
    return "replicating";
  case condition::quorum:
    return "quorum";
  case condition::ready:
    return "ready";
  case condition::completed:
    return "completed";
  }
  return "?";
}

} // namespace paws::topology
