#include "clusters/drill_kits.hpp"
#include "clusters/inspect.hpp"
#include "clusters/kinds.hpp"
#include "clusters/recovery_kits.hpp"
#include "clusters/redis_sentinel_render.hpp"
#include "clusters/redis_sentinel_view.hpp"
#include "clusters/rotate.hpp"

namespace paws::clusters {

namespace {

// Sentinels wait for attached replicas, but not as a fixed dependency: with a node down for good, or other Sentinels
// at work, a Sentinel must still start. Their advice decides.
std::vector<topology::dependency> member_dependencies(const logic::cluster_context&, const std::string&) {
  return {};
}

// Sentinels agree on a failover once the master was silent for down-after, and carry it out within its timeout.
logic::silence_limits silence(const logic::cluster_context& context) {
  const auto& settings = context.cluster.redis;
  return {"down-after", settings.down_after, settings.down_after, settings.down_after + settings.failover_timeout};
}

std::optional<logic::ask> clock_ask(const logic::cluster_context& context, const std::string& member) {
  auto question = redis::asks(context, member).front();
  if (question.command.empty() || question.command.front() == "SENTINEL")
    return std::nullopt; // TIME is no command of Sentinels
  question.name = "redis.clock";
  question.command = {"TIME"};
  return question;
}

} // namespace

const logic::cluster_kind_row redis_sentinel_kind{
    "redis-sentinel",    "redis_setup",    redis::render, member_dependencies,
    redis::asks,         redis::interpret, redis::judge,  redis::advise,
    redis::inspect_asks, redis::describe,  nullptr,       redis::rotate,
    &redis::drills,      &redis::recovery, silence,       clock_ask};

} // namespace paws::clusters
