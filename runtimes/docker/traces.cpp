#include "runtimes/docker/traces.hpp"

#include "runtimes/docker/api.hpp"
#include "runtimes/docker/names.hpp"

namespace paws::docker {

namespace {

outcome<traces> look(api& to, const std::string& environment) {
  traces out;
  const auto containers = to.get("/containers/json?all=1&" + label_filter(environment));
  if (const auto* why = why_not(containers))
    return *why;
  for (const auto& each : std::get<reply>(containers).json()) {
    const auto labels = each.value("Labels", nlohmann::json::object());
    const auto state = each.value("State", "");
    if (labels.is_object() && labels.contains(std::string{member_label}))
      out.members[labels.value(std::string{member_label}, "")] = state == "running" || state == "paused";
  }
  const auto volumes = to.get("/volumes?" + label_filter(environment));
  if (const auto* why = why_not(volumes))
    return *why;
  const auto said = std::get<reply>(volumes).json();
  if (said.is_object() && said.contains("Volumes") && said["Volumes"].is_array())
    out.volumes = said["Volumes"].size();
  return out;
}

} // namespace

std::variant<traces, topology::failure> traces_of(const engine& on, const std::string& environment) {
  api to{on};
  return understood(on, [&] { return look(to, environment); });
}

} // namespace paws::docker
