#include "bin/certificates.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>

namespace paws::bin {

namespace {

constexpr const char* placeholder = "-";
constexpr std::size_t head_bytes = 64UL * 1024; // of etcd's log: the members are its first entries

// The beginning of the oldest part of etcd's log in this directory; "" when there is none.
std::string head_of_log(const std::filesystem::path& directory) {
  std::error_code none;
  std::vector<std::filesystem::path> parts;
  for (std::filesystem::directory_iterator each{directory, none}, end; !none && each != end; each.increment(none))
    if (each->path().extension() == ".wal")
      parts.push_back(each->path());
  if (parts.empty())
    return "";
  std::ifstream in{*std::min_element(parts.begin(), parts.end()), std::ios::binary};
  std::string out(head_bytes, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<std::size_t>(in.gcount()));
  return out;
}

} // namespace

std::string certificates_directory(const topology::placement& places) {
  return places.environment_dir + "/certificates";
}

store::subject_map subjects_of(const topology::document& doc, const topology::placement& places) {
  store::subject_map out;
  for (const auto& cluster : doc.clusters) {
    if (!cluster.tls)
      continue;
    store::subject_names shared{{"localhost"}, {"127.0.0.1"}};
    for (const auto& route : doc.routes)
      if (route.cluster == cluster.name)
        shared.dns.push_back(route.name);
    auto members = cluster.members;
    members.insert(members.end(), cluster.sentinels.begin(), cluster.sentinels.end());
    for (const auto& member : members) {
      auto names = shared;
      names.dns.push_back(member);
      for (const auto& address : places.members.at(member).addresses())
        names.ip.push_back(address);
      out[member] = std::move(names);
    }
  }
  return out;
}

std::variant<logic::tls_material, topology::failure>
certificates_for(const topology::document& doc, const topology::placement& places, certificate_use use) {
  const auto members = subjects_of(doc, places);
  const auto directory = certificates_directory(places);
  if (members.empty())
    return logic::tls_material{};
  if (use == certificate_use::provided)
    return store::provide_certificates(directory, doc.name, members, std::chrono::system_clock::now());
  if (use == certificate_use::found)
    return store::read_certificates(directory, members);
  logic::tls_material out{placeholder, store::authority_file(directory), {}};
  for (const auto& [member, names] : members)
    out.members[member] = {placeholder, placeholder};
  return out;
}

std::optional<topology::failure> check_etcd_data(const topology::document& doc, const topology::placement& places) {
  for (const auto& cluster : doc.clusters) {
    if (cluster.kind != topology::cluster_kind::etcd)
      continue;
    const std::string other = cluster.tls ? R"("peerURLs":["http://)" : R"("peerURLs":["https://)";
    for (const auto& member : cluster.members) {
      const auto log = places.members.at(member).data_dir + "/etcd/member/wal";
      if (head_of_log(log).find(other) != std::string::npos)
        return topology::failure{"ERR_SEC_006",
                                 "the data of " + member + " was made " + (cluster.tls ? "without" : "with") +
                                     " TLS, and etcd cannot change that",
                                 std::string{"set tls: "} + (cluster.tls ? "false" : "true") + " for " + cluster.name +
                                     " in " + doc.file + ", or delete the data: paws-engine ctl --env " + doc.name +
                                     " reset"};
    }
  }
  return std::nullopt;
}

std::vector<std::string> invalid_certificates(const logic::tls_material& of, store::wall_time now) {
  std::vector<std::string> out;
  for (const auto& [member, pem] : of.members) {
    const auto id = store::identity::parse(pem.key + pem.certificate);
    if (id && id->expires() <= now)
      out.push_back("the certificate of " + member + " has run out by this clock: a restart of everything renews it");
    else if (id && id->begins() > now)
      out.push_back("the certificate of " + member + " is not valid yet by this clock: look at it with ctl time-sync");
  }
  return out;
}

} // namespace paws::bin
