// What encryption means for a member of a cluster: the files it is given, and how the engine asks it.
#pragma once

#include "logic/cluster_view.hpp"

#include <string>
#include <vector>

namespace paws::clusters {

/// Where a member finds what it proves itself with, and whom it trusts.
struct tls_paths {
  std::string authority, certificate, key;
};
tls_paths tls_paths_of(const topology::member_place& place);

/// The member's three files, 0600. Without tls none; but the authority alone where the etcd it depends on has tls.
std::vector<logic::config_file> tls_files(const logic::cluster_context& context, const std::string& member);

/// How the engine asks members of this cluster; off when it has no tls.
logic::tls_check tls_of(const logic::cluster_context& context);

/// The value of the secret `name`, "" when there is none (the caller checks secrets before a start).
std::string secret(const logic::cluster_context& context, const std::string& name);

} // namespace paws::clusters
