#include "bin/assembly.hpp"

#include "bin/container_spec.hpp"
#include "clusters/haproxy.hpp"
#include "clusters/kinds.hpp"
#include "topology/references.hpp"

#include <algorithm>
#include <set>

namespace paws::bin {

namespace {

using topology::document;
using topology::failure;

bool contains(const std::vector<std::string>& names, const std::string& wanted) {
  return std::find(names.begin(), names.end(), wanted) != names.end();
}

std::vector<std::string> members_of(const topology::cluster& cluster) {
  auto out = cluster.members;
  out.insert(out.end(), cluster.sentinels.begin(), cluster.sentinels.end());
  return out;
}

void add_cluster(logic::environment_plan& plan, const assembly_input& in, const topology::cluster& cluster) {
  logic::cluster_plan entry;
  entry.kind = &clusters::kind_row(cluster.kind);
  entry.context.cluster = cluster;
  entry.context.places = in.places;
  entry.context.secrets = in.secrets;
  if (cluster.tls)
    entry.context.certificates = in.certificates;
  for (const auto& dependency : cluster.depends_on)
    for (const auto& other : in.document.clusters)
      if (other.name == dependency.on && other.kind == topology::cluster_kind::etcd) {
        for (const auto& member : other.members)
          entry.context.etcd_endpoints.push_back(in.places.members.at(member).address + ":2379");
        entry.context.etcd_tls = other.tls;
        entry.context.certificates = in.certificates; // whom to trust there
      }
  entry.members = members_of(cluster);
  if (const auto at = in.remembered_leaders.find(cluster.name); at != in.remembered_leaders.end())
    entry.context.remembered_leader = at->second;
  for (auto& spec : entry.kind->render(entry.context)) {
    logic::service_plan service;
    service.asks = entry.kind->asks(entry.context, spec.name);
    service.interpret = entry.kind->interpret;
    if (entry.kind->silence != nullptr)
      service.recovery = entry.kind->silence(entry.context).recovery;
    service.cluster = cluster.name;
    service.depends_on = cluster.depends_on;
    spec.environment = in.environment;
    service.spec = std::move(spec);
    plan.services.push_back(std::move(service));
  }
  plan.clusters.push_back(std::move(entry));
}

// The carrier may start as soon as there is somebody to check; it needs no role to exist.
void add_routing(logic::environment_plan& plan, const assembly_input& in) {
  for (auto& spec : clusters::render_routes(in.document, in.places, in.certificates.authority)) {
    logic::service_plan service;
    std::set<std::string> followed;
    for (const auto& route : in.document.routes)
      if (followed.insert(route.cluster).second)
        service.depends_on.push_back({route.cluster, topology::condition::started});
    spec.environment = in.environment;
    service.spec = std::move(spec);
    plan.services.push_back(std::move(service));
  }
}

void add_route(logic::environment_plan& plan, const assembly_input& in, const topology::route& route) {
  logic::route_plan entry;
  entry.route = route;
  entry.service = in.document.routing.service;
  logic::tls_check tls;
  for (const auto& cluster : in.document.clusters)
    if (cluster.name == route.cluster && cluster.tls)
      tls = {true, in.certificates.authority_file, route.name};
  entry.asks = clusters::route_asks(in.document, in.places, in.secrets, route, tls);
  entry.interpret = clusters::interpret_route;
  entry.judge = [doc = in.document, places = in.places, route](const logic::observation_table& seen) {
    return clusters::judge_route(doc, places, route, seen);
  };
  plan.routes.push_back(std::move(entry));
}

std::variant<logic::service_plan, failure> plain_service(const assembly_input& in, const topology::service& service) {
  const auto& place = in.places.members.at(service.name);
  logic::service_plan out;
  auto& spec = out.spec;
  spec.name = service.name;
  spec.environment = in.environment;
  spec.image = service.image;
  spec.config_dir = place.config_dir;
  spec.data_dir = place.data_dir;
  spec.run_dir = place.run_dir;
  spec.address = place.address;
  spec.ports = service.publish;
  spec.limits = service.resources;
  if (!in.places.containers) { // a container runs its image's own command, where the image says
    spec.working_directory = service.directory;
    if (service.command.empty())
      return failure{"ERR_TOPO_001", service.at + ": `" + service.name + "` needs `process` to run without containers",
                     "give it a command there, or choose another runtime with --runtime"};
    for (const auto& word : service.command) {
      auto expanded = topology::expand(word, in.document, in.places, in.secrets);
      if (auto* why = std::get_if<failure>(&expanded))
        return *why;
      spec.command.push_back(std::get<std::string>(expanded));
    }
  }
  for (const auto& [name, text] : service.environment) {
    auto expanded = topology::expand(text, in.document, in.places, in.secrets);
    if (auto* why = std::get_if<failure>(&expanded))
      return *why;
    spec.variables[name] = std::get<std::string>(expanded);
  }
  for (const auto& [name, secret] : service.secrets) {
    const auto at = in.secrets.find(secret);
    if (at == in.secrets.end())
      return failure{"ERR_SEC_001", "Missing secret: " + secret + ". Run: make local-gen-secrets", ""};
    const auto path = place.config_dir + "/" + name;
    spec.files.push_back({path, at->second, 0600, false});
    spec.variables[name + "_FILE"] = path;
  }
  out.depends_on = service.depends_on;
  out.goal = service.goal;
  out.log_ignore = service.log_ignore;
  if (service.has_probe) {
    out.asks = {clusters::endpoint_ask(service, place.address)};
    out.interpret = [service](const logic::ask& ask, const logic::answer& answer) {
      return clusters::interpret_endpoint(service, ask, answer);
    };
  }
  return out;
}

} // namespace

std::vector<std::string> dependency_order(const document& doc, const std::vector<std::string>& active) {
  std::vector<std::string> out;
  std::set<std::string> visited;
  const auto visit = [&](const auto& self, const std::string& name) -> void {
    if (!visited.insert(name).second)
      return;
    for (const auto& cluster : doc.clusters)
      if (cluster.name == name)
        for (const auto& dependency : cluster.depends_on)
          self(self, dependency.on);
    if (doc.has_routing && name == doc.routing.service)
      for (const auto& route : doc.routes)
        self(self, route.cluster);
    for (const auto& route : doc.routes)
      if (route.name == name)
        self(self, doc.routing.service);
    for (const auto& service : doc.services)
      if (service.name == name)
        for (const auto& dependency : service.depends_on)
          self(self, dependency.on);
    const bool inactive =
        std::any_of(doc.services.begin(), doc.services.end(), [&](const auto& row) { return row.name == name; }) &&
        !contains(active, name);
    if (!inactive)
      out.push_back(name);
  };
  for (const auto& cluster : doc.clusters)
    visit(visit, cluster.name);
  for (const auto& route : doc.routes)
    visit(visit, route.name);
  for (const auto& service : doc.services)
    visit(visit, service.name);
  return out;
}

std::variant<logic::environment_plan, failure> assemble(const assembly_input& in) {
  logic::environment_plan plan;
  plan.environment = in.environment;
  plan.runtime = in.runtime;
  plan.budgets = in.document.budgets;
  plan.order = dependency_order(in.document, in.active);
  if (!in.places.containers)
    plan.members_dir = in.places.environment_dir + "/members";
  for (const auto& name : plan.order) {
    for (const auto& cluster : in.document.clusters)
      if (cluster.name == name)
        add_cluster(plan, in, cluster);
    if (in.document.has_routing && name == in.document.routing.service)
      add_routing(plan, in);
    for (const auto& route : in.document.routes)
      if (route.name == name)
        add_route(plan, in, route);
    for (const auto& service : in.document.services)
      if (service.name == name) {
        auto made = plain_service(in, service);
        if (auto* why = std::get_if<failure>(&made))
          return *why;
        plan.services.push_back(std::get<logic::service_plan>(std::move(made)));
      }
  }
  if (in.places.containers)
    for (auto& service : plan.services)
      fit_into_container(service.spec, in.document, in.places);
  return plan;
}

} // namespace paws::bin
