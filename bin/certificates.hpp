// Which members need a certificate, for which names, and where those lie.
#pragma once

#include "store/certificates.hpp"
#include "topology/model.hpp"
#include "topology/placement.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace paws::bin {

/// What is wanted of the certificates of an environment.
enum class certificate_use : std::uint8_t {
  shown,   // placeholders stand for them: nothing is started
  found,   // whatever is there: what runs is looked after
  provided // all, made where they are missing
};

/// <environment_dir>/certificates
std::string certificates_directory(const topology::placement& places);

/// Every member of a cluster with tls: its name, its address, this machine's loopback, and the names and addresses by
/// which routes lead to it.
store::subject_map subjects_of(const topology::document& doc, const topology::placement& places);

/// ERR_SEC_003 as provide_certificates says it. Nothing is touched for a topology without tls.
std::variant<logic::tls_material, topology::failure>
certificates_for(const topology::document& doc, const topology::placement& places, certificate_use use);

/// ERR_SEC_006 when etcd's data on this machine was made with another `tls` than `doc` wants: its members know each
/// other by URLs that say so, and none would reach another. Data that does not say so any more is not judged here.
std::optional<topology::failure> check_etcd_data(const topology::document& doc, const topology::placement& places);

/// Plain sentences about every certificate of `of` that is not valid at this wall time: a clock that was set can do
/// that.
std::vector<std::string> invalid_certificates(const logic::tls_material& of, store::wall_time now);

} // namespace paws::bin
