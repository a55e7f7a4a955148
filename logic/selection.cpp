// Which services a command means by the names that an operator gave, and who else that concerns.
#include "logic/environment_rules.hpp"

#include <algorithm>
#include <set>

namespace paws::logic {

namespace {

std::vector<std::string> in_order(const environment_plan& plan, const std::set<std::string>& chosen) {
  std::vector<std::string> out;
  for (const auto& service : plan.services)
    if (chosen.contains(service.spec.name))
      out.push_back(service.spec.name);
  return out;
}

const service_plan* find(const environment_plan& plan, const std::string& name) {
  const auto at = std::find_if(plan.services.begin(), plan.services.end(),
                               [&](const auto& service) { return service.spec.name == name; });
  return at == plan.services.end() ? nullptr : &*at;
}

// What `name` waits for, as services.
std::vector<std::string> needs(const environment_plan& plan, const service_plan& service) {
  std::vector<std::string> out = services_behind(plan, service.cluster); // a member is of use with its cluster only
  for (const auto& dependency : service.depends_on) {
    const auto more = services_behind(plan, dependency.on);
    out.insert(out.end(), more.begin(), more.end());
    for (const auto& route : plan.routes)
      if (route.route.name == dependency.on) {
        const auto followed = services_behind(plan, route.route.cluster);
        out.insert(out.end(), followed.begin(), followed.end());
      }
  }
  for (const auto& route : plan.routes)
    if (route.service == service.spec.name) {
      const auto followed = services_behind(plan, route.route.cluster);
      out.insert(out.end(), followed.begin(), followed.end());
    }
  return out;
}

template <class Next>
std::vector<std::string> closure(const environment_plan& plan, const std::vector<std::string>& from, Next next) {
  std::set<std::string> seen;
  auto open = from;
  while (!open.empty()) {
    const auto name = open.back();
    open.pop_back();
    if (!seen.insert(name).second)
      continue;
    const auto more = next(name);
    open.insert(open.end(), more.begin(), more.end());
  }
  return in_order(plan, seen);
}

} // namespace

std::vector<std::string> services_behind(const environment_plan& plan, const std::string& name) {
  for (const auto& cluster : plan.clusters)
    if (cluster.context.cluster.name == name)
      return cluster.members;
  for (const auto& route : plan.routes)
    if (route.route.name == name)
      return {route.service};
  for (const auto& service : plan.services)
    if (service.spec.name == name)
      return {name};
  return {};
}

std::vector<std::string> services_named(const environment_plan& plan, const std::vector<std::string>& names) {
  std::set<std::string> chosen;
  for (const auto& name : names)
    for (const auto& service : services_behind(plan, name))
      chosen.insert(service);
  return in_order(plan, chosen);
}

std::string unknown_name(const environment_plan& plan, const std::vector<std::string>& names) {
  const auto at =
      std::find_if(names.begin(), names.end(), [&](const auto& name) { return services_behind(plan, name).empty(); });
  return at == names.end() ? "" : *at;
}

std::vector<std::string> all_names(const environment_plan& plan) {
  std::vector<std::string> out;
  for (const auto& name : plan.order) {
    out.push_back(name);
    for (const auto& cluster : plan.clusters)
      if (cluster.context.cluster.name == name)
        out.insert(out.end(), cluster.members.begin(), cluster.members.end());
  }
  for (const auto& service : plan.services)
    if (std::find(out.begin(), out.end(), service.spec.name) == out.end())
      out.push_back(service.spec.name);
  return out;
}

std::vector<std::string> with_dependencies(const environment_plan& plan, const std::vector<std::string>& services) {
  return closure(plan, services, [&](const std::string& name) {
    const auto* service = find(plan, name);
    return service == nullptr ? std::vector<std::string>{} : needs(plan, *service);
  });
}

std::vector<std::string> with_dependents(const environment_plan& plan, const std::vector<std::string>& services) {
  const auto dependents = service_dependents(plan);
  return closure(plan, services, [&](const std::string& name) {
    const auto row = dependents.find(name);
    return row == dependents.end() ? std::vector<std::string>{} : row->second;
  });
}

} // namespace paws::logic
