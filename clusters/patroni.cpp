// Patroni: a row of functions; what they do stands in patroni_render and patroni_view.
#include "clusters/drill_kits.hpp"
#include "clusters/inspect.hpp"
#include "clusters/kinds.hpp"
#include "clusters/patroni_anew.hpp"
#include "clusters/patroni_render.hpp"
#include "clusters/patroni_view.hpp"
#include "clusters/recovery_kits.hpp"
#include "clusters/rotate.hpp"

namespace paws::clusters {

namespace {

std::vector<topology::dependency> member_dependencies(const logic::cluster_context&, const std::string&) {
  return {}; // Patroni itself settles who initialises and who copies from whom
}

// Patroni looks at its lease in its own loop only, and a new leader needs the lease to be over and one loop more.
logic::silence_limits silence(const logic::cluster_context& context) {
  const auto& settings = context.cluster.patroni;
  return {"ttl", settings.ttl, settings.loop_wait, settings.ttl + settings.loop_wait};
}

std::optional<logic::ask> clock_ask(const logic::cluster_context& context, const std::string& member) {
  for (auto& question : patroni::asks(context, member))
    if (question.channel == logic::channel::postgres) {
      question.name = "patroni.clock";
      question.sql = "SELECT extract(epoch from clock_timestamp())";
      return question;
    }
  return std::nullopt;
}

} // namespace

const logic::cluster_kind_row patroni_kind{
    "patroni",          "patroni_initialization", patroni::render,  member_dependencies,   patroni::asks,
    patroni::interpret, patroni::judge,           patroni::advise,  patroni::inspect_asks, patroni::describe,
    patroni::prepare,   patroni::rotate,          &patroni::drills, &patroni::recovery,    silence,
    clock_ask};

} // namespace paws::clusters
