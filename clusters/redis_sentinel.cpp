#include "clusters/inspect.hpp"
#include "clusters/kinds.hpp"
#include "clusters/redis_sentinel_render.hpp"
#include "clusters/redis_sentinel_view.hpp"

namespace paws::clusters {

namespace {

// Sentinels wait for attached replicas, but not as a fixed dependency: with a node down for good, or other Sentinels
// at work, a Sentinel must still start. Their advice decides.
std::vector<topology::dependency> member_dependencies(const logic::cluster_context&, const std::string&) {
  return {};
}

} // namespace

const logic::cluster_kind_row redis_sentinel_kind{
    "redis-sentinel", "redis_setup", redis::render, member_dependencies, redis::asks,
    redis::interpret, redis::judge,  redis::advise, redis::inspect_asks, redis::describe,
};

} // namespace paws::clusters
