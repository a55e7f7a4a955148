#include "clusters/tls.hpp"

namespace paws::clusters {

tls_paths tls_paths_of(const topology::member_place& place) {
  return {place.config_dir + "/ca.crt", place.config_dir + "/server.crt", place.config_dir + "/server.key"};
}

std::vector<logic::config_file> tls_files(const logic::cluster_context& context, const std::string& member) {
  const auto paths = tls_paths_of(context.places.members.at(member));
  std::vector<logic::config_file> out;
  if (context.cluster.tls || context.etcd_tls)
    out.push_back({paths.authority, context.certificates.authority, 0600, false});
  const auto found = context.certificates.members.find(member);
  if (context.cluster.tls && found != context.certificates.members.end()) {
    out.push_back({paths.certificate, found->second.certificate, 0600, false});
    out.push_back({paths.key, found->second.key, 0600, false});
  }
  return out;
}

logic::tls_check tls_of(const logic::cluster_context& context) {
  return {context.cluster.tls, context.cluster.tls ? context.certificates.authority_file : "", ""};
}

std::string secret(const logic::cluster_context& context, const std::string& name) {
  const auto at = context.secrets.find(name);
  return at == context.secrets.end() ? "" : at->second;
}

} // namespace paws::clusters
