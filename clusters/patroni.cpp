// Patroni: a row of functions; what they do stands in patroni_render and patroni_view.
#include "clusters/inspect.hpp"
#include "clusters/kinds.hpp"
#include "clusters/patroni_render.hpp"
#include "clusters/patroni_view.hpp"

namespace paws::clusters {

namespace {

std::vector<topology::dependency> member_dependencies(const logic::cluster_context&, const std::string&) {
  return {}; // Patroni itself settles who initialises and who copies from whom
}

logic::start_advice advise(const logic::cluster_context&, const logic::observation_table&, const std::string&) {
  return {}; // and how a member that comes back must join
}

} // namespace

const logic::cluster_kind_row patroni_kind{
    "patroni",          "patroni_initialization", patroni::render, member_dependencies,   patroni::asks,
    patroni::interpret, patroni::judge,           advise,          patroni::inspect_asks, patroni::describe};

} // namespace paws::clusters
