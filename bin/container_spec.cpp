#include "bin/container_spec.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace paws::bin {

namespace {

// As the images have them; a fixed number, so that data written by one image can be read by the next.
constexpr std::array<std::pair<std::string_view, std::uint32_t>, 4> daemon_users{
    {{"etcd", 2001}, {"postgres", 2002}, {"redis", 2003}, {"haproxy", 2004}}};
constexpr std::uint32_t other_user = 2005;

std::uint32_t uid_of(const std::string& user) {
  const auto* at = std::ranges::find(daemon_users, std::string_view{user}, &decltype(daemon_users)::value_type::first);
  return at == daemon_users.end() ? other_user : at->second;
}

void carry_routes(logic::member_spec& spec, const topology::document& doc) {
  for (const auto& route : doc.routes) {
    spec.aliases.push_back(route.name);
    if (route.publish != 0)
      spec.published.push_back({route.publish, route.port});
  }
}

void fit_service(logic::member_spec& spec, const topology::service& service) {
  spec.platform = service.platform;
  for (const auto& [title, port] : service.publish)
    spec.published.push_back({port, port});
  for (const auto& one : service.mounts)
    spec.mounts.push_back({one.volume, one.source, one.target, one.read_only});
}

} // namespace

void fit_into_container(logic::member_spec& spec, const topology::document& doc, const topology::placement& places) {
  for (const auto& [network, address] : places.members.at(spec.name).networks)
    spec.networks.push_back({network, address});
  spec.uid = uid_of(spec.user);
  if (doc.has_routing && spec.name == doc.routing.service)
    carry_routes(spec, doc);
  for (const auto& service : doc.services)
    if (service.name == spec.name)
      fit_service(spec, service);
}

} // namespace paws::bin
