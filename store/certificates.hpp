// The certificates of one environment, in a directory that nobody else may enter: an authority of its own, made on the
// first start, and one certificate for each member, signed by it. Blocking.
//
//   authority.pem   the authority's key and certificate (0600)     <member>.pem  a member's, likewise
//   ca.crt          its certificate alone, for whoever must trust it
#pragma once

#include "logic/tls_material.hpp"
#include "store/x509.hpp"
#include "topology/failure.hpp"

#include <map>
#include <string>
#include <variant>

namespace paws::store {

using certificate_set = logic::tls_material;
using subject_map = std::map<std::string, subject_names>; // by member

inline constexpr std::chrono::hours day{24};
inline constexpr std::chrono::hours authority_life = 3650 * day, certificate_life = 365 * day;
/// A certificate that is valid for less than this is made anew at the next start.
inline constexpr std::chrono::hours renewed_before = 30 * day;

/// Makes what is missing and keeps what is valid. A member's certificate is made anew when it has less than
/// renewed_before left or its names have changed; the authority's when it has less left, with its key, so that what
/// members show meanwhile stays valid, and then all members' with it. ERR_SEC_003, and nothing changed, when a file is
/// damaged, is none of this environment's, does not fit the authority or can be read by others.
std::variant<certificate_set, topology::failure> provide_certificates(const std::string& directory,
                                                                      const std::string& environment,
                                                                      const subject_map& members, wall_time now);

/// What is there, as it is, for an engine that only looks after what runs: members without a certificate have none.
certificate_set read_certificates(const std::string& directory, const subject_map& members);

/// <directory>/ca.crt
std::string authority_file(const std::string& directory);

} // namespace paws::store
