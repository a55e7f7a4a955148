#include "runtimes/docker/volumes.hpp"

#include "runtimes/docker/container_request.hpp"
#include "runtimes/docker/names.hpp"

#include <set>

namespace paws::docker {

namespace {

using nlohmann::json;
using topology::failure;

std::string label_at(const json& volume, std::string_view label) {
  const auto labels = volume.value("Labels", json::object());
  return labels.is_object() ? labels.value(std::string{label}, "") : "";
}

} // namespace

outcome<std::string> ensure_volume(api& on, const std::string& name, const std::string& environment,
                                   const std::string& member, const std::map<std::string, std::string>& ranges) {
  auto labels = labels_of(environment, member);
  for (const auto& [network, cidr] : ranges)
    labels[std::string{range_label} + network] = cidr;
  if (member.empty()) {
    labels.erase(std::string{member_label});
    labels.erase("com.docker.compose.service");
  }
  const auto answer = on.post("/volumes/create", {{"Name", name}, {"Driver", "local"}, {"Labels", labels}});
  if (const auto* why = why_not(answer))
    return *why;
  const auto& made = std::get<reply>(answer);
  const auto said = made.json();
  if (!made.ok() || !said.is_object())
    return on.refused("the volume " + name + " cannot be made", made);
  if (label_at(said, environment_label) != environment)
    return failure{"ERR_RUN_002", "a volume called " + name + " exists that is not this environment's",
                   "remove or rename it, or give the environment another name"};
  return said.value("Mountpoint", "");
}

std::optional<failure> remove_volumes(api& on, const std::string& environment, const std::string& member,
                                      const std::vector<std::string>& others) {
  const auto answer = on.get("/volumes?" + label_filter(environment));
  if (const auto* why = why_not(answer))
    return *why;
  const auto& all = std::get<reply>(answer);
  const auto said = all.json();
  if (!all.ok() || !said.is_object())
    return on.refused("the volumes cannot be listed", all);
  const std::set<std::string> also{others.begin(), others.end()};
  for (const auto& each : said.value("Volumes", json::array())) {
    const auto name = each.value("Name", "");
    if (label_at(each, environment_label) != environment || !is_name(name))
      continue;
    if (label_at(each, member_label) != member && !also.contains(name))
      continue;
    const auto gone = on.remove("/volumes/" + name);
    if (const auto* why = why_not(gone))
      return *why;
    const auto& left = std::get<reply>(gone);
    const bool in_use = left.status == 409 && label_at(each, member_label) != member;
    if (!left.ok() && left.status != 404 && !in_use)
      return on.refused("the volume " + name + " cannot be removed", left);
  }
  return std::nullopt;
}

outcome<std::map<std::string, std::uint64_t>> sizes_of_volumes(api& on, const std::string& environment) {
  const auto answer = on.call({.path = "/system/df", .patience = work_patience});
  if (const auto* why = why_not(answer))
    return *why;
  const auto said = std::get<reply>(answer).json();
  std::map<std::string, std::uint64_t> out;
  if (!said.is_object())
    return out;
  for (const auto& each : said.value("Volumes", json::array())) {
    const auto bytes = each.value("/UsageData/Size"_json_pointer, json{});
    if (label_at(each, environment_label) == environment && bytes.is_number_integer() && bytes.get<std::int64_t>() > 0)
      out[label_at(each, member_label)] += bytes.get<std::uint64_t>();
  }
  return out;
}

} // namespace paws::docker
